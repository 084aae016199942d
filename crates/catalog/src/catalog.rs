//! The catalogue in memory: its text, which is kept as it was read, and numbers that say where in it things stand.

use std::borrow::Cow;
use std::sync::Arc;

use crate::facts::Facts;
use crate::find::{Found, How};
use crate::index::Index;
use crate::parse::{self, Broken};
use crate::rates::Prices;
use crate::render::render;

/// What `cargo xtask catalog` made of the registries.
const EMBEDDED: &[u8] = include_bytes!("../data/catalog.zst");
/// The most that the embedded file may hold.
const EMBEDDED_LIMIT: usize = 16 << 20;

/// Models, their facts and their prices. It never changes; a refresh makes another one.
#[derive(Debug)]
pub struct Catalog {
    pub(crate) text: Box<str>,
    pub(crate) version: Span,
    pub(crate) sources: Vec<[Span; 4]>,
    pub(crate) providers: Vec<ProviderSpan>,
    pub(crate) rows: Vec<Row>,
    pub(crate) prices: Vec<Arc<Prices>>,
    /// Every id and alias, in the order of the text; several may mean one row.
    pub(crate) keys: Vec<Key>,
    /// Names among a provider's, and providers' names among each other.
    pub(crate) owned: Index,
    /// Names wherever they are, the best of each.
    pub(crate) anywhere: Index,
    /// Names without dates, where only dated ones are there.
    pub(crate) undated: Index,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A provider: its names, and which rows are its.
#[derive(Debug)]
pub(crate) struct ProviderSpan {
    pub(crate) id: Span,
    pub(crate) name: Span,
    pub(crate) aliases: Span,
    pub(crate) rows: (u32, u32),
}

/// A model: where its id and its facts stand.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) provider: u16,
    pub(crate) facts_source: u8,
    pub(crate) price_source: u8,
    /// Where in `prices`; `u32::MAX` if no price is known.
    pub(crate) prices: u32,
    pub(crate) id: Span,
    /// Name, vendor and packed facts, with tabs between.
    pub(crate) rest: Span,
}

/// A name and the row that it means.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: Span,
    pub(crate) row: u32,
}

/// A row as it is written: what a catalogue is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is known of the model.
    pub facts: Facts<'static>,
    /// What it costs.
    pub prices: Option<Arc<Prices>>,
    /// Other ids that the provider takes for it.
    pub aliases: Vec<String>,
    /// Which of the sources the facts come from.
    pub facts_source: u8,
    /// Which of the sources the prices come from.
    pub price_source: u8,
}

/// A provider as the catalogue names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRow<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name for people.
    pub name: &'a str,
    /// Its ids in other registries, with commas between.
    pub aliases: &'a str,
}

impl<'a> ProviderRow<'a> {
    /// Its ids in other registries.
    pub fn aliases(&self) -> impl Iterator<Item = &'a str> {
        self.aliases.split(',').filter(|alias| !alias.is_empty())
    }
}

/// Where rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The day of its data, `2026-11-21`.
    pub date: &'a str,
    /// Its licence.
    pub licence: &'a str,
}

impl Catalog {
    /// The snapshot inside the binary. Takes a few milliseconds: load it once.
    ///
    /// # Errors
    /// When the binary was built with a broken file; a test of this crate rules it out.
    pub fn embedded() -> Result<Self, Broken> {
        let bytes = zstd::bulk::decompress(EMBEDDED, EMBEDDED_LIMIT).map_err(|_| Broken::Compression)?;
        Self::read(String::from_utf8(bytes).map_err(|_| Broken::Line(0))?)
    }

    /// A catalogue from its text.
    ///
    /// # Errors
    /// When a line of it cannot be read.
    pub fn read(text: String) -> Result<Self, Broken> {
        parse::read(text.into_boxed_str())
    }

    /// A catalogue of these entries. Providers rank in the order of the list.
    ///
    /// # Errors
    /// When there are more than it has room for.
    pub fn of(
        sources: &[Source<'_>],
        providers: &[ProviderRow<'_>],
        entries: &[Entry],
    ) -> Result<Self, Broken> {
        Self::read(render(sources, providers, entries))
    }

    /// A hash of everything in it.
    #[must_use]
    pub fn version(&self) -> &str {
        self.piece(self.version)
    }

    /// How many models it knows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every provider, the makers of models before those who resell them.
    pub fn providers(&self) -> impl Iterator<Item = ProviderRow<'_>> {
        self.providers.iter().map(|one| ProviderRow {
            id: self.piece(one.id),
            name: self.piece(one.name),
            aliases: self.piece(one.aliases),
        })
    }

    /// Where its rows come from.
    pub fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        (0..self.sources.len()).filter_map(|at| self.source(u8::try_from(at).ok()?))
    }

    /// Every model of every provider.
    pub fn all(&self) -> impl Iterator<Item = Found<'_>> {
        (0..self.rows.len()).map(|row| self.found(row, How::Exact))
    }

    /// The models of a provider, by its id or one of its aliases, in the order of their ids; none if it is not known.
    pub fn models(&self, provider: &str) -> impl Iterator<Item = Found<'_>> {
        let (first, end) = self.provider(provider).map_or((0, 0), |at| self.providers[usize::from(at)].rows);
        (first..end).map(|row| self.found(row as usize, How::Exact))
    }

    /// Its rows as entries, to make another catalogue of.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.all().map(|found| found.entry()).collect();
        for key in &self.keys {
            let (name, row) = (self.piece(key.name), key.row as usize);
            if self.piece(self.rows[row].id) != name {
                entries[row].aliases.push(name.to_owned());
            }
        }
        entries
    }

    pub(crate) fn piece(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    pub(crate) fn source(&self, at: u8) -> Option<Source<'_>> {
        let [name, version, date, licence] = *self.sources.get(usize::from(at))?;
        Some(Source {
            name: self.piece(name),
            version: self.piece(version),
            date: self.piece(date),
            licence: self.piece(licence),
        })
    }

    pub(crate) const fn found(&self, row: usize, how: How) -> Found<'_> {
        Found { catalog: self, row, how, elsewhere: false, free_cut: false }
    }

    /// The facts of a row.
    pub(crate) fn facts(&self, row: &Row) -> Facts<'_> {
        let provider = self.providers.get(usize::from(row.provider)).map_or("", |one| self.piece(one.id));
        let mut facts = Facts::new(provider, self.piece(row.id));
        let mut fields = self.piece(row.rest).splitn(3, '\t');
        if let Some(name) = fields.next().filter(|name| !name.is_empty()) {
            facts.name = Cow::Borrowed(name);
        }
        facts.vendor = Cow::Borrowed(fields.next().unwrap_or(""));
        parse::facts(fields.next().unwrap_or(""), &mut facts);
        facts
    }
}

impl Default for Catalog {
    /// A catalogue that knows nothing.
    fn default() -> Self {
        Self {
            text: "".into(),
            version: Span { start: 0, end: 0 },
            sources: Vec::new(),
            providers: Vec::new(),
            rows: Vec::new(),
            prices: Vec::new(),
            keys: Vec::new(),
            owned: Index::default(),
            anywhere: Index::default(),
            undated: Index::default(),
        }
    }
}
