//! `${NAME}` in texts: replaced by what the environment holds, before anything is read.

use crate::node::{Node, Value, join};
use crate::{Problem, Sources};

/// Replaces references in every text below the node. `${NAME:-text}` has a fallback, `$${` stands for `${`.
pub(crate) fn expand(node: &mut Node, path: &str, sources: &Sources<'_>, problems: &mut Vec<Problem>) {
    match &mut node.value {
        Value::List(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                expand(item, &format!("{path}[{at}]"), sources, problems);
            }
        }
        Value::Table(entries) => {
            for entry in entries {
                expand(&mut entry.node, &join(path, &entry.key), sources, problems);
            }
        }
        Value::Text(text) if text.contains("${") => match replaced(text, sources) {
            Ok((new, from_env)) => {
                *text = new;
                node.from_env = from_env;
            }
            Err(wrong) => {
                problems.extend(wrong.into_iter().map(|message| node.place.problem(path, message)));
                node.value = Value::Broken;
            }
        },
        _ => {}
    }
}

fn replaced(text: &str, sources: &Sources<'_>) -> Result<(String, bool), Vec<String>> {
    let mut out = String::new();
    let mut wrong = Vec::new();
    let mut from_env = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = after;
            continue;
        }
        out.push_str(before);
        let Some((inside, after)) = after.split_once('}') else {
            wrong.push("a reference lacks its }; write ${NAME}, or $${ for the two characters".to_owned());
            rest = "";
            break;
        };
        rest = after;
        let (name, fallback) = match inside.split_once(":-") {
            Some((name, fallback)) => (name, Some(fallback)),
            None => (inside, None),
        };
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match ((sources.env)(name).filter(|value| !value.is_empty()), fallback) {
            _ if !is_name => wrong.push(format!("${{{inside}}} is no variable's name; write ${{NAME}}")),
            (Some(value), _) => {
                from_env = true;
                out.push_str(&value);
            }
            (None, Some(fallback)) => out.push_str(fallback),
            (None, None) => wrong.push(format!(
                "the environment variable {name} is not set; set it, or write ${{{name}:-fallback}}"
            )),
        }
    }
    out.push_str(rest);
    if wrong.is_empty() { Ok((out, from_env)) } else { Err(wrong) }
}
