//! The rows in a text of `pg_dump`: `COPY … FROM stdin` blocks and `INSERT INTO` statements. Anything else is passed over.

use std::collections::BTreeSet;

use wye_config::Problem;

use crate::Rows;

/// Whether a text was written by `pg_dump`.
pub(crate) fn is_dump(text: &str) -> bool {
    text.lines().take(50).any(|line| line.contains("PostgreSQL database dump"))
        || text.lines().any(|line| line.starts_with("COPY ") && line.trim_end().ends_with("FROM stdin;"))
        || text.lines().any(|line| line.starts_with("INSERT INTO "))
}

/// Reads the rows of the tables that `wanted` names, and the names of those that it does not.
///
/// # Errors
/// Rows that do not fit their table, and blocks that do not end.
pub(crate) fn read(
    text: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<(Vec<Rows>, BTreeSet<String>), Vec<Problem>> {
    let mut dump = Dump { tables: Vec::new(), others: BTreeSet::new(), problems: Vec::new() };
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    while let Some((at, line)) = lines.next() {
        if let Some((table, columns)) = copy_head(line) {
            let keep = wanted(&table);
            if keep {
                dump.table(&table, &columns);
            } else {
                dump.others.insert(table.clone());
            }
            loop {
                match lines.next() {
                    Some((_, "\\.")) => break,
                    Some((at, row)) if keep => dump.copied(&table, at, row),
                    Some(_) => {}
                    None => {
                        let message = "the rows of this COPY have no end; the dump is cut off";
                        dump.problems.push(crate::problem(at, &table, message));
                        break;
                    }
                }
            }
        } else if line.starts_with("INSERT INTO ") {
            let mut statement = line.to_owned();
            let mut open = is_open(line);
            let mut last = line;
            // A text within may have line breaks.
            while open || !last.trim_end().ends_with(';') {
                let Some((_, more)) = lines.next() else { break };
                statement.push('\n');
                statement.push_str(more);
                open ^= is_open(more);
                last = more;
            }
            dump.inserted(at, &statement, &wanted);
        }
    }
    if dump.problems.is_empty() { Ok((dump.tables, dump.others)) } else { Err(dump.problems) }
}

struct Dump {
    tables: Vec<Rows>,
    others: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Dump {
    /// The place of a table with these columns, which is made if it is not there.
    fn table(&mut self, table: &str, columns: &[String]) -> usize {
        let known = self.tables.iter().position(|t| t.table == table && t.columns == columns);
        known.unwrap_or_else(|| {
            self.tables.push(Rows { table: table.to_owned(), columns: columns.to_vec(), rows: Vec::new() });
            self.tables.len() - 1
        })
    }

    fn add(&mut self, at: usize, line: usize, values: Vec<Option<String>>) {
        let Some(table) = self.tables.get_mut(at) else { return };
        if table.columns.len() == values.len() {
            table.rows.push((line, values));
        } else {
            let message =
                format!("this row has {} values and its table {} columns", values.len(), table.columns.len());
            self.problems.push(crate::problem(line, &table.table.clone(), message));
        }
    }

    fn copied(&mut self, table: &str, line: usize, row: &str) {
        let values = row.split('\t').map(|value| (value != "\\N").then(|| unescaped(value))).collect();
        let last = self.tables.iter().rposition(|t| t.table == table);
        self.add(last.unwrap_or_default(), line, values);
    }

    fn inserted(&mut self, line: usize, statement: &str, wanted: &impl Fn(&str) -> bool) {
        let Some(head) = insert_head(statement) else { return };
        let (table, columns, rest) = head;
        if !wanted(&table) {
            self.others.insert(table);
            return;
        }
        let Some(columns) = columns else {
            let message =
                "this INSERT does not name its columns; dump with --column-inserts, or without --inserts";
            return self.problems.push(crate::problem(line, &table, message));
        };
        let at = self.table(&table, &columns);
        let mut rest = rest.trim_start();
        while let Some(inside) = rest.strip_prefix('(') {
            let Some((values, after)) = values(inside) else {
                return self.problems.push(crate::problem(
                    line,
                    &table,
                    "the values of this INSERT cannot be read",
                ));
            };
            self.add(at, line, values);
            rest = after.trim_start().trim_start_matches(',').trim_start();
        }
    }
}

/// Table and columns of `COPY public.t (a, b) FROM stdin;`.
fn copy_head(line: &str) -> Option<(String, Vec<String>)> {
    let rest = line.strip_prefix("COPY ")?.trim_end().strip_suffix("FROM stdin;")?;
    let (table, columns) = rest.split_once('(')?;
    Some((name(table), columns.trim().strip_suffix(')')?.split(',').map(name).collect()))
}

/// Table, columns and what follows `VALUES` of `INSERT INTO public.t (a, b) VALUES (…), (…);`.
fn insert_head(statement: &str) -> Option<(String, Option<Vec<String>>, &str)> {
    let (head, rest) = statement.strip_prefix("INSERT INTO ")?.split_once(" VALUES")?;
    match head.split_once('(') {
        Some((table, columns)) => {
            let columns = columns.trim().strip_suffix(')')?.split(',').map(name).collect();
            Some((name(table), Some(columns), rest))
        }
        None => Some((name(head), None, rest)),
    }
}

/// A name without its schema and quotes.
fn name(text: &str) -> String {
    text.trim().rsplit('.').next().unwrap_or_default().trim_matches('"').to_owned()
}

/// Whether a line opens or closes a text that it does not hold whole.
fn is_open(line: &str) -> bool {
    line.matches('\'').count() % 2 == 1
}

/// The values up to the closing bracket, and what follows it.
fn values(mut rest: &str) -> Option<(Vec<Option<String>>, &str)> {
    let mut values = Vec::new();
    loop {
        rest = rest.trim_start();
        let (value, after) = match rest
            .strip_prefix("E'")
            .map(|r| (true, r))
            .or_else(|| Some((false, rest.strip_prefix('\'')?)))
        {
            Some((escaped, inside)) => {
                let (text, after) = quoted(inside)?;
                (Some(if escaped { unescaped(&text) } else { text }), after)
            }
            None => {
                let end = rest.find([',', ')'])?;
                let (word, after) = rest.split_at(end);
                ((!word.trim().eq_ignore_ascii_case("null")).then(|| word.trim().to_owned()), after)
            }
        };
        values.push(value);
        // A type may follow, as in '{}'::jsonb.
        let end = after.find([',', ')'])?;
        let (closing, after) = after.split_at(end).1.split_at_checked(1)?;
        if closing == ")" {
            return Some((values, after));
        }
        rest = after;
    }
}

/// A text up to its closing quote, which is doubled where it means itself.
fn quoted(inside: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = inside;
    loop {
        let (before, after) = rest.split_once('\'')?;
        text.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                text.push('\'');
                rest = after;
            }
            None => return Some((text, after)),
        }
    }
}

/// A value of COPY, whose tabs, line breaks and backslashes are written out.
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DUMP: &str = "--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.t (a text);\n\n\
        COPY public.t (a, \"b\") FROM stdin;\n1\tx\\ty\n2\t\\N\n\\.\n\n\
        COPY public.other (a) FROM stdin;\nsecret\n\\.\n\n\
        INSERT INTO public.u (id, text, more) VALUES (1, 'it''s\none', '{}'::jsonb), (2, NULL, 'x');\n";

    #[test]
    fn both_forms_are_read_and_the_rest_is_passed_over() {
        let (tables, others) = read(DUMP, |name| name != "other").unwrap();
        assert!(others.iter().eq(["other"]));
        let names: Vec<&str> = tables.iter().map(|t| t.table.as_str()).collect();
        assert_eq!(names, ["t", "u"]);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(tables[0].columns, ["a", "b"]);
        assert_eq!(tables[0].rows, [(8, vec![some("1"), some("x\ty")]), (9, vec![some("2"), None])]);
        assert_eq!(tables[1].rows[0].1, [some("1"), some("it's\none"), some("{}")]);
        assert_eq!(tables[1].rows[1].1, [some("2"), None, some("x")]);
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_line() {
        let cut = read("COPY public.t (a) FROM stdin;\n1\n", |_| true).unwrap_err();
        assert_eq!((cut[0].line, cut[0].path.as_str()), (1, "t"));
        let odd = read("COPY public.t (a) FROM stdin;\n1\t2\n\\.\n", |_| true).unwrap_err();
        assert_eq!(odd[0].line, 2);
        let bare = read("INSERT INTO t VALUES (1);\n", |_| true).unwrap_err();
        assert!(bare[0].message.contains("--column-inserts"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_or_refused(text in "(COPY public.t \\(a, b\\) FROM stdin;|INSERT INTO t \\(a\\) VALUES \\('|'|\\\\|\n|\t|,|\\)|;|[a-z])*") {
            let _ = read(&text, |_| true);
        }
    }
}
