//! Requests that may cost nothing: only what is proved to be free is called for them, and nothing in them may cost extra.
//! What is not known to be free is refused: whoever asks for this would rather have no answer than a bill.

use http::HeaderMap;
use serde_json::Value;
use wye_types::error::GatewayError;
use wye_types::{Code, Map};
use wye_wire::scan::TopLevel;

use crate::live::Route;
use crate::ours;

/// Fields by which vendors are asked for what is billed apart: searches of the web, and other models that may take over,
/// by a list or in settings that lie at the vendor.
const EXTRAS: [&str; 11] = [
    "models",
    "preset",
    "connectors",
    PROMPT,
    "plugins",
    "web_search",
    "web_search_options",
    "search",
    "search_options",
    "search_parameters",
    "enable_search",
];

/// A text in some words; in others, settings that lie at the vendor, tools among them.
const PROMPT: &str = "prompt";

/// The ending by which a router of models is asked to search the web.
const ONLINE: &str = ":online";

/// Tools that the client runs itself, by their `type`; those of which vendors make ever new versions by its beginning.
const OWN_TOOLS: [&str; 5] = ["function", "custom", "local_shell", "shell", "apply_patch"];
const OWN_TOOL_FAMILIES: [&str; 5] = ["bash_", "text_editor_", "computer_", "computer-", "memory_"];

/// Refuses what may cost something: a field that asks for extras, or a route with nothing that is free.
///
/// # Errors
/// [`Code::CostPolicyBlocked`] with the field.
pub(crate) fn check(route: &Route, (top, body, model): (&TopLevel, &[u8], &str)) -> Result<(), GatewayError> {
    if let Some(field) = extra(top, body, model) {
        let message = format!(
            "`{field}` asks for something that is billed apart, and this request may cost nothing (free_only); leave it out"
        );
        return Err(GatewayError::new(Code::CostPolicyBlocked, message).param(field));
    }
    if route.targets.iter().any(|target| target.known.free.is_some()) {
        return Ok(());
    }
    let message = format!(
        "nothing that `{}` may call is proved to cost nothing, and this request may cost nothing (free_only); name a \
         model that is given away or runs on a machine of your own, or give the model a price of 0 in the configuration",
        route.name
    );
    Err(GatewayError::new(Code::CostPolicyBlocked, message).param("model"))
}

/// Refuses a call of which nobody knows what it costs, where the request or its key may cost nothing.
///
/// # Errors
/// [`Code::CostPolicyBlocked`].
pub(crate) fn check_unknown(headers: &HeaderMap, by_key: bool) -> Result<(), GatewayError> {
    if !(by_key || ours::wants_free(headers)?) {
        return Ok(());
    }
    let message =
        "what goes through to a provider may be billed, and this request may cost nothing (free_only)";
    Err(GatewayError::new(Code::CostPolicyBlocked, message))
}

/// The first field that asks for something that is billed apart.
fn extra(top: &TopLevel, body: &[u8], model: &str) -> Option<String> {
    if is_online(model) {
        return Some("model".to_owned());
    }
    // Some servers take a field in any letters.
    let raw = |name: &str| {
        let found = top.fields().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.and_then(|(_, span)| body.get(span))
    };
    let asks = |name: &str| {
        let value = serde_json::from_slice(raw(name)?);
        value.map_or(Some(true), |value: Value| Some(is_asked(name, &value)))
    };
    if let Some(name) = EXTRAS.into_iter().find(|name| asks(name) == Some(true)) {
        return Some(name.to_owned());
    }
    match serde_json::from_slice(raw("tools")?) {
        Ok(Value::Null) => None,
        Ok(Value::Array(tools)) => {
            let at = tools.iter().position(|tool| !is_own(tool))?;
            Some(format!("tools[{at}]"))
        }
        // Google's servers take one where a list belongs.
        Ok(tool) if is_own(&tool) => None,
        Ok(_) | Err(_) => Some("tools".to_owned()),
    }
}

/// Whether fields that the operator sets on every request ask for something that is billed apart.
#[must_use]
pub fn asks_extra(params: &Map) -> bool {
    let tools_ask = |tools: &Value| match tools {
        Value::Array(tools) => !tools.iter().all(is_own),
        one => !one.is_null() && !is_own(one),
    };
    params.iter().any(|(name, value)| EXTRAS.contains(&name.as_str()) && is_asked(name, value))
        || params.get("tools").is_some_and(tools_ask)
}

/// Whether a model's name asks for a search of the web.
pub(crate) fn is_online(model: &str) -> bool {
    model.ends_with(ONLINE)
}

/// Whether a field's value asks for anything.
fn is_asked(name: &str, value: &Value) -> bool {
    match value {
        _ if name == PROMPT => value.is_object(),
        Value::Null | Value::Bool(false) => false,
        Value::Array(all) => !all.is_empty(),
        // An empty object asks for a search with the vendor's own settings.
        Value::Object(fields) => {
            name != "search_parameters" || fields.get("mode").and_then(Value::as_str) != Some("off")
        }
        _ => true,
    }
}

/// Whether the client runs a tool itself.
fn is_own(tool: &Value) -> bool {
    let Some(fields) = tool.as_object() else { return false };
    match fields.get("type") {
        Some(Value::String(kind)) => {
            OWN_TOOLS.contains(&kind.as_str())
                || OWN_TOOL_FAMILIES.iter().any(|family| kind.starts_with(family))
        }
        Some(_) => false,
        // Anthropic's and Cohere's have a name, Google's and Amazon's stand in an object of their own.
        None => {
            let own = ["name", "function", "functionDeclarations", "function_declarations", "toolSpec"];
            let beside =
                ["description", "input_schema", "parameters", "cache_control", "cachePoint", "strict"];
            !fields.is_empty()
                && fields.keys().all(|key| own.contains(&key.as_str()) || beside.contains(&key.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(body: &Value) -> Option<String> {
        let body = body.to_string();
        extra(&TopLevel::scan(body.as_bytes()).unwrap(), body.as_bytes(), "m")
    }

    #[test]
    fn what_is_billed_apart_is_named() {
        for (body, field) in [
            (json!({"web_search_options": {}}), "web_search_options"),
            (json!({"plugins": [{"id": "web"}]}), "plugins"),
            (json!({"enable_search": true}), "enable_search"),
            (json!({"search_parameters": {"mode": "auto"}}), "search_parameters"),
            (json!({"models": ["openai/gpt-4o"]}), "models"),
            (json!({"tools": [{"type": "function", "function": {}}, {"type": "web_search"}]}), "tools[1]"),
            (json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}), "tools[0]"),
            (json!({"tools": [{"type": "code_execution_20250825", "name": "x"}]}), "tools[0]"),
            (json!({"tools": [{"googleSearch": {}}]}), "tools[0]"),
            (json!({"tools": [{"functionDeclarations": []}, {"google_maps": {}}]}), "tools[1]"),
            (json!({"tools": [{"type": 7}]}), "tools[0]"),
            (json!({"tools": {"googleSearch": {}}}), "tools"),
            (json!({"Tools": [{"type": "web_search"}]}), "tools[0]"),
            (json!({"Plugins": [{"id": "web"}]}), "plugins"),
            (json!({"prompt": {"id": "pmpt_1"}}), "prompt"),
            (json!({"preset": "dear"}), "preset"),
        ] {
            assert_eq!(named(&body).as_deref(), Some(field), "{body}");
        }
        let top = TopLevel::scan(b"{}").unwrap();
        assert_eq!(extra(&top, b"{}", "a/b:online").as_deref(), Some("model"));
    }

    #[test]
    fn what_the_client_does_itself_is_not() {
        for body in [
            json!({"web_search_options": null, "plugins": [], "enable_search": false}),
            json!({"search_parameters": {"mode": "off"}}),
            json!({"tools": []}),
            json!({"tools": {"functionDeclarations": [{"name": "f"}]}, "prompt": "Say"}),
            json!({"tools": null, "prompt": ["Say", "it"]}),
            json!({"tools": [{"type": "function", "function": {"name": "f"}}, {"type": "custom", "name": "c"}]}),
            json!({"tools": [{"name": "f", "input_schema": {}}, {"type": "bash_20250124", "name": "bash"}]}),
            json!({"tools": [{"functionDeclarations": [{"name": "f"}]}]}),
            json!({"tools": [{"toolSpec": {"name": "f"}}]}),
        ] {
            assert_eq!(named(&body), None, "{body}");
        }
    }

    #[test]
    fn what_the_operator_sets_counts_too() {
        let asks = |params: Value| asks_extra(params.as_object().unwrap());
        assert!(
            asks(json!({"plugins": [{"id": "web"}]})) && asks(json!({"tools": [{"type": "web_search"}]}))
        );
        assert!(!asks(json!({"top_p": 1, "enable_search": false})));
    }
}
