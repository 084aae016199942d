//! Whether a value fits a JSON Schema, as far as the words go that models are given: types, required and known fields,
//! items, listed values, alternatives. A word that is not known here forbids nothing, so that no good answer is sent back.

use serde_json::Value;

/// How deep values are looked into; what lies deeper passes.
const DEEPEST: usize = 64;

/// Whether it fits; where not, the place that does not.
pub(super) fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    at(value, schema, (schema, 0)).map_err(|mut path| {
        path.reverse();
        format!("${}", path.concat())
    })
}

/// The path that does not fit, innermost part first. `root` is what references are looked up in.
fn at(value: &Value, schema: &Value, (root, depth): (&Value, usize)) -> Result<(), Vec<String>> {
    let Some(words) = schema.as_object() else {
        return if *schema == Value::Bool(false) { Err(Vec::new()) } else { Ok(()) };
    };
    if depth > DEEPEST {
        return Ok(());
    }
    let inner = (root, depth + 1);
    if let Some(named) = words.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#')) {
        return root.pointer(named).map_or(Ok(()), |schema| at(value, schema, inner));
    }
    if let Some(kind) = words.get("type")
        && !of_type(value, kind)
        && !(value.is_null() && words.get("nullable") == Some(&Value::Bool(true)))
    {
        return Err(Vec::new());
    }
    let listed = words.get("enum").and_then(Value::as_array);
    if listed.is_some_and(|listed| !listed.contains(value))
        || words.get("const").is_some_and(|only| only != value)
    {
        return Err(Vec::new());
    }
    for all in schemas(words.get("allOf")) {
        at(value, all, inner)?;
    }
    for any in ["anyOf", "oneOf"] {
        let mut ways = schemas(words.get(any)).peekable();
        if ways.peek().is_some() && !ways.any(|way| at(value, way, inner).is_ok()) {
            return Err(Vec::new());
        }
    }
    fields(value, schema, inner)?;
    items(value, schema, inner)
}

fn schemas(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

fn fields(value: &Value, schema: &Value, inner: (&Value, usize)) -> Result<(), Vec<String>> {
    let Some(object) = value.as_object() else { return Ok(()) };
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    if let Some(missing) = required.filter_map(Value::as_str).find(|name| !object.contains_key(*name)) {
        return Err(vec![format!(".{missing}")]);
    }
    let known = schema.get("properties").and_then(Value::as_object);
    let others = schema.get("additionalProperties");
    for (name, field) in object {
        let of = match known.and_then(|known| known.get(name)) {
            Some(schema) => Some(schema),
            // Patterns are not looked at.
            None if schema.get("patternProperties").is_some() => None,
            None => others,
        };
        if let Some(schema) = of {
            at(field, schema, inner).map_err(|path| under(path, format!(".{name}")))?;
        }
    }
    Ok(())
}

fn items(value: &Value, schema: &Value, inner: (&Value, usize)) -> Result<(), Vec<String>> {
    let (Some(list), Some(of)) = (value.as_array(), schema.get("items").filter(|of| of.is_object())) else {
        return Ok(());
    };
    // The first ones may have schemas of their own, which are not looked at.
    let first = schema.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
    for (place, item) in list.iter().enumerate().skip(first) {
        at(item, of, inner).map_err(|path| under(path, format!("[{place}]")))?;
    }
    Ok(())
}

fn under(mut path: Vec<String>, part: String) -> Vec<String> {
    path.push(part);
    path
}

fn of_type(value: &Value, kind: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| of_type(value, kind)),
        Value::String(kind) => match kind.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "number" => value.is_number(),
            "integer" => {
                value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            _ => true,
        },
        _ => true,
    }
}
