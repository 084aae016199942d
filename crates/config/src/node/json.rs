//! JSON into the tree. Not through YAML, which reads escapes and tabs differently.

use std::cell::Cell;

use serde_json::Number;

use super::{Adding, Entry, MAX_DEPTH, Node, Place, Value, join};
use crate::Problem;

struct Reader<'t, 'p> {
    text: &'t str,
    at: usize,
    line: usize,
    line_start: usize,
    /// A place in the line, in bytes of the text, and the characters of the line before it: a whole file may be one line.
    counted: Cell<(usize, usize)>,
    problems: &'p mut Vec<Problem>,
}

/// Reading cannot go on; the reason has been reported.
struct Stop;

pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let mut reader = Reader { text, at: 0, line: 1, line_start: 0, counted: Cell::default(), problems };
    reader.document().ok()
}

impl Reader<'_, '_> {
    fn document(&mut self) -> Result<Node, Stop> {
        let tree = self.node("", 0)?;
        match self.peek() {
            None => Ok(tree),
            Some(_) => self.stop("", "nothing may follow the closing brace"),
        }
    }

    /// The next character that is not white space.
    fn peek(&mut self) -> Option<char> {
        loop {
            let c = self.rest().chars().next()?;
            match c {
                '\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                }
                ' ' | '\t' | '\r' => self.at += 1,
                _ => return Some(c),
            }
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn place(&self) -> Place {
        let (mut from, mut count) = self.counted.get();
        if from < self.line_start || from > self.at {
            (from, count) = (self.line_start, 0);
        }
        count += self.text.get(from..self.at).unwrap_or("").chars().count();
        self.counted.set((self.at, count));
        Place { line: self.line, column: count + 1 }
    }

    fn stop<T>(&mut self, path: &str, message: &str) -> Result<T, Stop> {
        let problem = self.place().problem(path, format!("this is not JSON: {message}"));
        self.problems.push(problem);
        Err(Stop)
    }

    fn node(&mut self, path: &str, depth: usize) -> Result<Node, Stop> {
        if depth > MAX_DEPTH {
            return self.stop(path, "it is nested too deeply");
        }
        let first = self.peek();
        let place = self.place();
        let value = match first {
            Some('{') => self.table(path, depth)?,
            Some('[') => self.list(path, depth)?,
            Some('"') => Value::Text(self.string(path)?),
            Some(_) => self.word(path)?,
            None => return self.stop(path, "a value is missing at the end"),
        };
        Ok(Node::new(value, place))
    }

    fn list(&mut self, path: &str, depth: usize) -> Result<Value, Stop> {
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            let path = format!("{path}[{}]", items.len());
            items.push(self.node(&path, depth + 1)?);
            match self.peek() {
                Some(',') => self.at += 1,
                Some(']') => {
                    self.at += 1;
                    return Ok(Value::List(items));
                }
                _ => return self.stop(&path, "a comma or ] is missing"),
            }
        }
    }

    fn table(&mut self, path: &str, depth: usize) -> Result<Value, Stop> {
        self.at += 1;
        let mut table = Adding::default();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(Value::Table(table.entries));
        }
        loop {
            if self.peek() != Some('"') {
                return self.stop(path, "a key in quotes is missing");
            }
            let place = self.place();
            let key = self.string(path)?;
            if self.peek() != Some(':') {
                return self.stop(path, "a colon is missing");
            }
            self.at += 1;
            let node = self.node(&join(path, &key), depth + 1)?;
            table.add(Entry { key, place, node }, path, self.problems);
            match self.peek() {
                Some(',') => self.at += 1,
                Some('}') => {
                    self.at += 1;
                    return Ok(Value::Table(table.entries));
                }
                _ => return self.stop(path, "a comma or } is missing"),
            }
        }
    }

    fn string(&mut self, path: &str) -> Result<String, Stop> {
        let mut escaped = false;
        let end = self.rest().char_indices().skip(1).find_map(|(at, c)| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes.then_some(at + 1)
        });
        let quoted = end.and_then(|end| self.rest().get(..end)).unwrap_or("");
        let Ok(text) = serde_json::from_str::<String>(quoted) else {
            return self.stop(path, "this text has no end or an escape that is not allowed");
        };
        self.at += quoted.len();
        Ok(text)
    }

    fn word(&mut self, path: &str) -> Result<Value, Stop> {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || ",]}:".contains(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("");
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Flag(true),
            "false" => Value::Flag(false),
            _ => match serde_json::from_str::<Number>(word) {
                Ok(number) => Value::Number(number),
                Err(_) => return self.stop(path, "a value is missing, or a text lacks its quotes"),
            },
        };
        self.at += end;
        Ok(value)
    }
}
