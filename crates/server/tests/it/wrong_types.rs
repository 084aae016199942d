//! Every field and every parameter that the OpenAPI document names, sent wrong: the answer is a problem that names it.

use serde_json::{Map, Value, json};

use super::desk::{Ask, Desk, Seen};

/// A schema as the document writes it: references followed, the alternative `null` left out.
fn schema(document: &Value, of: &Value) -> Value {
    if let Some(reference) = of["$ref"].as_str() {
        let found = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return schema(document, found);
    }
    let mut parts = ["oneOf", "allOf"].iter().filter_map(|name| of[name].as_array()).flatten();
    match parts.find(|part| part["type"] != "null") {
        Some(part) => schema(document, part),
        None => of.clone(),
    }
}

/// The type that a schema wants, if it wants one.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("")
        }
        kind => kind.as_str().unwrap_or(""),
    }
}

/// A value of the right type.
fn right(schema: &Value) -> Value {
    match (kind(schema), &schema["enum"]) {
        (_, Value::Array(words)) => words[0].clone(),
        ("string", _) => json!("words"),
        ("integer", _) => json!(1),
        ("boolean", _) => json!(false),
        ("array", _) => json!([]),
        _ => json!({}),
    }
}

/// Values of no right type, or out of bounds.
fn wrong(schema: &Value) -> Vec<Value> {
    let mut values = match kind(schema) {
        "string" => vec![json!(7), json!([]), json!({"a": 1})],
        "integer" => vec![json!("7"), json!(1.5), json!(true), json!([]), json!(1e300)],
        "boolean" => vec![json!("true"), json!(1), json!([])],
        "array" => vec![json!("a"), json!(7), json!({"a": 1})],
        "object" => vec![json!("a"), json!(7), json!(true)],
        _ => return Vec::new(),
    };
    if let Some(most) = schema["maxLength"].as_u64() {
        values.push(json!("x".repeat(usize::try_from(most).unwrap() + 1)));
    }
    if schema["enum"].is_array() {
        values.push(json!("nobody"));
    }
    if schema["minimum"] == 0 {
        values.push(json!(-1));
    }
    values
}

/// That an answer is a problem which names this field.
fn names(seen: &Seen, field: &str, told: &str) {
    assert_eq!(seen.status, 400, "{told}: {}", seen.text());
    assert_eq!(seen.header("content-type"), "application/problem+json", "{told}");
    let named = seen.json()["errors"][0]["field"].as_str().unwrap_or("").to_owned();
    assert!(named == field || named.starts_with(&format!("{field}.")), "{told}: {}", seen.text());
}

/// Each operation: method, path with names of nobody, what the document says.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parts: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "nobody" } else { part }).collect();
            all.push((method.to_uppercase(), parts.join("/"), operation.clone()));
        }
    }
    assert!(all.len() > 50);
    all
}

#[tokio::test]
async fn every_field_of_a_body_that_is_wrong_is_named() {
    let (desk, admin) = Desk::set_up("discover: false").await;
    let document = wye_server::admin::document();
    let mut tried = 0;
    for (method, path, operation) in operations(&document) {
        let of = &operation["requestBody"]["content"]["application/json"]["schema"];
        if of.is_null() {
            continue;
        }
        let body = schema(&document, of);
        let fields = body["properties"].as_object().unwrap();
        let needed: Vec<&str> =
            body["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
        let good: Map<String, Value> = fields
            .iter()
            .filter(|(name, _)| needed.contains(&name.as_str()))
            .map(|(name, of)| (name.clone(), right(&schema(&document, of))))
            .collect();
        for (name, of) in fields {
            for value in wrong(&schema(&document, of)) {
                let mut sent = good.clone();
                sent.insert(name.clone(), value.clone());
                let shown: String = value.to_string().chars().take(40).collect();
                let ask = Ask::new(&method, &path).json(&Value::Object(sent)).bearer(&admin);
                names(&desk.call(ask).await, name, &format!("{method} {path} {name}: {shown}"));
                tried += 1;
            }
        }
        // What is not there at all, and what nobody knows.
        for name in &needed {
            let mut sent = good.clone();
            sent.remove(*name);
            let seen = desk.call(Ask::new(&method, &path).json(&Value::Object(sent)).bearer(&admin)).await;
            assert_eq!(seen.status, 400, "{method} {path} without {name}: {}", seen.text());
            assert!(seen.text().contains(*name), "{method} {path} without {name}: {}", seen.text());
        }
        let mut sent = good.clone();
        sent.insert("nobody_knows".to_owned(), json!(1));
        let seen = desk.call(Ask::new(&method, &path).json(&Value::Object(sent)).bearer(&admin)).await;
        names(&seen, "nobody_knows", &format!("{method} {path}"));
    }
    assert!(tried > 150, "{tried}");
}

#[tokio::test]
async fn every_parameter_that_is_wrong_is_named() {
    let (desk, admin) = Desk::set_up("discover: false").await;
    let document = wye_server::admin::document();
    let mut tried = 0;
    for (method, path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let query: Vec<&Value> = parameters.iter().filter(|one| one["in"] == "query").collect();
        for parameter in &query {
            let (name, of) = (parameter["name"].as_str().unwrap(), schema(&document, &parameter["schema"]));
            let mut values = match kind(&of) {
                "integer" => vec![
                    "NaN".to_owned(),
                    "1.5".to_owned(),
                    "1e9".to_owned(),
                    "99999999999999999999".to_owned(),
                ],
                "boolean" => vec!["yes".to_owned(), "1".to_owned()],
                _ => vec!["%00".to_owned()],
            };
            values.extend((of["minimum"].is_number()).then(|| "-1".to_owned()));
            values
                .extend(of["maxLength"].as_u64().map(|most| "x".repeat(usize::try_from(most).unwrap() + 1)));
            // The others that it cannot do without.
            let others: String = query
                .iter()
                .filter(|one| one["required"] == true && one["name"] != name)
                .map(|one| format!("&{}=1", one["name"].as_str().unwrap()))
                .collect();
            for value in values {
                let ask = Ask::new(&method, &format!("{path}?{name}={value}{others}")).bearer(&admin);
                names(&desk.call(ask).await, name, &format!("{method} {path}?{name}={value}"));
                tried += 1;
            }
        }
    }
    assert!(tried > 80, "{tried}");
}
