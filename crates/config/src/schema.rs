//! JSON Schema of the file, for editors.

use serde_json::{Map, Value, json};

use crate::key::{Key, Kind, ROOT};
use crate::layers::{KINDS, is_section, section_of};
use crate::node::{MAX_NAME, MAX_TAG};

/// JSON Schema (2020-12) of the file, with descriptions and defaults.
#[must_use]
pub fn schema() -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!("Configuration of Wye"));
    if let Value::Object(rest) = table(ROOT) {
        schema.extend(rest);
    }
    Value::Object(schema)
}

/// The schema of an item's body; of the kind `setting`, that of all settings by their names. `None`: there is no such kind.
#[must_use]
pub fn schema_of(kind: &str) -> Option<Value> {
    let Some(section) = section_of(kind) else {
        let settings = || ROOT.iter().filter(|key| !is_section(key.name));
        return KINDS.contains(&kind).then(|| properties(settings()));
    };
    let found = ROOT.iter().find(|key| key.name == section)?;
    Some(match &found.kind {
        Kind::Map(value) | Kind::Named { value, .. } => self::kind(value),
        other => self::kind(other),
    })
}

fn table(keys: &[Key]) -> Value {
    properties(keys.iter())
}

fn properties<'k>(keys: impl Iterator<Item = &'k Key>) -> Value {
    let properties: Map<String, Value> = keys
        .map(|key| {
            let mut of = Map::new();
            of.insert("description".into(), json!(key.doc));
            // What it is by our own word: forms need to tell a duration from a text.
            of.insert("x-kind".into(), json!(key.kind.name()));
            if let Value::Object(kind) = kind(&key.kind) {
                of.extend(kind);
            }
            if let Some(default) = key.default.and_then(|text| serde_json::from_str(text).ok()) {
                of.insert("default".into(), default);
            }
            (key.name.to_owned(), Value::Object(of))
        })
        .collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn kind(of: &Kind) -> Value {
    match of {
        Kind::Flag => or_reference(json!({ "type": "boolean" })),
        Kind::Whole { min, max } => {
            or_reference(json!({ "type": "integer", "minimum": min, "maximum": max }))
        }
        Kind::Share => or_reference(json!({ "type": "number", "minimum": 0, "maximum": 1 })),
        Kind::Number { min, max } => {
            or_reference(json!({ "type": "number", "minimum": min, "maximum": max }))
        }
        Kind::Which => json!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "minLength": 1 },
        ] }),
        Kind::Dollars { decimals, max } => or_reference(json!({
            "anyOf": [
                { "type": "number", "minimum": 0, "maximum": max },
                { "type": "string", "pattern": format!(r"^[0-9]+(\.[0-9]{{1,{decimals}}}0*)?$") },
            ],
        })),
        Kind::Text | Kind::Secret | Kind::Address | Kind::Header | Kind::TimeZone => {
            json!({ "type": "string", "minLength": 1 })
        }
        Kind::Name => json!({ "type": "string", "minLength": 1, "maxLength": MAX_NAME }),
        Kind::Tag => or_reference(
            json!({ "type": "string", "pattern": format!("^[A-Za-z0-9_.:/@-]{{1,{MAX_TAG}}}$") }),
        ),
        Kind::Proxy => or_reference(json!({ "type": "string", "pattern": "^((http|socks5)://|vault:)" })),
        Kind::Origin => or_reference(json!({ "type": "string", "pattern": r"^(\*|https?://[^/]+)$" })),
        Kind::Net => or_reference(json!({ "type": "string", "pattern": "^[0-9a-fA-F:.]+(/[0-9]+)?$" })),
        Kind::Pattern => json!({ "type": "string", "minLength": 1, "format": "regex" }),
        Kind::Digest => or_reference(json!({ "type": "string", "pattern": "^[0-9a-fA-F]{64}$" })),
        Kind::Moment => or_reference(json!({ "type": "string", "format": "date-time" })),
        Kind::BaseUrl => or_reference(json!({ "type": "string", "pattern": "^https?://" })),
        Kind::Wait { .. } => {
            or_reference(json!({ "type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$" }))
        }
        Kind::Size => or_reference(json!({
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?([KMG]i?)?B$" },
            ],
        })),
        Kind::Word(words) => or_reference(json!({ "enum": words() })),
        Kind::Free => json!({ "type": "object" }),
        Kind::List(item) => json!({ "type": "array", "items": kind(item) }),
        Kind::Map(value) => json!({ "type": "object", "additionalProperties": kind(value) }),
        Kind::Named { entry, value, .. } => json!({ "anyOf": [
            { "type": "array", "items": kind(entry) },
            { "type": "object", "additionalProperties": kind(value) },
        ] }),
        Kind::Table(keys) => table(keys),
        Kind::Either(short, keys) => json!({ "anyOf": [kind(short), table(keys)] }),
    }
}

/// Any value may come from the environment.
fn or_reference(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "pattern": r"\$\{" }] })
}
