//! Arguments of a call that come in pieces (`partialArgs`), each a value at a JSON path, which Vertex AI streams where it
//! is told to. A call goes on while it says `willContinue`; so does a text.
//!
//! Source: `FunctionCall` and `PartialArg` in Google's Gen AI SDKs.

use serde_json::Value;
use wye_types::Map;

/// Deeper paths are no arguments of a function.
const DEEPEST: usize = 64;

/// The arguments that are being put together.
#[derive(Debug)]
pub(super) struct PartialArgs {
    args: Value,
    /// The path of the text that the next piece may go on with.
    going_on: Option<String>,
}

#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

impl PartialArgs {
    /// Starts with the arguments that came whole, if some did.
    pub(super) fn new(args: Option<&Value>) -> Self {
        let args = args.filter(|args| args.is_object()).cloned();
        Self { args: args.unwrap_or_else(|| Value::Object(Map::new())), going_on: None }
    }

    /// Adds a piece. One that cannot be understood is left out.
    pub(super) fn add(&mut self, piece: &Value) {
        let Some(path) = piece.get("jsonPath").and_then(Value::as_str) else { return };
        let Some(steps) = steps_of(path) else { return };
        let value = ["stringValue", "numberValue", "boolValue"].iter().find_map(|key| piece.get(*key));
        let value = match value {
            Some(value) if value.is_string() || value.is_number() || value.is_boolean() => value.clone(),
            None if piece.get("nullValue").is_some() => Value::Null,
            _ => return,
        };
        let goes_on = self.going_on.as_deref() == Some(path);
        let place = place_of(&mut self.args, steps);
        match (place, value) {
            (Value::String(text), Value::String(more)) if goes_on => text.push_str(&more),
            (place, value) => *place = value,
        }
        self.going_on = (piece.get("willContinue") == Some(&Value::Bool(true))).then(|| path.to_owned());
    }

    /// The arguments as far as they came.
    pub(super) fn json(&self) -> String {
        self.args.to_string()
    }
}

/// The place at a path, made where it is not there yet. Lists grow by one at a time, whatever index is named.
fn place_of(mut at: &mut Value, steps: Vec<Step>) -> &mut Value {
    for step in steps {
        at = match step {
            Step::Key(key) => {
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                let Value::Object(map) = at else { return at };
                map.entry(key).or_insert(Value::Null)
            }
            Step::Index(index) => {
                if !at.is_array() {
                    *at = Value::Array(Vec::new());
                }
                let Value::Array(items) = at else { return at };
                let index = index.min(items.len());
                if index == items.len() {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
        };
    }
    at
}

/// Takes a path such as `$.foo.bar[0]['a b']` apart. `None` if it is no path to one place, or to none within.
fn steps_of(path: &str) -> Option<Vec<Step>> {
    let mut left = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !left.is_empty() {
        if steps.len() == DEEPEST {
            return None;
        }
        if let Some(named) = left.strip_prefix('.') {
            let end = named.find(['.', '[']).unwrap_or(named.len());
            let (name, rest) = named.split_at(end);
            if name.is_empty() {
                return None;
            }
            steps.push(Step::Key(name.to_owned()));
            left = rest;
            continue;
        }
        let inside = left.strip_prefix('[')?;
        let quote = inside.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let (step, rest) = match quote {
            Some(quote) => {
                let (name, rest) = inside[1..].split_once(quote)?;
                (Step::Key(name.to_owned()), rest.strip_prefix(']')?)
            }
            None => {
                let (index, rest) = inside.split_once(']')?;
                (Step::Index(index.parse().ok()?), rest)
            }
        };
        steps.push(step);
        left = rest;
    }
    (!steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pieces_become_arguments() {
        let mut args = PartialArgs::new(None);
        for piece in [
            json!({"jsonPath": "$.brightness", "numberValue": 50}),
            json!({"jsonPath": "$.color.name", "stringValue": "wa", "willContinue": true}),
            json!({"jsonPath": "$.color.name", "stringValue": "rm"}),
            json!({"jsonPath": "$.rooms[0]['a b']", "boolValue": true}),
            json!({"jsonPath": "$.rooms[1]", "nullValue": "NULL_VALUE"}),
            json!({"jsonPath": "$.color.name", "willContinue": true}),
            json!({"jsonPath": "$..x", "stringValue": "lost"}),
            json!({"jsonPath": "$", "stringValue": "lost"}),
            json!({"jsonPath": "$.far[4294967295]", "numberValue": 1}),
        ] {
            args.add(&piece);
        }
        let wanted = json!({
            "brightness": 50, "color": {"name": "warm"}, "rooms": [{"a b": true}, null], "far": [1],
        });
        assert_eq!(serde_json::from_str::<Value>(&args.json()).unwrap(), wanted);
    }

    #[test]
    fn a_text_that_does_not_go_on_is_replaced() {
        let mut args = PartialArgs::new(Some(&json!({"a": "old"})));
        args.add(&json!({"jsonPath": "$.a", "stringValue": "new"}));
        assert_eq!(args.json(), r#"{"a":"new"}"#);
    }

    #[test]
    fn paths_that_name_no_place_are_refused() {
        for path in ["", "a", "$x", "$.", "$[", "$[*]", "$['a", "$.a[-1]", "$[é]"] {
            assert_eq!(steps_of(path), None, "{path}");
        }
        assert_eq!(steps_of(&format!("${}", ".a".repeat(DEEPEST + 1))), None);
    }
}
