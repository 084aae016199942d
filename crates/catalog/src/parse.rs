//! The text of a catalogue, line by line:
//!
//! - `wye-catalog`, the format and the version: a hash of the lines below;
//! - `s`: a source: name, version, date, licence;
//! - `$`: a list of prices: rules with `;` between, each its circumstances, `|` and its prices, a letter and a number each;
//! - `p`: a provider: id, name, aliases; what follows is its own;
//! - `m`: a model: id, the number of its prices, of its facts' and its prices' source, name, vendor, facts;
//! - `=`: another id of the model above.
//!
//! The facts are read when they are asked for: a gateway uses a few of ten thousand models.

use std::fmt;
use std::sync::Arc;

use crate::catalog::{Catalog, Key, ProviderSpan, Row, Span};
use crate::facts::{Facts, Kind, Modalities, Status};
use crate::index::{ANYWHERE, Index, PROVIDERS, hash};
use crate::name::{same, undated};
use crate::rates::{Item, Prices, Rates, Rule};
use crate::render::{LETTERS, MAGIC};
use crate::when::{Service, When};

/// Why a text is no catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It cannot be decompressed.
    Compression,
    /// This line, from 1, cannot be read.
    Line(usize),
    /// There are more lines, sources or providers than there is room for.
    TooLarge,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compression => f.write_str("the catalogue cannot be decompressed"),
            Self::Line(line) => write!(f, "line {line} of the catalogue cannot be read"),
            Self::TooLarge => f.write_str("the catalogue is larger than there is room for"),
        }
    }
}

impl std::error::Error for Broken {}

/// Reads a catalogue.
pub(crate) fn read(text: Box<str>) -> Result<Catalog, Broken> {
    if u32::try_from(text.len()).is_err() {
        return Err(Broken::TooLarge);
    }
    let mut reading = Reading { text: &text, ..Reading::default() };
    let mut start = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let end = start + line.trim_end_matches('\n').len();
        reading.line(at, span(start, end)).ok_or(Broken::Line(at + 1))?;
        start += line.len();
    }
    let Reading { version, sources, mut providers, rows, prices, keys, .. } = reading;
    let version = version.ok_or(Broken::Line(1))?;
    if let Some(last) = providers.last_mut() {
        last.rows.1 = small(rows.len())?;
    }
    if u8::try_from(sources.len()).is_err() || providers.len() >= usize::from(PROVIDERS) {
        return Err(Broken::TooLarge);
    }
    let mut catalog = Catalog {
        text,
        version,
        sources,
        providers,
        rows,
        prices,
        keys,
        owned: Index::default(),
        anywhere: Index::default(),
        undated: Index::default(),
    };
    index(&mut catalog);
    Ok(catalog)
}

fn small(number: usize) -> Result<u32, Broken> {
    u32::try_from(number).map_err(|_| Broken::TooLarge)
}

/// A piece of a text that is known to be short enough.
const fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, end: end as u32 }
}

/// What was read so far.
#[derive(Default)]
struct Reading<'a> {
    text: &'a str,
    version: Option<Span>,
    sources: Vec<[Span; 4]>,
    providers: Vec<ProviderSpan>,
    rows: Vec<Row>,
    prices: Vec<Arc<Prices>>,
    keys: Vec<Key>,
}

impl Reading<'_> {
    fn line(&mut self, at: usize, line: Span) -> Option<()> {
        let mut fields = Fields { text: self.text, left: line };
        let first = fields.next()?;
        match self.piece(first) {
            MAGIC if at == 0 => {
                let format = fields.next()?;
                self.version = (self.piece(format) == "1").then_some(fields.next()?);
                self.version.map(|_| ())
            }
            "s" => {
                self.sources.push([fields.next()?, fields.next()?, fields.next()?, fields.next()?]);
                Some(())
            }
            "$" => {
                self.prices.push(Arc::new(prices(self.piece(fields.next()?))?));
                Some(())
            }
            "p" => {
                let begins = u32::try_from(self.rows.len()).ok()?;
                if let Some(last) = self.providers.last_mut() {
                    last.rows.1 = begins;
                }
                let (id, name, aliases) = (fields.next()?, fields.next()?, fields.next()?);
                self.providers.push(ProviderSpan { id, name, aliases, rows: (begins, begins) });
                Some(())
            }
            "m" => self.model(fields),
            "=" => {
                let row = u32::try_from(self.rows.len().checked_sub(1)?).ok()?;
                self.keys.push(Key { name: fields.next()?, row });
                Some(())
            }
            _ => None,
        }
    }

    fn model(&mut self, mut fields: Fields<'_>) -> Option<()> {
        let id = fields.next()?;
        let price = self.piece(fields.next()?);
        let prices = if price.is_empty() { u32::MAX } else { price.parse().ok()? };
        if prices != u32::MAX && prices as usize >= self.prices.len() {
            return None;
        }
        let facts_source = self.piece(fields.next()?).parse().ok()?;
        let price_source = self.piece(fields.next()?).parse().ok()?;
        let provider = u16::try_from(self.providers.len().checked_sub(1)?).ok()?;
        let row = u32::try_from(self.rows.len()).ok()?;
        self.keys.push(Key { name: id, row });
        self.rows.push(Row { provider, facts_source, price_source, prices, id, rest: fields.left });
        Some(())
    }

    fn piece(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }
}

/// The fields of a line. The last one ends with it.
struct Fields<'a> {
    text: &'a str,
    left: Span,
}

impl Fields<'_> {
    fn next(&mut self) -> Option<Span> {
        let Span { start, end } = self.left;
        if start > end {
            return None;
        }
        let text = &self.text.as_bytes()[start as usize..end as usize];
        let stop = text.iter().position(|byte| *byte == b'\t').unwrap_or(text.len());
        let stop = start + u32::try_from(stop).ok()?;
        self.left.start = stop + 1;
        Some(Span { start, end: stop })
    }
}

/// A list of prices.
pub(crate) fn prices(text: &str) -> Option<Prices> {
    let rules = text.split(';').map(|rule| {
        let (when, rates) = rule.split_once('|')?;
        let when = circumstances(when)?;
        Some(Rule { when: Some(when).filter(When::is_sound)?, rates: list(rates)? })
    });
    Some(Prices { rules: rules.collect::<Option<_>>()? })
}

fn circumstances(text: &str) -> Option<When> {
    let mut when = When::ALWAYS;
    for (letter, number) in words(text) {
        match (letter, number) {
            ('h', Some(minute)) => when.minutes.0 = u16::try_from(minute).ok()?,
            ('e', Some(minute)) => when.minutes.1 = u16::try_from(minute).ok()?,
            ('d', Some(days)) => when.days = u8::try_from(days).ok()?,
            ('F', Some(at)) => when.from = at,
            ('U', Some(at)) => when.until = at,
            ('a', Some(tokens)) => when.above = tokens,
            (class, None) => when.service = Service::ALL.iter().find(|(.., known)| *known == class)?.0,
            _ => return None,
        }
    }
    Some(when)
}

fn list(text: &str) -> Option<Rates> {
    let mut rates = Rates::default();
    for (letter, number) in words(text) {
        let at = LETTERS.iter().position(|known| *known == letter)?;
        *rates.price_mut(Item::ALL.get(at)?.0) = Some(number?);
    }
    Some(rates)
}

/// Letters, each with the number behind it.
fn words(text: &str) -> impl Iterator<Item = (char, Option<u64>)> {
    let mut left = text;
    std::iter::from_fn(move || {
        let letter = left.chars().next()?;
        let behind = &left[letter.len_utf8()..];
        let digits = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        left = &behind[digits..];
        Some((letter, behind[..digits].parse().ok()))
    })
}

/// Reads packed facts. A word that is not known is passed over: it comes from a newer gateway's refresh.
pub(crate) fn facts<'a>(packed: &'a str, facts: &mut Facts<'a>) {
    for word in packed.split(' ').filter(|word| !word.is_empty()) {
        let (letter, value) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        let number = || value.parse::<u64>().ok();
        let flag = Some(value == "+");
        let bits = || value.parse().map_or(Modalities::NONE, Modalities::of_bits);
        match letter {
            "K" => {
                let known = Kind::ALL.iter().find(|(.., known)| value.starts_with(*known));
                facts.kind = known.map_or(Kind::Other, |(kind, ..)| *kind);
            }
            "C" => facts.context = number(),
            "I" => facts.input_limit = number(),
            "O" => facts.output_limit = number(),
            "D" => facts.dimensions = number(),
            "T" => facts.takes = bits(),
            "G" => facts.gives = bits(),
            "t" => facts.tools = flag,
            "r" => facts.reasoning = flag,
            "s" => facts.structured = flag,
            "m" => facts.temperature = flag,
            "w" => facts.open_weights = flag,
            "B" => facts.status = Status::Beta,
            "X" => facts.status = Status::Deprecated,
            "E" => facts.ends = value.parse().ok(),
            "k" => facts.knowledge = value.into(),
            _ => {}
        }
    }
}

/// Builds the indexes. Rows stand in the order of rank, so that the first of a name is the best.
fn index(catalog: &mut Catalog) {
    let names = catalog.keys.len();
    let mut owned = Index::with_room(names + 4 * catalog.providers.len());
    let mut anywhere = Index::with_room(names);
    let mut bare = Index::with_room(2 * names);
    let key = |place: u32| catalog.piece(catalog.keys[place as usize].name);
    for (place, one) in (0..).zip(&catalog.keys) {
        let name = catalog.piece(one.name);
        owned.insert(hash(catalog.rows[one.row as usize].provider, name), place, |_| false);
        anywhere.insert(hash(ANYWHERE, name), place, |known| same(key(known), name));
    }
    for (place, one) in (0..).zip(&catalog.keys) {
        let Some(name) = undated(catalog.piece(one.name)) else { continue };
        bare.insert(hash(catalog.rows[one.row as usize].provider, name), place, |_| false);
        bare.insert(hash(ANYWHERE, name), place, |_| false);
    }
    for (place, provider) in (0..).zip(&catalog.providers) {
        let aliases = catalog.piece(provider.aliases).split(',').filter(|alias| !alias.is_empty());
        for name in aliases.chain([catalog.piece(provider.id)]) {
            owned.insert(hash(PROVIDERS, name), place, |_| false);
        }
    }
    catalog.owned = owned;
    catalog.anywhere = anywhere;
    catalog.undated = bare;
}
