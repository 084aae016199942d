//! Google's schema words (an OpenAPI subset: upper-case types, `nullable`) as JSON Schema.

use serde_json::Value;
use wye_types::Map;

/// Keys whose value is a schema, a list of schemas, and a map of schemas by name.
const ONE: [&str; 3] = ["items", "additionalProperties", "not"];
const MANY: [&str; 4] = ["anyOf", "allOf", "oneOf", "prefixItems"];
const NAMED: [&str; 3] = ["properties", "$defs", "defs"];

/// Google's spellings in snake case, and JSON Schema's.
const SPELLINGS: [(&str, &str); 9] = [
    ("any_of", "anyOf"),
    ("additional_properties", "additionalProperties"),
    ("max_items", "maxItems"),
    ("max_length", "maxLength"),
    ("max_properties", "maxProperties"),
    ("min_items", "minItems"),
    ("min_length", "minLength"),
    ("min_properties", "minProperties"),
    ("property_ordering", "propertyOrdering"),
];

/// Says in JSON Schema what a Google schema says. What is JSON Schema already stays as it is.
pub(super) fn to_json_schema(schema: Value) -> Value {
    let Value::Object(fields) = schema else { return schema };
    let nullable = fields.get("nullable") == Some(&Value::Bool(true));
    let mut out = Map::new();
    for (key, value) in fields {
        let key = SPELLINGS.iter().find(|(s, _)| *s == key).map_or(key.as_str(), |(_, k)| k).to_owned();
        if let Some(value) = convert(&key, value, nullable) {
            out.insert(key, value);
        }
    }
    Value::Object(out)
}

fn convert(key: &str, value: Value, nullable: bool) -> Option<Value> {
    match (key, value) {
        ("nullable", _) => None,
        ("type", Value::String(name)) => lower_type(&name, nullable),
        // Google marks enumerations so; JSON Schema has no such format.
        ("format", Value::String(name)) if name == "enum" => None,
        (key, Value::String(number)) if key.starts_with("min") || key.starts_with("max") => {
            Some(number.parse::<u64>().map_or(Value::String(number), Value::from))
        }
        (key, Value::Object(named)) if NAMED.contains(&key) => Some(Value::Object(
            named.into_iter().map(|(name, schema)| (name, to_json_schema(schema))).collect(),
        )),
        (key, Value::Array(schemas)) if MANY.contains(&key) => {
            Some(Value::Array(schemas.into_iter().map(to_json_schema).collect()))
        }
        (key, schema) if ONE.contains(&key) => Some(to_json_schema(schema)),
        (_, other) => Some(other),
    }
}

fn lower_type(name: &str, nullable: bool) -> Option<Value> {
    if name == "TYPE_UNSPECIFIED" {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    Some(if nullable { Value::from(vec![lower, "null".to_owned()]) } else { Value::String(lower) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::to_json_schema;

    #[test]
    fn google_words_become_json_schema() {
        let google = json!({
            "type": "OBJECT",
            "properties": {
                "type": {"type": "STRING", "nullable": true, "format": "enum", "enum": ["a"]},
                "list": {"type": "ARRAY", "items": {"type": "INTEGER"}, "min_items": "1"},
                "either": {"any_of": [{"type": "NUMBER"}, {"type": "BOOLEAN"}]},
            },
            "property_ordering": ["type"],
        });
        assert_eq!(
            to_json_schema(google),
            json!({
                "type": "object",
                "properties": {
                    "type": {"type": ["string", "null"], "enum": ["a"]},
                    "list": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
                    "either": {"anyOf": [{"type": "number"}, {"type": "boolean"}]},
                },
                "propertyOrdering": ["type"],
            })
        );
        let already = json!({"type": ["string", "null"], "additionalProperties": false, "minimum": 1});
        assert_eq!(to_json_schema(already.clone()), already);
    }
}
