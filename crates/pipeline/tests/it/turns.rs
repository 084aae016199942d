//! Conversations with tools and thoughts, served by one provider after another: every turn must be accepted, a
//! vendor's own seals come back to it as they were, and no other vendor gets to see them.

use http::HeaderMap;
use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::{BlockKind, ChatResponse, Maker};
use wye_wire::dialect;
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, Got, House, PROVIDERS, deep, read, route};

/// What a client keeps of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// All of it.
    Everything,
    /// The fields that its dialect had from the start; what it does not know is gone.
    TheUsual,
    /// Everything, the pieces of a stream each as a turn of its own.
    Pieces,
}

const CLIENTS: [(DialectId, Keeps); 6] = [
    (DialectId::OpenAiResponses, Keeps::Everything),
    (DialectId::OpenAiChat, Keeps::Everything),
    (DialectId::OpenAiChat, Keeps::TheUsual),
    (DialectId::AnthropicMessages, Keeps::Everything),
    (DialectId::Gemini, Keeps::Everything),
    (DialectId::Gemini, Keeps::Pieces),
];

const QUESTIONS: [&str; 2] =
    ["What is the weather in Paris and in Rome? [[reason]]", "And the weather in Oslo? [[reason]]"];

/// Who serves the turns: the first asks for tools, the second gets the results, and so on.
const ORDERS: [[usize; 4]; 3] = [[0, 1, 0, 1], [0, 0, 1, 0], [0, 1, 1, 0]];

#[tokio::test]
async fn conversations_survive_a_change_of_provider_in_their_middle() {
    let house = House::new().await;
    let mut problems = Vec::new();
    for (client, keeps) in CLIENTS {
        for stream in [false, true] {
            for a in PROVIDERS {
                for b in PROVIDERS {
                    for (order, thinks) in ORDERS.into_iter().flat_map(|o| [(o, true), (o, false)]) {
                        let (from, to) = (a.0, b.0);
                        // These vendors' own clients know which of their models think.
                        if !thinks && (a.1 == client || a.1 == DialectId::AnthropicMessages) {
                            continue;
                        }
                        let place = format!(
                            "{client} {keeps:?} stream={stream} {from} (thinks: {thinks}) {to} {order:?}"
                        );
                        let first = if thinks { deep(from) } else { "plain" };
                        let (route, failover) = (route(from, first, to), from != to);
                        let turns = order.map(|n| match n {
                            0 => Turn { model: format!("{from}/{first}"), ask: route.clone(), fails: None },
                            _ if failover => Turn {
                                model: format!("{to}/{}", deep(to)),
                                ask: route.clone(),
                                fails: Some(from),
                            },
                            _ => {
                                let model = format!("{to}/{}", deep(to));
                                Turn { ask: model.clone(), model, fails: None }
                            }
                        });
                        let mut talk = Talk::new(client, keeps, stream);
                        if let Err(error) = talk.run(&house, &turns).await {
                            problems.push(format!("{place}: {error}"));
                        }
                        house.received();
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

/// One request of a conversation.
struct Turn {
    /// The route or deployment that is asked.
    ask: String,
    /// The deployment that must serve.
    model: String,
    /// The provider that fails at the time.
    fails: Option<&'static str>,
}

/// A seal that was given out.
struct Seal {
    maker: Maker,
    data: String,
    /// The dialect of the provider that made it.
    from: DialectId,
    /// Whether it stands on a call, where every client keeps it.
    on_call: bool,
}

/// A conversation as its client has it.
struct Talk {
    ask: Ask,
    keeps: Keeps,
    stream: bool,
    seals: Vec<Seal>,
}

impl Talk {
    fn new(client: DialectId, keeps: Keeps, stream: bool) -> Self {
        let schema =
            json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
        let about = "Tells the weather of a city";
        let body = match client {
            DialectId::OpenAiChat => json!({
                "messages": [], "reasoning_effort": "medium",
                "tools": [{"type": "function",
                           "function": {"name": "get_weather", "description": about, "parameters": schema}}],
            }),
            DialectId::OpenAiResponses => json!({
                "input": [], "reasoning": {"effort": "medium"}, "store": false,
                "include": ["reasoning.encrypted_content"],
                "tools": [{"type": "function", "name": "get_weather", "description": about,
                           "parameters": schema, "strict": false}],
            }),
            DialectId::AnthropicMessages => json!({
                "messages": [], "max_tokens": 9000, "thinking": {"type": "enabled", "budget_tokens": 2048},
                "tools": [{"name": "get_weather", "description": about, "input_schema": schema}],
            }),
            DialectId::Gemini => json!({
                "contents": [], "generationConfig": {"thinkingConfig": {"includeThoughts": true}},
                "tools": [{"functionDeclarations": [
                    {"name": "get_weather", "description": about, "parametersJsonSchema": schema}]}],
            }),
            other => panic(&format!("{other} has no tools, or no client here speaks it")),
        };
        let headers = HeaderMap::new();
        let ask = Ask { dialect: client, path: PathAsk::default(), headers, body };
        Self { ask, keeps, stream, seals: Vec::new() }
    }

    fn history(&mut self) -> &mut Vec<Value> {
        let key = match self.ask.dialect {
            DialectId::Gemini => "contents",
            DialectId::OpenAiResponses => "input",
            _ => "messages",
        };
        self.ask.body[key].as_array_mut().unwrap()
    }

    async fn run(&mut self, house: &House, turns: &[Turn]) -> Result<(), String> {
        for (n, turn) in turns.iter().enumerate() {
            if n % 2 == 0 {
                let question = user(self.ask.dialect, QUESTIONS[n / 2]);
                self.history().push(question);
            }
            house.fail(turn.fails);
            let ask = self.ask.aimed(&turn.ask, self.stream);
            let got = house.ask(&ask).await.map_err(|e| format!("turn {n}: {}", e.message))?;
            if got.status != 200 || got.served != turn.model {
                return Err(format!("turn {n}: {} {}", got.served, got.text()));
            }
            let received = house.received();
            if received.len() != 1 + usize::from(turn.fails.is_some()) {
                return Err(format!("turn {n}: {} calls of providers", received.len()));
            }
            for arrived in received {
                let (_, speaks) = PROVIDERS.iter().find(|(name, _)| *name == arrived.provider).unwrap();
                self.check_seals(&arrived.body.to_string(), *speaks).map_err(|e| format!("turn {n}: {e}"))?;
            }
            let answer = read(&ask, &got.body).map_err(|e| format!("turn {n}: {e}"))?;
            let (provider, _) = turn.model.split_once('/').unwrap();
            let (_, from) = PROVIDERS.iter().find(|(name, _)| *name == provider).unwrap();
            let calls = self.note(&answer, *from);
            if calls.is_empty() != (n % 2 == 1) {
                return Err(format!("turn {n}: {} calls", calls.len()));
            }
            let whole = whole(&ask, &got, &answer);
            let (said, results) = (self.kept(&whole), results(self.ask.dialect, &calls));
            if self.keeps == Keeps::Pieces {
                let turns = pieces(&said);
                self.history().extend(turns);
            } else if let Value::Array(items) = said {
                self.history().extend(items);
            } else {
                self.history().push(said);
            }
            self.history().extend(results);
        }
        Ok(())
    }

    /// Notes the seals of an answer and returns its calls.
    fn note(&mut self, answer: &ChatResponse, from: DialectId) -> Vec<(String, String)> {
        let mut calls = Vec::new();
        for block in answer.choices.iter().flat_map(|c| &c.content) {
            let mut seal = block.signature.clone();
            if let BlockKind::ToolCall(call) = &block.kind {
                calls.push((call.id.clone(), call.name.clone()));
                seal = seal.or_else(|| wye_wire::seal::split_id(&call.id).1);
            }
            if let Some(seal) = seal {
                let seal = wye_wire::seal::untag(&seal.data, seal.maker);
                let on_call = matches!(block.kind, BlockKind::ToolCall(_));
                self.seals.push(Seal { maker: seal.maker, data: seal.data, from, on_call });
            }
        }
        calls
    }

    fn check_seals(&self, arrived: &str, speaks: DialectId) -> Result<(), String> {
        if arrived.contains("__wye_") || arrived.contains("wye:") || arrived.contains("\"d3ll") {
            return Err(format!("a mark of ours reached the provider: {arrived}"));
        }
        let maker = dialect(speaks).maker();
        for seal in self.seals.iter().filter(|seal| !seal.data.is_empty() && seal.data != NO_SEAL) {
            let here = arrived.contains(&json!(seal.data).to_string());
            if here && seal.maker != maker {
                return Err(format!("a seal of {:?} reached {speaks}", seal.maker));
            }
            // One vendor's dialects differ in what they have a place for.
            let placed = seal.from == speaks;
            let kept = placed && (self.keeps != Keeps::TheUsual || seal.on_call);
            if !here && seal.maker == maker && kept {
                return Err(format!("{speaks} did not get its own seal back"));
            }
        }
        Ok(())
    }

    /// The turn as the client puts it into its history.
    fn kept(&self, answer: &Value) -> Value {
        match self.ask.dialect {
            DialectId::AnthropicMessages => json!({"role": "assistant", "content": answer["content"]}),
            DialectId::Gemini => answer["candidates"][0]["content"].clone(),
            DialectId::OpenAiResponses => answer["output"].clone(),
            _ => {
                let mut message = answer["choices"][0]["message"].clone();
                if self.keeps == Keeps::TheUsual {
                    message
                        .as_object_mut()
                        .unwrap()
                        .retain(|k, _| matches!(k.as_str(), "role" | "content" | "tool_calls"));
                    for call in
                        message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten()
                    {
                        call.as_object_mut()
                            .unwrap()
                            .retain(|k, _| matches!(k.as_str(), "id" | "type" | "function"));
                    }
                }
                message
            }
        }
    }
}

/// The answer as one body; a client puts the pieces of a stream together.
fn whole(ask: &Ask, got: &Got, answer: &ChatResponse) -> Value {
    if !ask.stream() {
        return serde_json::from_slice(&got.body).unwrap();
    }
    if ask.dialect != DialectId::Gemini {
        return serde_json::from_slice(&dialect(ask.dialect).write_response(answer)).unwrap();
    }
    let mut parts = Vec::new();
    for event in got.text().split("\r\n\r\n").filter_map(|event| event.strip_prefix("data: ")) {
        let chunk: Value = serde_json::from_str(event).unwrap();
        parts.extend(chunk["candidates"][0]["content"]["parts"].as_array().into_iter().flatten().cloned());
    }
    json!({"candidates": [{"content": {"role": "model", "parts": parts}}]})
}

/// A turn in pieces; calls come together, as the vendor wants them.
fn pieces(said: &Value) -> Vec<Value> {
    let parts = said["parts"].as_array().unwrap();
    let (calls, others): (Vec<&Value>, Vec<&Value>) =
        parts.iter().partition(|p| p["functionCall"].is_object());
    let calls = (!calls.is_empty()).then_some(calls);
    let each = others.into_iter().map(|part| vec![part]).chain(calls);
    each.map(|parts| json!({"role": "model", "parts": parts})).collect()
}

/// What Google's vendor takes in place of a seal.
const NO_SEAL: &str = "skip_thought_signature_validator";

#[expect(clippy::panic, reason = "tests")]
fn panic(why: &str) -> ! {
    panic!("{why}")
}

fn user(client: DialectId, text: &str) -> Value {
    match client {
        DialectId::Gemini => json!({"role": "user", "parts": [{"text": text}]}),
        _ => json!({"role": "user", "content": text}),
    }
}

/// The client's turn with the results of the calls (ids and names).
fn results(client: DialectId, calls: &[(String, String)]) -> Vec<Value> {
    if calls.is_empty() {
        return Vec::new();
    }
    let each = calls.iter().map(|(id, name)| match client {
        DialectId::OpenAiResponses => {
            json!({"type": "function_call_output", "call_id": id, "output": "sunny"})
        }
        DialectId::AnthropicMessages => json!({"type": "tool_result", "tool_use_id": id, "content": "sunny"}),
        DialectId::Gemini => json!({"functionResponse": {"name": name, "response": {"output": "sunny"}}}),
        _ => json!({"role": "tool", "tool_call_id": id, "content": "sunny"}),
    });
    let each: Vec<Value> = each.collect();
    match client {
        DialectId::AnthropicMessages => vec![json!({"role": "user", "content": each})],
        DialectId::Gemini => vec![json!({"role": "user", "parts": each})],
        _ => each,
    }
}
