//! TOML into the tree.

use serde_json::Number;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Node, Place, Value};
use crate::Problem;

pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let places = Places::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    // What recovery makes of broken syntax would raise problems that are not there; only a key that stands twice
    // leaves the rest of the tree as it was meant.
    let mut sound = true;
    for error in errors {
        let place = error.span().map_or(Place::START, |span| places.of(span.start));
        let twice = error.message().contains("duplicate key");
        sound &= twice;
        let message = match twice {
            true => "this key stands twice; keep one of them".to_owned(),
            false => format!("this is not TOML: {}", error.message()),
        };
        problems.push(place.problem("", message));
    }
    sound.then(|| Node::new(Value::Table(entries(table.get_ref(), &places)), Place::START))
}

fn entries(table: &DeTable<'_>, places: &Places<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            place: places.of(key.span().start),
            node: node(value, places),
        })
        .collect();
    // The parser sorts by name; order matters in a configuration.
    entries.sort_by_key(|e| e.place);
    entries
}

fn node(value: &Spanned<DeValue<'_>>, places: &Places<'_>) -> Node {
    let read = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(whole) => match i64::from_str_radix(whole.as_str(), whole.radix()) {
            Ok(number) => Value::Number(number.into()),
            Err(_) => Value::Text(whole.as_str().to_owned()),
        },
        DeValue::Float(float) => match float.as_str().parse::<f64>().ok().and_then(Number::from_f64) {
            Some(number) => Value::Number(number),
            None => Value::Text(float.as_str().to_owned()),
        },
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(item, places)).collect()),
        DeValue::Table(table) => Value::Table(entries(table, places)),
    };
    Node::new(read, places.of(value.span().start))
}

/// Turns byte offsets into lines and columns.
struct Places<'t> {
    text: &'t str,
    lines: Vec<usize>,
}

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self { text, lines: std::iter::once(0).chain(starts).collect() }
    }

    fn of(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        Place { line, column: column + 1 }
    }
}
