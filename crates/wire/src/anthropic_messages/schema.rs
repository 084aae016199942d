//! JSON Schemas of other dialects, brought into the subset that the vendor compiles.

use serde_json::{Value, json};

const REFUSED: [&str; 12] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "propertyOrdering",
];

/// Closes every object (the vendor demands it) and drops bounds that the vendor refuses. Gives back whether a bound
/// was dropped.
pub(crate) fn tighten(schema: &mut Value) -> bool {
    let Value::Object(map) = schema else { return false };
    let mut dropped = false;
    for key in REFUSED {
        dropped |= map.shift_remove(key).is_some() && key != "propertyOrdering";
    }
    if map.get("minItems").and_then(Value::as_u64).is_some_and(|n| n > 1) {
        map.shift_remove("minItems");
        dropped = true;
    }
    let is_object = map.get("type").is_some_and(|t| {
        t == "object" || t.as_array().is_some_and(|types| types.iter().any(|t| t == "object"))
    });
    if is_object || map.contains_key("properties") {
        dropped |= map.get("additionalProperties").is_some_and(|more| *more != json!(false));
        map.insert("additionalProperties".into(), json!(false));
    }
    for (key, inner) in map.iter_mut() {
        dropped |= match (key.as_str(), inner) {
            // Names, not keywords, stand one level below these.
            ("properties" | "$defs" | "definitions", Value::Object(named)) => {
                named.values_mut().fold(false, |any, schema| tighten(schema) | any)
            }
            ("anyOf" | "allOf" | "oneOf" | "prefixItems", Value::Array(all)) => {
                all.iter_mut().fold(false, |any, schema| tighten(schema) | any)
            }
            ("items", inner) => tighten(inner),
            _ => false,
        };
    }
    dropped
}

/// A tool's parameters: an object's schema in any case.
pub(crate) fn parameters(schema: Option<&Value>) -> Value {
    match schema {
        Some(Value::Object(map)) if map.contains_key("type") => Value::Object(map.clone()),
        Some(Value::Object(map)) => {
            let mut map = map.clone();
            map.insert("type".into(), json!("object"));
            Value::Object(map)
        }
        _ => json!({"type": "object", "properties": {}}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_closed_and_bounds_dropped() {
        let mut schema = json!({"type": "object", "properties": {
            "minimum": {"type": "integer", "minimum": 1},
            "list": {"type": "array", "items": {"type": "object", "properties": {}}},
        }});
        assert!(tighten(&mut schema));
        assert_eq!(
            schema,
            json!({"type": "object", "additionalProperties": false, "properties": {
                "minimum": {"type": "integer"},
                "list": {"type": "array", "items": {
                    "type": "object", "properties": {}, "additionalProperties": false}},
            }})
        );
        assert!(!tighten(&mut schema));
    }
}
