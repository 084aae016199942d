//! The order of roles, for providers that are strict about it; and a light look at the order in a client's body.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::dialect::Turns;

/// What one message of a body is, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Its role as the client wrote it.
    pub role: String,
    /// Whether it carries a `name`.
    pub named: bool,
    /// Whether it carries thoughts as `reasoning_content`, be it empty.
    pub thoughts: bool,
    /// Whether the answer is to go on from it (`prefix`).
    pub prefix: bool,
}

/// Looks at the messages of a body. Nothing is copied but the roles. Empty if the body cannot be read.
#[must_use]
pub fn turns_of(body: &[u8]) -> Vec<Turn> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        messages: Vec<Message>,
    }
    #[derive(Deserialize)]
    struct Message {
        #[serde(default)]
        role: String,
        name: Option<IgnoredAny>,
        reasoning_content: Option<IgnoredAny>,
        #[serde(default)]
        prefix: Option<bool>,
    }
    let Ok(body) = serde_json::from_slice::<Body>(body) else { return Vec::new() };
    let turn = |message: Message| Turn {
        role: message.role,
        named: message.name.is_some(),
        thoughts: message.reasoning_content.is_some(),
        prefix: message.prefix == Some(true),
    };
    body.messages.into_iter().map(turn).collect()
}

impl Turns {
    /// Whether messages are in the order that the rule wants.
    #[must_use]
    pub fn fit(self, turns: &[Turn]) -> bool {
        let role = |turn: &Turn| Role::of(&turn.role);
        let pairs = |wrong: fn(Role, Role) -> bool| turns.windows(2).any(|w| wrong(role(&w[0]), role(&w[1])));
        match self {
            Self::Any => true,
            Self::ToolsAnswered => {
                let open = turns.last().is_some_and(|last| role(last) == Role::Model && !last.prefix);
                !open && !pairs(unanswered)
            }
            Self::Alternate => {
                !pairs(|a, b| b == Role::System && a != Role::System || a == b && a.alternates())
            }
        }
    }

    /// Puts messages in the order that the rule wants.
    pub(super) fn order(self, messages: Vec<Value>) -> Vec<Value> {
        match self {
            Self::Any => messages,
            Self::ToolsAnswered => answer_tools(messages),
            Self::Alternate => alternate(messages),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    System,
    User,
    Model,
    Tool,
}

impl Role {
    fn of(word: &str) -> Self {
        match word {
            "system" | "developer" => Self::System,
            "assistant" => Self::Model,
            "tool" | "function" => Self::Tool,
            _ => Self::User,
        }
    }

    fn of_message(message: &Value) -> Self {
        Self::of(message.get("role").and_then(Value::as_str).unwrap_or(""))
    }

    const fn alternates(self) -> bool {
        matches!(self, Self::User | Self::Model)
    }
}

fn unanswered(before: Role, after: Role) -> bool {
    before == Role::Tool && matches!(after, Role::User | Role::System)
}

fn answer_tools(messages: Vec<Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(messages.len() + 1);
    for message in messages {
        if out.last().is_some_and(|last| unanswered(Role::of_message(last), Role::of_message(&message))) {
            out.push(json!({"role": "assistant", "content": "OK"}));
        }
        out.push(message);
    }
    let open = out.last_mut().filter(|last| Role::of_message(last) == Role::Model);
    if let Some(Value::Object(last)) = open {
        last.insert("prefix".into(), json!(true));
    }
    out
}

fn alternate(messages: Vec<Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(messages.len());
    for mut message in messages {
        let mut role = Role::of_message(&message);
        if role == Role::System && out.last().is_some_and(|last| Role::of_message(last) != Role::System) {
            // Later instructions can only be the user's words.
            message["role"] = json!("user");
            role = Role::User;
        }
        let same = out.last_mut().filter(|last| role.alternates() && Role::of_message(last) == role);
        match same.and_then(Value::as_object_mut) {
            Some(last) => {
                join(last.entry("content").or_insert(Value::Null), message["content"].take());
                let Value::Object(more) = message else { continue };
                for (key, value) in more {
                    match (last.get_mut(&key), value) {
                        (Some(Value::Array(calls)), Value::Array(more)) if key == "tool_calls" => {
                            calls.extend(more)
                        }
                        (Some(_), _) => {}
                        (None, value) => drop(last.insert(key, value)),
                    }
                }
            }
            None => out.push(message),
        }
    }
    out
}

/// Two contents as one: texts with an empty line between them, parts one after another. What is there is added to, not
/// copied: a conversation may be thousands of turns of one speaker.
fn join(first: &mut Value, second: Value) {
    let parts = |content: Value| match content {
        Value::Array(parts) => parts,
        text => vec![json!({"type": "text", "text": text})],
    };
    match (first, second) {
        (_, Value::Null) => {}
        (first @ Value::Null, second) => *first = second,
        (Value::String(first), Value::String(second)) => {
            first.push_str("\n\n");
            first.push_str(&second);
        }
        (first, second) => {
            let mut all = parts(first.take());
            all.extend(parts(second));
            *first = Value::Array(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(messages: &[Value]) -> Vec<&str> {
        messages.iter().map(|m| m["role"].as_str().unwrap()).collect()
    }

    fn say(role: &str) -> Value {
        json!({"role": role, "content": role})
    }

    fn fits(rule: Turns, messages: &[Value]) -> bool {
        rule.fit(&turns_of(json!({"messages": messages}).to_string().as_bytes()))
    }

    /// Recording mistral/openai_chat__multimodal_in__01: a turn of the model that says `OK` stands between the result
    /// of a tool and the user. Without it the vendor answers 400, `Unexpected role 'user' after role 'tool'`.
    #[test]
    fn the_model_answers_its_tools() {
        let messages = ["user", "assistant", "tool", "tool", "user"].map(say).to_vec();
        assert!(!fits(Turns::ToolsAnswered, &messages));
        let ordered = Turns::ToolsAnswered.order(messages);
        assert_eq!(roles(&ordered), ["user", "assistant", "tool", "tool", "assistant", "user"]);
        assert_eq!(ordered[4]["content"], "OK");
        assert!(fits(Turns::ToolsAnswered, &ordered));
    }

    /// Mistral's 400: `Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant`.
    #[test]
    fn a_begun_answer_is_marked() {
        let messages = ["user", "assistant"].map(say).to_vec();
        assert!(!fits(Turns::ToolsAnswered, &messages));
        let ordered = Turns::ToolsAnswered.order(messages);
        assert_eq!(ordered[1], json!({"role": "assistant", "content": "assistant", "prefix": true}));
        assert!(fits(Turns::ToolsAnswered, &ordered));
    }

    /// Perplexity's 400: `After the (optional) system message(s), user or tool message(s) should alternate with assistant
    /// message(s).`
    #[test]
    fn turns_of_one_role_are_put_together() {
        let image = json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]});
        let messages = vec![
            say("system"),
            say("system"),
            say("user"),
            image,
            say("assistant"),
            say("system"),
            say("user"),
        ];
        assert!(!fits(Turns::Alternate, &messages));
        let ordered = Turns::Alternate.order(messages);
        assert_eq!(roles(&ordered), ["system", "system", "user", "assistant", "user"]);
        assert_eq!(ordered[2]["content"][0], json!({"type": "text", "text": "user"}));
        assert_eq!(ordered[2]["content"][1]["type"], "image_url");
        assert_eq!(ordered[4]["content"], "system\n\nuser");
        assert!(fits(Turns::Alternate, &ordered) && fits(Turns::Any, &ordered));
    }

    /// If each turn were copied for the next, this would move a terabyte.
    #[test]
    fn many_turns_of_one_role_are_put_together_in_one_go() {
        let text = "x".repeat(20);
        for (content, length) in
            [(json!(text), 100_000 * 22 - 2), (json!([{"type": "text", "text": text}]), 100_000)]
        {
            let messages = vec![json!({"role": "user", "content": content}); 100_000];
            let ordered = Turns::Alternate.order(messages);
            assert_eq!(ordered.len(), 1);
            let joined = &ordered[0]["content"];
            assert_eq!(joined.as_str().map(str::len).or(joined.as_array().map(Vec::len)), Some(length));
        }
    }

    #[test]
    fn calls_of_turns_that_are_put_together_all_stay() {
        let call = |id: &str| json!({"role": "assistant", "content": null, "tool_calls": [{"id": id}]});
        let ordered = Turns::Alternate.order(vec![say("user"), call("a"), call("b")]);
        assert_eq!(ordered[1]["tool_calls"], json!([{"id": "a"}, {"id": "b"}]));
    }

    #[test]
    fn the_look_at_a_body_sees_what_rules_ask_for() {
        let body = br#"{"model":"m","messages":[{"role":"user","name":"n","content":"x"},
            {"role":"assistant","reasoning_content":"","content":"y","prefix":true}]}"#;
        let turns = turns_of(body);
        assert_eq!(turns[0], Turn { role: "user".into(), named: true, thoughts: false, prefix: false });
        assert_eq!(turns[1], Turn { role: "assistant".into(), named: false, thoughts: true, prefix: true });
        assert_eq!(turns_of(b"no"), []);
    }
}
