//! Values of the input with the paths at which they stand, and tables of which every key is taken or reported.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use wye_config::{Content, Tree};

use crate::draft::Draft;

/// A value and its path.
#[derive(Debug, Clone)]
pub(crate) struct At<'t> {
    pub(crate) path: String,
    pub(crate) tree: &'t Tree,
}

impl<'t> At<'t> {
    pub(crate) fn root(tree: &'t Tree) -> Self {
        Self { path: String::new(), tree }
    }

    pub(crate) fn line(&self) -> usize {
        self.tree.line
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.tree.value, Content::Null)
    }

    pub(crate) fn text(&self) -> Option<&'t str> {
        match &self.tree.value {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, or a number or flag that was meant as one.
    pub(crate) fn word(&self) -> Option<String> {
        match &self.tree.value {
            Content::Text(text) => Some(text.clone()),
            Content::Number(number) => Some(number.to_string()),
            Content::Flag(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match &self.tree.value {
            Content::Flag(flag) => Some(*flag),
            Content::Text(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn float(&self) -> Option<f64> {
        match &self.tree.value {
            Content::Number(number) => number.as_f64(),
            Content::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole and in range"
    )]
    pub(crate) fn whole(&self) -> Option<u64> {
        let number = self.float().filter(|n| n.fract() == 0.0 && *n <= 1e15)?;
        Some(number as u64)
    }

    pub(crate) fn json(&self) -> Json {
        self.tree.json()
    }

    /// The items of a list; none if it is something else.
    pub(crate) fn items(&self) -> Vec<Self> {
        let Content::List(items) = &self.tree.value else { return Vec::new() };
        let item = |(at, tree)| Self { path: format!("{}[{at}]", self.path), tree };
        items.iter().enumerate().map(item).collect()
    }

    /// The entries of a table; none if it is something else.
    pub(crate) fn entries(&self) -> Vec<(&'t str, Self)> {
        let Content::Table(entries) = &self.tree.value else { return Vec::new() };
        entries.iter().map(|(key, tree)| (key.as_str(), Self { path: join(&self.path, key), tree })).collect()
    }

    /// An entry of a table, unless it is empty.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let Content::Table(entries) = &self.tree.value else { return None };
        let (key, tree) = entries.iter().find(|(k, _)| k == key)?;
        Some(Self { path: join(&self.path, key), tree }).filter(|at| !at.is_null())
    }

    /// Texts of a list, or the text that stands in its place.
    pub(crate) fn texts(&self) -> Vec<String> {
        match self.text() {
            Some(text) => vec![text.to_owned()],
            None => self.items().iter().filter_map(Self::word).collect(),
        }
    }

    /// What it is, without its value, which might be a secret.
    pub(crate) fn what(&self) -> &'static str {
        match &self.tree.value {
            Content::Null => "nothing",
            Content::Flag(_) => "true or false",
            Content::Number(_) => "a number",
            Content::Text(_) => "a text",
            Content::List(_) => "a list",
            Content::Table(_) => "a table",
        }
    }
}

fn join(path: &str, key: &str) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || ".[\"".contains(c);
    // Keys may be anything; a long one is no help to anybody.
    let short: String = key.chars().take(80).collect();
    let key = if key.is_empty() || key.contains(odd) { format!("{short:?}") } else { short };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// A table of the input. Each key is taken by who knows it; what is left in the end is reported.
pub(crate) struct Fields<'t> {
    entries: Vec<(&'t str, At<'t>)>,
    taken: BTreeSet<&'t str>,
}

impl<'t> Fields<'t> {
    /// The entries of a table; something else is reported and has none.
    pub(crate) fn of(at: &At<'t>, draft: &mut Draft) -> Self {
        if !at.is_null() && !matches!(at.tree.value, Content::Table(_)) {
            draft.impossible(at, format!("this is {}, where a table of settings belongs", at.what()));
        }
        Self { entries: at.entries(), taken: BTreeSet::new() }
    }

    /// A value, unless it is empty.
    pub(crate) fn take(&mut self, name: &str) -> Option<At<'t>> {
        let (key, at) = self.entries.iter().find(|(key, _)| *key == name)?;
        self.taken.insert(key);
        Some(at.clone()).filter(|at| !at.is_null())
    }

    fn read<T>(
        &mut self,
        name: &str,
        draft: &mut Draft,
        (read, wanted): (impl Fn(&At<'t>) -> Option<T>, &str),
    ) -> Option<(At<'t>, T)> {
        let at = self.take(name)?;
        let value = read(&at);
        if value.is_none() {
            draft.impossible(&at, format!("this is {}, where {wanted} belongs", at.what()));
        }
        value.map(|value| (at, value))
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str, draft: &mut Draft) -> Option<(At<'t>, &'t str)> {
        self.read(name, draft, (At::text, "a text")).filter(|(_, text)| !text.trim().is_empty())
    }

    /// A flag.
    pub(crate) fn flag(&mut self, name: &str, draft: &mut Draft) -> Option<(At<'t>, bool)> {
        self.read(name, draft, (At::flag, "true or false"))
    }

    /// A whole number.
    pub(crate) fn whole(&mut self, name: &str, draft: &mut Draft) -> Option<(At<'t>, u64)> {
        self.read(name, draft, (At::whole, "a whole number"))
    }

    /// A number that is not negative.
    pub(crate) fn float(&mut self, name: &str, draft: &mut Draft) -> Option<(At<'t>, f64)> {
        self.read(name, draft, (At::float, "a number"))
    }

    /// Takes keys that cannot be mapped, each for the same reason.
    pub(crate) fn refuse(&mut self, names: &[&str], why: &str, draft: &mut Draft) {
        for name in names {
            if let Some(at) = self.take(name) {
                draft.impossible(&at, why);
            }
        }
    }

    /// Reports what nobody took.
    pub(crate) fn finish(self, draft: &mut Draft) {
        for (key, at) in &self.entries {
            if !self.taken.contains(key) {
                draft.impossible(at, "the import does not know this key; it is left out");
            }
        }
    }

    /// What nobody took yet.
    pub(crate) fn rest(&self) -> Vec<(&'t str, At<'t>)> {
        self.entries.iter().filter(|(key, _)| !self.taken.contains(key)).cloned().collect()
    }
}
