//! YAML into the tree, from the parser's events, which say where everything stands.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde_json::Number;

use super::{Adding, Entry, MAX_DEPTH, Node, Place, Value, join};
use crate::Problem;

/// Values that aliases may copy in all; stops files that unfold without end.
const MAX_COPIES: usize = 10_000;

struct Reader<'t, 'p> {
    events: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, (Node, usize)>,
    values: usize,
    problems: &'p mut Vec<Problem>,
}

/// Reading cannot go on; the reason has been reported.
struct Stop;

pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let events = Parser::new_from_str(text);
    let mut reader = Reader { events, anchors: HashMap::new(), values: 0, problems };
    reader.document().ok()
}

impl<'t> Reader<'t, '_> {
    fn document(&mut self) -> Result<Node, Stop> {
        let mut tree: Option<Node> = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => {
                    return Ok(tree.unwrap_or_else(|| Node::new(Value::Null, Place::START)));
                }
                Event::DocumentStart(_) if tree.is_some() => {
                    return self.stop(place(&span), "", "a second document begins here; write only one");
                }
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                event => tree = Some(self.node(event, &span, "", 0)?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Stop> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => self.syntax(&error),
            None => Err(Stop),
        }
    }

    fn syntax<T>(&mut self, error: &ScanError) -> Result<T, Stop> {
        let mark = error.marker();
        let place = Place { line: mark.line().max(1), column: mark.col() + 1 };
        self.stop(place, "", &format!("this is not YAML: {}", error.info()))
    }

    fn stop<T>(&mut self, place: Place, path: &str, message: &str) -> Result<T, Stop> {
        self.problems.push(place.problem(path, message));
        Err(Stop)
    }

    fn node(&mut self, event: Event<'t>, span: &Span, path: &str, depth: usize) -> Result<Node, Stop> {
        let place = place(span);
        if depth > MAX_DEPTH {
            return self.stop(place, path, "this is nested too deeply");
        }
        let before = self.values;
        self.values += 1;
        let (value, anchor) = match event {
            Event::Alias(id) => return self.alias(id, place, path),
            Event::Scalar(text, style, anchor, tag) => {
                let text_tag = tag.is_some_and(|t| t.is_yaml_core_schema() && t.suffix == "str");
                let plain = style == ScalarStyle::Plain && !text_tag;
                let value = if plain { plain_scalar(&text) } else { Value::Text(text.into_owned()) };
                (value, anchor)
            }
            Event::SequenceStart(anchor, _) => (self.list(path, depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.table(path, depth)?, anchor),
            _ => return self.stop(place, path, "a value is missing here"),
        };
        let node = Node::new(value, place);
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), self.values - before));
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, place: Place, path: &str) -> Result<Node, Stop> {
        let Some((node, size)) = self.anchors.get(&id) else {
            return self.stop(place, path, "this alias stands inside what it refers to");
        };
        self.values += size;
        let copy = Node { place, ..node.clone() };
        if self.values > MAX_COPIES {
            return self.stop(place, path, "aliases unfold to too many values");
        }
        Ok(copy)
    }

    fn list(&mut self, path: &str, depth: usize) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::List(items));
            }
            let path = format!("{path}[{}]", items.len());
            items.push(self.node(event, &span, &path, depth + 1)?);
        }
    }

    fn table(&mut self, path: &str, depth: usize) -> Result<Value, Stop> {
        let mut table = Adding::default();
        loop {
            let (event, span) = self.next()?;
            let at = place(&span);
            let key = match event {
                Event::MappingEnd => return Ok(Value::Table(table.entries)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return self.stop(at, path, "a key must be a plain text"),
            };
            let (event, span) = self.next()?;
            let node = self.node(event, &span, &join(path, &key), depth + 1)?;
            table.add(Entry { key, place: at, node }, path, self.problems);
        }
    }
}

fn place(span: &Span) -> Place {
    Place { line: span.start.line().max(1), column: span.start.col() + 1 }
}

/// YAML 1.2's core schema: what an unquoted word means.
pub(super) fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Flag(true),
        "false" | "False" | "FALSE" => return Value::Flag(false),
        _ => {}
    }
    let radix = |prefix, radix| text.strip_prefix(prefix).and_then(|t| i64::from_str_radix(t, radix).ok());
    if let Some(whole) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Value::Number(whole.into());
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    if numeric {
        if let Ok(whole) = text.parse::<i64>() {
            return Value::Number(whole.into());
        }
        if let Ok(whole) = text.parse::<u64>() {
            return Value::Number(whole.into());
        }
        if let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64) {
            return Value::Number(number);
        }
    }
    Value::Text(text.to_owned())
}
