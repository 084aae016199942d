//! The shipped example, the schema and the reader know the same keys.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use wye_config::{Format, schema};

use super::{good, read};

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/example.yaml");
    std::fs::read_to_string(path).unwrap()
}

/// Paths of all keys of a schema; `*` stands for names of the user's choice, `[]` for items.
fn keys(schema: &Value, path: &str, out: &mut BTreeSet<String>) {
    for (name, of) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        assert!(of["description"].as_str().is_some_and(|d| d.ends_with('.')), "{path} is not described");
        keys(of, &path, out);
        out.insert(path);
    }
    keys_below(&schema["items"], &format!("{path}[]"), out);
    keys_below(&schema["additionalProperties"], &format!("{path}.*"), out);
    for of in schema["anyOf"].as_array().into_iter().flatten() {
        keys(of, path, out);
    }
}

fn keys_below(schema: &Value, path: &str, out: &mut BTreeSet<String>) {
    if schema.is_object() {
        keys(schema, path, out);
    }
}

fn schema_keys() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    keys(&schema(), "", &mut out);
    out
}

/// Every key with a value that is not the default. Lists and tables of one line, so that a line is a key.
const EVERY_KEY: &str = r#"{
"listen": "127.0.0.1:1",
"keys": [{
"name": "n",
"key": "k",
"hint": "…k",
"disabled": true,
"expires": "2030-01-31T00:00:00Z",
"team": "t",
"owner": "o",
"tags": ["a"],
"apis": ["gemini"],
"models": ["c/*"],
"free_only": true,
"limits": {
"rpm": 1,
"tpm": 2,
"rpd": 3,
"tpd": 4,
"tpr": 5,
"concurrent": 6,
"time_zone": "Europe/Berlin",
"soft": 0.5,
"when_lost": "refuse"
},
"budgets": [{
"usd": 1.5,
"per": "day",
"time_zone": "Europe/Berlin",
"allow_unpriced": true,
"soft": 0.5,
"when_lost": "refuse"
}],
"priority": 1
}, { "name": "m",
"sha256": "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
}],
"teams": { "t": {
"limits": {
"rpm": 10,
"tpm": 11,
"rpd": 12,
"tpd": 13,
"tpr": 14,
"concurrent": 15,
"time_zone": "Europe/Berlin",
"soft": 0.5,
"when_lost": "refuse"
},
"budgets": [{
"usd": 1.5,
"per": "day",
"time_zone": "Europe/Berlin",
"allow_unpriced": true,
"soft": 0.5,
"when_lost": "refuse"
}],
"apis": ["gemini"],
"models": ["c/*"],
"free_only": true
} },
"budgets": { "a": {
"tag": "a",
"usd": 1.5,
"per": "day",
"time_zone": "Europe/Berlin",
"allow_unpriced": true,
"soft": 0.5,
"when_lost": "refuse"
}, "u": { "usd": 1, "per": "total",
"each_user": true
} },
"log": {
"stdout": true,
"bodies": {
"sampled": 0.5
},
"body_limit": "1KiB",
"redact_fields": ["a"],
"redact_patterns": ["a+"],
"keep": "1d",
"keep_bodies": "1d",
"keep_bodies_bytes": "1MiB",
"keep_minutes": "1d",
"keep_audit": "1d"
},
"responses": {
"store": "off",
"keep": "1d",
"keep_bytes": "1MiB"
},
"access": {
"allow_open": true,
"cors_origins": ["*"],
"trusted_proxies": ["10.0.0.0/8"],
"admin_listen": "127.0.0.1:2",
"header_timeout": "1s"
},
"images": {
"allow": ["*.corp", "10.0.0.0/8"],
"most_bytes": "1MiB",
"timeout": "1s",
"at_once": 1
},
"discover": false,
"providers": { "c": {
"like": "mistral",
"dialect": "openai_chat",
"base_url": "http://c",
"api_key": "k",
"auth": "api-key",
"headers": { "a": "b" },
"default_params": { "a": 1 },
"forced_params": { "b": 1 },
"drop_params": ["c"],
"unsupported_params": ["d"],
"on_unsupported": "refuse",
"max_output": {
"default": 1,
"cap": 2
},
"system": {
"prepend": "p",
"append": "a"
},
"inline_images": true,
"vision": false,
"audio": false,
"tools": false,
"json": false,
"reasoning": false,
"proxy": "http://p",
"tls_verify": false,
"limits": {
"rpm": 20,
"tpm": 21,
"rpd": 22,
"tpd": 23,
"tpr": 24,
"concurrent": 25,
"time_zone": "Europe/Berlin",
"soft": 0.5,
"when_lost": "refuse"
},
"account_limits": {
"rpm": 30,
"tpm": 31,
"rpd": 32,
"tpd": 33,
"tpr": 34,
"concurrent": 35,
"time_zone": "Europe/Berlin",
"soft": 0.5,
"when_lost": "refuse"
},
"models": [{
"id": "m",
"limits": {
"rpm": 40,
"tpm": 41,
"rpd": 42,
"tpd": 43,
"tpr": 44,
"concurrent": 45,
"time_zone": "Europe/Berlin",
"soft": 0.5,
"when_lost": "refuse"
},
"price": {
"input": 1,
"output": 2,
"cache_read": 3,
"cache_write": 4,
"cache_write_1h": 5,
"reasoning": 6,
"audio_in": 7,
"audio_out": 8,
"image_in": 9,
"image_out": 10,
"request": 0.1,
"image": 0.2,
"heard_second": 0.3,
"spoken_second": 0.4,
"character": 0.5,
"search": 0.6,
"search_unit": 0.7,
"page": 0.8
},
"context": 9,
"output_limit": 8,
"default_params": { "a": 1 },
"forced_params": { "b": 1 },
"drop_params": ["c"],
"unsupported_params": ["d"],
"on_unsupported": "refuse",
"max_output": {
"default": 1,
"cap": 2
},
"system": {
"prepend": "p",
"append": "a"
},
"inline_images": true,
"vision": false,
"audio": false,
"tools": false,
"json": false,
"reasoning": false
}],
"enabled": true
}, "d": { "like": "groq",
"free_tier": false,
"api_keys": ["a", "b"],
"system": {
"replace": "r"
},
"models": [{ "id": "m",
"enabled": false,
"system": {
"replace": "r"
}
}]
}, "h": { "like": "groq",
"accounts": [{
"name": "a",
"api_key": "k",
"limits": {
"rpm": 50,
"tpm": 51,
"rpd": 52,
"tpd": 53,
"tpr": 54,
"concurrent": 55,
"time_zone": "Europe/Berlin",
"soft": 0.5,
"when_lost": "refuse"
}
}]
}, "g": { "base_url": "http://g",
"dialects": ["openai_chat", "gemini"]
}, "e": { "dialect": "openai_chat", "base_url": "http://c",
"enabled": false
}, "f": { "dialect": "openai_chat", "base_url": "http://f" }},
"routes": { "r": {
"strategy": "weighted",
"targets": [{
"deployment": "c/m",
"weight": 2,
"params": { "b": 1 },
"default_params": { "a": 1 },
"drop_params": ["c"],
"unsupported_params": ["d"],
"on_unsupported": "refuse",
"max_output": {
"default": 1,
"cap": 2
},
"system": {
"prepend": "p",
"append": "a"
},
"inline_images": true,
"vision": false,
"audio": false,
"tools": false,
"json": false,
"reasoning": false,
"context": 5
}, {
"deployment": "d/m",
"system": {
"replace": "r"
}
}, {
"route": "s"
}, {
"select": "tools:true"
}],
"retry": {
"statuses": [500],
"keywords": ["a"],
"empty": true,
"rounds": 3,
"attempts": 4,
"backoff": "1s"
},
"timeouts": {
"connect": "1s",
"first_content": "1s",
"first_content_reasoning": "3s",
"idle": "1s",
"total": "1s"
},
"on_loss": "drop",
"wait": "1s",
"filter": {
"context_margin": 1.5,
"free_only": true,
"max_latency": "2s",
"max_price": {
"input": 1,
"output": 2
}
},
"hedge": {
"contenders": 2,
"mode": "race",
"budget": 0.1,
"percentile": 90
},
"affinity": {
"by": "off",
"idle": "1m",
"switch_cost": 1
},
"profile": {
"words": {
"code": ["w"],
"thai": ["w"],
"tools": ["w"],
"vision": ["w"],
"math": ["w"],
"reasoning": ["w"],
"extraction": ["w"],
"classification": ["w"],
"comprehension": ["w"],
"instruction": ["w"],
"json": ["w"],
"safety": ["w"],
"creative": ["w"],
"translation": ["w"],
"knowledge": ["w"],
"general": ["w"]
},
"min_difficulty": 0.5
},
"mirror": {
"target": "c/m",
"share": 0.5
},
"validate": {
"refusal": true,
"tool_text": true,
"json": true,
"language": true
},
"verify": true,
"continue_streams": true,
"describe_images": {
"with": ["c/v"],
"ttl": "1s",
"prompt": "p"
}
}, "s": { "targets": ["c/m"] },
"t": { "strategy": "adaptive", "targets": ["c/m"],
"weights": {
"random": 1,
"health": 2,
"speed": 3,
"user": 4,
"consecutive": 5,
"history": 6
}
}, "u": { "strategy": "judge", "targets": ["c/m", "d/m"],
"rules": {
"conditions": [{
"rule_id": "x",
"any_of_tags": ["fast-flow"],
"category": ["code"],
"max_input_tokens_lt": 5,
"requires_reasoning": false,
"requires_tool_calling": false,
"has_multimodal_input": false,
"is_default_fallback": true,
"primary_model": 0,
"fallback_model": 1
}],
"patterns": [{
"pattern": "a",
"target": "d/m",
"case_sensitive": true
}]
},
"judge": {
"model": "s",
"scale": 10,
"deadline": "1s",
"cache": "1s",
"prompt": "p"
}
}, "v": { "strategy": "learned", "targets": ["c/m"],
"school": {
"category": "code"
},
"worth": {
"dollars": 0.5,
"wait": "1s"
}
}, "y": { "strategy": "cheapest", "targets": ["c/m"],
"cheapest": {
"tolerance": 0.5
}
}, "w": { "strategy": "consensus", "targets": ["c/m"],
"consensus": {
"members": 2,
"stream": "refuse"
}
}, "x": { "strategy": "verified", "targets": ["c/m", "d/m", "h/m"],
"verified": {
"cheap": [0, 1],
"strong": 2
}
} },
"defaults": {
"retry": { "statuses": [501], "keywords": ["b"], "empty": false, "rounds": 2, "attempts": 5, "backoff": "2s" },
"timeouts": { "connect": "2s", "first_content": "2s", "first_content_reasoning": "4s", "idle": "2s", "total": "2s" },
"on_loss": "refuse",
"wait": "2s"
},
"body_limit": "1MiB",
"upload_limit": "1MiB",
"header_limit": "1KiB",
"body_timeout": "1s",
"stall_timeout": "1s",
"sse_heartbeat": "1s",
"shutdown_grace": "1s",
"records_queue": 1,
"waiting_places": 1,
"alerts": {
"webhook": "https://hooks.example/x?y=z",
"secret": "hush",
"least": "note",
"repeat": "0s",
"style": "slack"
},
"catalog": {
"file": "models.json",
"url": "https://models.example/api.json",
"every": "1h"
},
"fleet": {
"fading": 1
},
"embeddings": {
"use": "local"
},
"savings": {
"against": ["openai/gpt-4o"]
}
}"#;

#[test]
fn every_key_of_the_schema_has_an_effect() {
    let tree: Value = serde_json::from_str(EVERY_KEY).unwrap();
    let mut inert = BTreeSet::new();
    for key in schema_keys() {
        let mut effect = false;
        for tree in [&tree, &as_tables(&tree)] {
            let whole = read(&tree.to_string(), Format::Json).unwrap();
            for pointer in pointers(tree, &key) {
                let mut without = tree.clone();
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
                effect |= read(&without.to_string(), Format::Json).as_ref() != Ok(&whole);
            }
        }
        if !effect {
            inert.insert(key);
        }
    }
    assert_eq!(inert, BTreeSet::new());
}

/// The tree with tables of names where it has lists of entries with names.
fn as_tables(tree: &Value) -> Value {
    let mut tree = tree.clone();
    for (list, by) in [("/keys", "name"), ("/providers/c/models", "id"), ("/providers/d/models", "id")] {
        let place = tree.pointer_mut(list).unwrap();
        let named = place.as_array().unwrap().iter().map(|entry| {
            let mut entry = entry.clone();
            let name = entry.as_object_mut().unwrap().remove(by).unwrap();
            (name.as_str().unwrap().to_owned(), entry)
        });
        *place = named.collect::<serde_json::Map<_, _>>().into();
    }
    tree
}

/// JSON pointers of every place of a tree that a schema path names.
fn pointers(tree: &Value, path: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for step in path.replace("[]", ".[]").split('.').skip(1) {
        found = found
            .iter()
            .flat_map(|at| {
                let node = tree.pointer(at).unwrap();
                let names: Vec<String> = match (step, node) {
                    ("[]", Value::Array(items)) => (0..items.len()).map(|i| i.to_string()).collect(),
                    ("*", Value::Object(map)) => map.keys().cloned().collect(),
                    (name, Value::Object(map)) if map.contains_key(name) => vec![name.to_owned()],
                    _ => Vec::new(),
                };
                names.into_iter().map(move |name| format!("{at}/{name}")).collect::<Vec<_>>()
            })
            .collect();
    }
    found
}

#[test]
fn the_example_is_good_and_complete() {
    let text = example();
    let config = good(&text);
    assert_eq!(config.routes.len(), 10);
    // Its keys, with the keys above them, by indentation; flow tables by a search of the line.
    let used: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split(['{', ',', '-', ' ']))
        .filter_map(|word| word.trim().strip_suffix(':'))
        .collect();
    for key in schema_keys() {
        let name = key.rsplit(['.', ']']).next().unwrap();
        assert!(used.contains(name), "{key} is not in the example");
    }
}

#[test]
fn the_schema_says_what_it_is() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["properties"]["listen"]["default"], "127.0.0.1:9930");
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn defaults_of_the_schema_are_those_of_the_reader() {
    let schema = schema();
    let plain = read("{}", Format::Json).unwrap();
    let defaults = |of: &Value| -> Value {
        let with = of["properties"].as_object().unwrap().iter().filter(|(_, of)| !of["default"].is_null());
        with.map(|(name, of)| (name.clone(), of["default"].clone())).collect::<serde_json::Map<_, _>>().into()
    };
    let mut written = defaults(&schema);
    written["defaults"] = defaults(&schema["properties"]["defaults"]);
    for part in ["log", "access", "images", "fleet", "alerts"] {
        written[part] = defaults(&schema["properties"][part]);
    }
    for part in ["retry", "timeouts"] {
        written["defaults"][part] = defaults(&schema["properties"]["defaults"]["properties"][part]);
    }
    assert_eq!(read(&written.to_string(), Format::Json), Ok(plain));
}

#[test]
fn defaults_of_a_route_are_those_of_the_reader() {
    let schema = schema();
    let of_route = &schema["properties"]["routes"]["additionalProperties"]["properties"];
    let tables = |strategy: &str| -> Vec<&str> {
        let all = ["retry", "timeouts", "filter", "hedge", "affinity", "profile", "validate"];
        let own = ["weights", "judge", "consensus", "worth"].into_iter().filter(|table| {
            matches!(
                (strategy, *table),
                ("adaptive", "weights")
                    | ("judge", "judge")
                    | ("consensus", "consensus")
                    | ("learned", "worth")
            )
        });
        all.into_iter().chain(own).collect()
    };
    for strategy in ["ordered", "adaptive", "judge", "consensus", "learned"] {
        let mut plain = serde_json::json!({ "strategy": strategy, "targets": ["groq/m"], "mirror": { "target": "groq/n" } });
        if strategy == "judge" {
            plain["judge"] = serde_json::json!({ "model": "groq/j" });
        }
        let mut written = plain.clone();
        for table in tables(strategy).into_iter().chain(["mirror"]) {
            for (name, of) in of_route[table]["properties"].as_object().unwrap() {
                // What has no default is left alone.
                if !of["default"].is_null() {
                    written[table][name] = of["default"].clone();
                }
            }
        }
        for key in ["verify", "continue_streams", "on_loss", "wait"] {
            written[key] = of_route[key]["default"].clone();
        }
        let file = |route: &Value| serde_json::json!({ "routes": { "r": route } }).to_string();
        assert_eq!(read(&file(&written), Format::Json), read(&file(&plain), Format::Json), "{strategy}");
        assert!(read(&file(&plain), Format::Json).is_ok());
    }
}
