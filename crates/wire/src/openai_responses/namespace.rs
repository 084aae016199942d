//! Namespaces: tools that hold functions, as Codex sends them. A call of such a function names both.
//!
//! The functions are read as functions, under a name that holds the namespace, so that every dialect can offer them. The
//! namespace itself rides along on the first of them and goes back as it came; the others only say where they belong.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::Tool;

use super::request_read::read_tool;
use crate::dialect::RequestError;
use crate::fields::wrong;
use crate::names;

/// Where a function keeps its namespace: whole on the first one, by its name on the others.
const KEPT: &str = "namespace";

/// Whether a tool is a namespace with functions in it.
pub(super) fn is(tool: &Value) -> bool {
    let inside = tool.get("tools").and_then(Value::as_array);
    tool.get("type").is_some_and(|kind| kind == "namespace")
        && tool.get("name").is_some_and(Value::is_string)
        && inside.is_some_and(|inside| inside.iter().any(is_function))
}

fn is_function(tool: &Value) -> bool {
    tool.get("type").is_none_or(|kind| kind == "function")
}

/// Reads what is in it, the functions first.
pub(super) fn read(tool: Value, path: &str) -> Result<Vec<Tool>, RequestError> {
    let name = tool.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let inside = tool.get("tools").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut whole = Some(tool);
    let (mut tools, mut others) = (Vec::with_capacity(inside.len()), Vec::new());
    for (n, item) in inside.into_iter().enumerate() {
        let path = format!("{path}.tools[{n}]");
        let Value::Object(mut fields) = item else {
            return Err(wrong(&path, "an object with a \"type\"", &item));
        };
        fields.shift_remove(KEPT);
        let within = json!(name);
        match read_tool(Value::Object(fields), path)? {
            Tool::Function(mut function) => {
                function.name = names::within(&name, &function.name);
                function.rest.insert(KEPT.into(), whole.take().unwrap_or(within));
                tools.push(Tool::Function(function));
            }
            Tool::Foreign(Value::Object(mut fields)) => {
                fields.insert(KEPT.into(), within);
                others.push(Tool::Foreign(Value::Object(fields)));
            }
            other @ Tool::Foreign(_) => others.push(other),
        }
    }
    tools.append(&mut others);
    Ok(tools)
}

/// What is written for a tool of this dialect's own that stands in a namespace: the namespace for the first, nothing for
/// the others. `None` for any other tool.
pub(super) fn write(tool: &Tool) -> Option<Option<Value>> {
    let kept = match tool {
        Tool::Function(function) => function.rest.get(KEPT)?,
        Tool::Foreign(value) => value.get(KEPT)?,
    };
    Some(kept.is_object().then(|| kept.clone()))
}

/// The fields that name a function: its own name, and its namespace if it stands in one.
pub(super) fn fields_of(name: &str) -> Map {
    let (namespace, name) = names::split(name);
    let mut fields = Map::from_iter([("name".to_owned(), json!(name))]);
    if let Some(namespace) = namespace {
        fields.insert("namespace".into(), json!(namespace));
    }
    fields
}
