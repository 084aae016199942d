//! An instance of a JSON schema, the plainest that is valid.

use serde_json::{Map, Value, json};

use super::calls::places;

/// Deeper than any schema that is not recursive.
const DEPTH: usize = 24;

/// How much of a text is searched for a schema.
const SEARCHED: usize = 32 << 10;

/// The first schema of an object that is written out in a text.
pub(super) fn in_text(text: &str) -> Option<Value> {
    let text = crate::words::cut(text, SEARCHED);
    text.match_indices('{').find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(text.get(at..)?).into_iter::<Value>();
        values.next()?.ok().filter(|v| v.get("properties").is_some_and(Value::is_object))
    })
}

/// An instance for an answer to this text.
pub(super) fn instance(schema: &Value, text: &str) -> Value {
    instance_with(schema, &places(text))
}

/// An instance in which properties that mean a place get one of these.
pub(super) fn instance_with(schema: &Value, places: &[String]) -> Value {
    Maker { root: schema, places }.make(schema, "", DEPTH)
}

/// Whether a property's name means a place.
pub(super) fn is_place(name: &str) -> bool {
    let name = name.to_lowercase();
    ["city", "location", "place", "town"].iter().any(|hint| name.contains(hint))
}

struct Maker<'a> {
    root: &'a Value,
    places: &'a [String],
}

impl Maker<'_> {
    fn make(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let Some(depth) = depth.checked_sub(1) else { return Value::Null };
        if let Some(fixed) = schema.get("const") {
            return fixed.clone();
        }
        if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|e| e.first()) {
            return first.clone();
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let found = target.strip_prefix('#').and_then(|p| self.root.pointer(p));
            return found.map_or(Value::Null, |s| self.make(s, name, depth));
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(options) = schema.get(key).and_then(Value::as_array) {
                let option = options.iter().find(|o| kind(o) != "null").or(options.first());
                return option.map_or(Value::Null, |o| self.make(o, name, depth));
            }
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.merged(parts, name, depth);
        }
        match kind(schema).as_str() {
            "object" => self.object(schema, depth),
            "array" => {
                let items = schema.get("items").cloned().unwrap_or_else(|| json!({"type": "string"}));
                let least = number(schema, "minItems").unwrap_or(1.0).clamp(1.0, 64.0);
                (0..least as usize).map(|_| self.make(&items, name, depth)).collect()
            }
            "integer" => json!(bounded(schema, 1.0).ceil() as i64),
            "number" => json!(bounded(schema, 1.5)),
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => Value::String(self.string(schema, name)),
        }
    }

    fn merged(&self, parts: &[Value], name: &str, depth: usize) -> Value {
        let mut all = Map::new();
        let mut last = Value::Null;
        for part in parts {
            last = self.make(part, name, depth);
            if let Value::Object(map) = &last {
                all.extend(map.clone());
            }
        }
        if all.is_empty() { last } else { Value::Object(all) }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let wanted = properties
            .into_iter()
            .flatten()
            .filter(|(name, _)| required.is_empty() || required.contains(&name.as_str()));
        wanted.map(|(name, property)| (name.clone(), self.make(property, name, depth))).collect()
    }

    fn string(&self, schema: &Value, name: &str) -> String {
        let text = match schema.get("format").and_then(Value::as_str) {
            Some("date") => "2026-11-21",
            Some("date-time") => "2026-11-21T09:00:00Z",
            Some("time") => "09:00:00",
            Some("email") => "someone@example.com",
            Some("uri" | "url") => "https://example.com/",
            Some("uuid") => "00000000-0000-4000-8000-000000000000",
            _ if is_place(name) => self.places.first().map_or("example", String::as_str),
            _ => "example",
        };
        let mut text = text.to_owned();
        while (text.chars().count() as f64) < number(schema, "minLength").unwrap_or(0.0).min(4096.0) {
            text.push('x');
        }
        match number(schema, "maxLength") {
            Some(most) if most >= 0.0 => text.chars().take(most as usize).collect(),
            _ => text,
        }
    }
}

/// The type of a schema in lower case; of several, the first that is not null.
fn kind(schema: &Value) -> String {
    match schema.get("type") {
        Some(Value::String(one)) => one.to_lowercase(),
        Some(Value::Array(many)) => {
            let names = many.iter().filter_map(Value::as_str);
            names.clone().find(|n| *n != "null").or(names.clone().next()).unwrap_or("string").to_lowercase()
        }
        _ if schema.get("properties").is_some() => "object".to_owned(),
        _ if schema.get("items").is_some() => "array".to_owned(),
        _ => "string".to_owned(),
    }
}

fn number(schema: &Value, key: &str) -> Option<f64> {
    // Gemini's schemas write some counts as strings.
    let value = schema.get(key)?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn bounded(schema: &Value, plain: f64) -> f64 {
    let least = number(schema, "minimum").or(number(schema, "exclusiveMinimum").map(|n| n + 1.0));
    let most = number(schema, "maximum").or(number(schema, "exclusiveMaximum").map(|n| n - 1.0));
    let value = least.map_or(plain, |l| plain.max(l));
    let value = most.map_or(value, |m| value.min(m));
    match number(schema, "multipleOf") {
        Some(step) if step > 0.0 => (value / step).ceil() * step,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_follow_their_schema() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"enum": ["c", "f"]},
                "days": {"type": "integer", "minimum": 3},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}},
                "note": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 3}]},
                "extra": {"type": "string"}
            },
            "required": ["city", "unit", "days", "tags", "note"],
            "$defs": {"tag": {"type": "OBJECT", "properties": {"on": {"type": "BOOLEAN"}}}}
        });
        let made = instance(&schema, "Is it warm in Oslo?");
        let want = json!({"city": "Oslo", "unit": "c", "days": 3, "tags": [{"on": true}], "note": "exa"});
        assert_eq!(made, want);
    }

    #[test]
    fn schemas_are_found_in_texts() {
        let text = "Reply {as JSON} like this: {\"type\": \"object\", \"properties\": {\"a\": {}}} please";
        assert_eq!(in_text(text).unwrap(), json!({"type": "object", "properties": {"a": {}}}));
        assert_eq!(in_text("nothing {here} but {\"a\": 1}"), None);
    }

    #[test]
    fn recursion_ends() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(instance(&schema, "").is_object());
    }
}
