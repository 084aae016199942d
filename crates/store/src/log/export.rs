//! Taking requests out: CSV for spreadsheets, JSON lines for programs. Page by page, so that any number of them needs
//! the memory of one page.

use std::fmt::Write as _;

use super::detail::{list_of, text};
use super::{Entry, Filter};
use crate::{Db, StoreError};

/// Requests on a page.
const PAGE: u32 = 500;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values with a line of names. Cells that a spreadsheet would take for a formula begin with `'`.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// An export under way.
#[derive(Debug)]
pub struct Export {
    db: Db,
    filter: Filter,
    form: Form,
    now_ms: u64,
    begun: bool,
    ended: bool,
}

const NAMES: [&str; 30] = [
    "id",
    "at_ms",
    "ended_ms",
    "dialect",
    "asked",
    "route",
    "key",
    "team",
    "user",
    "tags",
    "provider",
    "model",
    "category",
    "status",
    "code",
    "stream",
    "input",
    "cache_read",
    "cache_write",
    "output",
    "reasoning",
    "estimated",
    "cost_nano",
    "first_us",
    "total_us",
    "tried",
    "passed",
    "kind",
    "cost_basis",
    "price_version",
];

impl Export {
    /// An export of what a filter finds, newest first. `now_ms` bounds a search for text.
    #[must_use]
    pub const fn new(db: Db, filter: Filter, form: Form, now_ms: u64) -> Self {
        Self { db, filter, form, now_ms, begun: false, ended: false }
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// If the database cannot answer. What was given out before is whole lines.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let found = match self.filter.text {
            Some(_) => self.filter.find_text(&self.db, self.now_ms, PAGE).await?,
            None => self.filter.find(&self.db, PAGE).await?,
        };
        self.ended = found.next.is_none();
        self.filter.before = found.next;
        let first = !std::mem::replace(&mut self.begun, true);
        match self.form {
            Form::Csv => csv(&found.entries, first).map(Some),
            Form::JsonLines => Ok(Some(found.entries.iter().map(json).collect::<String>().into_bytes())),
        }
    }
}

fn csv(entries: &[Entry], first: bool) -> Result<Vec<u8>, StoreError> {
    let broken = |error: csv::Error| StoreError::Broken(error.to_string());
    let mut out = csv::Writer::from_writer(Vec::new());
    if first {
        out.write_record(NAMES).map_err(broken)?;
    }
    for entry in entries {
        out.write_record(cells(entry).map(harmless)).map_err(broken)?;
    }
    out.into_inner().map_err(|error| StoreError::Broken(error.to_string()))
}

/// A spreadsheet must not take what a client sent for a formula.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

fn cells(entry: &Entry) -> [String; 30] {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let usage = entry.usage.as_ref();
    [
        entry.id.to_string(),
        entry.at_ms().to_string(),
        entry.ended_ms.to_string(),
        entry.dialect.clone(),
        entry.asked.clone(),
        text(&entry.route),
        text(&entry.key),
        text(&entry.team),
        text(&entry.user),
        entry.tags.join(" "),
        text(&entry.provider),
        text(&entry.model),
        text(&entry.category),
        entry.status.to_string(),
        text(&entry.code),
        entry.stream.to_string(),
        number(usage.map(|usage| usage.input)),
        number(usage.map(|usage| usage.cache_read.unwrap_or(0))),
        number(usage.map(|usage| usage.cache_write.unwrap_or(0))),
        number(usage.map(|usage| usage.output)),
        number(usage.map(|usage| usage.reasoning.unwrap_or(0))),
        entry.estimated.to_string(),
        number(entry.cost_nano),
        number(entry.first_us),
        entry.total_us.to_string(),
        entry.tried.join(" "),
        entry.passed.join(" "),
        entry.kind.name().to_owned(),
        text(&entry.cost_basis),
        text(&entry.price_version),
    ]
}

/// A line. Numbers and truths stand bare, what is not known is null.
fn json(entry: &Entry) -> String {
    const LISTS: [&str; 3] = ["tags", "tried", "passed"];
    const NUMBERS: [&str; 13] = [
        "at_ms",
        "ended_ms",
        "status",
        "stream",
        "input",
        "cache_read",
        "cache_write",
        "output",
        "reasoning",
        "estimated",
        "cost_nano",
        "first_us",
        "total_us",
    ];
    let mut line = String::with_capacity(768);
    for (place, (name, cell)) in NAMES.into_iter().zip(cells(entry)).enumerate() {
        // Writing to a String cannot fail, here and below.
        let _ = write!(line, "{}\"{name}\":", if place == 0 { '{' } else { ',' });
        if LISTS.contains(&name) {
            let names = match name {
                "tags" => &entry.tags,
                "tried" => &entry.tried,
                _ => &entry.passed,
            };
            list_of(names, &mut line);
        } else if cell.is_empty() && !matches!(name, "asked" | "dialect") {
            line.push_str("null");
        } else if NUMBERS.contains(&name) {
            line.push_str(&cell);
        } else {
            text(&cell, &mut line);
        }
    }
    // Written by us, as JSON.
    let _ = writeln!(line, ",\"overhead_us\":{},\"detail\":{}}}", entry.overhead_us, entry.detail);
    line
}
