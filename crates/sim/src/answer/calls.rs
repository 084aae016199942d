//! Which tools a simulated model calls, and with what.

use serde_json::Value;

use super::{Call, schema};
use crate::ask::{Ask, Choice, Tool};

/// The calls the model makes, or `None` if it answers in words.
pub(super) fn wanted(ask: &Ask) -> Option<Vec<Call>> {
    if ask.tools.is_empty() || !ask.results.is_empty() || ask.choice == Choice::Never {
        return None;
    }
    if let Some((name, args)) = ask.mark_with("tool") {
        return scripted(ask, name, &args).map(|call| vec![call]);
    }
    if ask.mark("talk").is_some() {
        return None;
    }
    let text = ask.last_user.to_lowercase();
    let named: Vec<&Tool> = ask.tools.iter().filter(|t| text.contains(&t.name.to_lowercase())).collect();
    let tool = match &ask.choice {
        Choice::Only(name) => ask.tools.iter().find(|t| t.name == *name)?,
        Choice::Any => named.first().copied().or_else(|| related(ask, &text)).or(ask.tools.first())?,
        Choice::Auto | Choice::Never => {
            let asked = words_of(&text).any(|w| w == "weather" || w == "call");
            match named.first() {
                Some(tool) => tool,
                None if asked => related(ask, &text).or(ask.tools.first())?,
                None => return None,
            }
        }
    };
    let places = places(&ask.last_user);
    let call = |tool: &Tool, places: &[String]| Call {
        name: tool.name.clone(),
        args: schema::instance_with(&tool.schema, places),
    };
    if ask.parallel && places.len() > 1 && wants_place(&tool.schema) {
        return Some(places.iter().map(|p| call(tool, std::slice::from_ref(p))).collect());
    }
    if ask.parallel && named.len() > 1 && !matches!(ask.choice, Choice::Only(_)) {
        return Some(named.into_iter().map(|t| call(t, &places)).collect());
    }
    Some(vec![call(tool, &places)])
}

/// The call a mark prescribes, if there is such a tool; values that are JSON are taken as what they are.
fn scripted(ask: &Ask, name: &str, args: &[(&str, &str)]) -> Option<Call> {
    let tool = ask.tools.iter().find(|t| t.name == name)?;
    let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let args = args.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect();
    Some(Call { name: tool.name.clone(), args: Value::Object(args) })
}

/// The first tool whose name or description shares a word with the text.
fn related<'a>(ask: &'a Ask, text: &str) -> Option<&'a Tool> {
    let said: Vec<&str> = words_of(text).filter(|w| w.len() > 3).collect();
    ask.tools.iter().find(|t| {
        let about = format!("{} {}", t.name.replace(['_', '-'], " "), t.about).to_lowercase();
        words_of(&about).any(|w| said.contains(&w))
    })
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty())
}

fn wants_place(schema: &Value) -> bool {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.is_some_and(|p| p.keys().any(|name| schema::is_place(name)))
}

const CITIES: &[&str] = &[
    "Amsterdam",
    "Athens",
    "Bangkok",
    "Beijing",
    "Berlin",
    "Boston",
    "Cairo",
    "Chicago",
    "Delhi",
    "Dublin",
    "Lima",
    "Lisbon",
    "London",
    "Madrid",
    "Munich",
    "Nairobi",
    "Oslo",
    "Paris",
    "Prague",
    "Rome",
    "Seoul",
    "Sydney",
    "Tokyo",
    "Toronto",
    "Vienna",
    "Zurich",
];

/// Capitalised words that are not cities even inside a sentence.
const NOT_CITIES: &[&str] =
    &["I", "Celsius", "Fahrenheit", "JSON", "Use", "Call", "What", "Please", "Also", "And", "The", "Tell"];

/// The names of places in a text: known cities anywhere, other capitalised words inside a sentence.
pub(super) fn places(text: &str) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    let mut begins = true;
    let mut joins = false;
    for raw in text.split_whitespace() {
        let word = raw.trim_matches(|c: char| !c.is_alphanumeric());
        let capital = word.chars().next().is_some_and(char::is_uppercase)
            && word.chars().nth(1).is_some_and(char::is_lowercase);
        let place = CITIES.contains(&word) || (capital && !begins && !NOT_CITIES.contains(&word));
        if place {
            match places.last_mut() {
                Some(last) if joins => {
                    last.push(' ');
                    last.push_str(word);
                }
                _ => places.push(word.to_owned()),
            }
        }
        // A comma or a full stop after a word keeps the next one from being part of the same name.
        joins = place && raw.ends_with(char::is_alphanumeric);
        begins = raw.ends_with(['.', '?', '!', ':', ']']);
    }
    let mut seen = Vec::new();
    places.retain(|p| {
        !seen.contains(p) && {
            seen.push(p.clone());
            true
        }
    });
    places
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn places_are_found() {
        assert_eq!(places("What is the weather in Paris and Tokyo?"), ["Paris", "Tokyo"]);
        assert_eq!(places("Paris, please. Then compare San Francisco, CA."), ["Paris", "San Francisco"]);
        assert_eq!(places("Weather? I want Celsius."), Vec::<String>::new());
    }
}
