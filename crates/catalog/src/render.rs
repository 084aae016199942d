//! Entries as the text that a catalogue is read from. One format serves the embedded file, overrides and refreshes, so
//! that what is loaded always went through one door. `parse` says what the lines mean.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::catalog::{Entry, ProviderRow, Source};
use crate::facts::{Facts, Kind, Status};
use crate::name::fold;
use crate::rates::{Item, Prices, Rates};
use crate::when::{Service, When};

/// The first word of the file.
pub(crate) const MAGIC: &str = "wye-catalog";
/// The letters of the items, in the order of [`Item::ALL`].
pub(crate) const LETTERS: [char; 18] =
    ['i', 'r', 'w', 'W', 'a', 'g', 'o', 'z', 'A', 'G', 'q', 'm', 'h', 'k', 'c', 's', 'u', 'd'];
/// Hexadecimal digits of a version.
const VERSION_DIGITS: usize = 12;

/// The text of a catalogue. Entries of providers that are not listed are left out; the order of providers is their
/// rank. The same entries give the same text, in whatever order they come.
#[must_use]
pub fn render(sources: &[Source<'_>], providers: &[ProviderRow<'_>], entries: &[Entry]) -> String {
    let mut body = String::new();
    for source in sources {
        let Source { name, version, date, licence } = source;
        let _ = writeln!(body, "s\t{}\t{}\t{}\t{}", clean(name), clean(version), clean(date), clean(licence));
    }
    let mut by_provider: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in entries {
        by_provider.entry(&entry.facts.provider).or_default().push(entry);
    }
    let mut prices = Table::default();
    let mut models = String::new();
    for provider in providers {
        let aliases: Vec<String> = provider.aliases().map(clean).collect();
        let _ =
            writeln!(models, "p\t{}\t{}\t{}", clean(provider.id), clean(provider.name), aliases.join(","));
        let mut own = by_provider.remove(provider.id).unwrap_or_default();
        own.sort_by_cached_key(|entry| (fold(&entry.facts.id), entry.facts.id.to_string()));
        for entry in own {
            model(entry, prices.place(entry.prices.as_ref()), &mut models);
        }
    }
    for line in &prices.lines {
        let _ = writeln!(body, "$\t{line}");
    }
    body.push_str(&models);
    format!("{MAGIC}\t1\t{}\n{body}", version(&body))
}

/// The version of a catalogue: a hash of all its lines.
pub(crate) fn version(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    let hex = digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    hex[..VERSION_DIGITS].to_owned()
}

/// Lists of prices, each written once.
#[derive(Default)]
struct Table {
    lines: Vec<String>,
    places: HashMap<String, usize>,
    /// The same by where they lie: most rows of a catalogue that is made anew share the lists of the old one.
    seen: HashMap<*const Prices, usize>,
}

impl Table {
    fn place(&mut self, prices: Option<&Arc<Prices>>) -> Option<usize> {
        let prices = prices?;
        if let Some(at) = self.seen.get(&Arc::as_ptr(prices)) {
            return Some(*at);
        }
        let line = line_of(prices);
        let next = self.lines.len();
        let at = *self.places.entry(line.clone()).or_insert(next);
        if at == next {
            self.lines.push(line);
        }
        self.seen.insert(Arc::as_ptr(prices), at);
        Some(at)
    }
}

fn model(entry: &Entry, price: Option<usize>, to: &mut String) {
    let facts = &entry.facts;
    let name = if facts.name == facts.id { String::new() } else { clean(&facts.name) };
    let price = price.map_or_else(String::new, |at| at.to_string());
    let _ = writeln!(
        to,
        "m\t{}\t{price}\t{}\t{}\t{name}\t{}\t{}",
        clean(&facts.id),
        entry.facts_source,
        entry.price_source,
        clean(&facts.vendor),
        packed(facts),
    );
    let mut aliases: Vec<String> = entry.aliases.iter().map(|alias| clean(alias)).collect();
    aliases.sort();
    aliases.dedup();
    for alias in aliases.iter().filter(|alias| **alias != facts.id) {
        let _ = writeln!(to, "=\t{alias}");
    }
}

/// What is known of a model, a word each.
fn packed(facts: &Facts<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    if facts.kind != Kind::Chat {
        words.extend(Kind::ALL.iter().find(|(kind, ..)| *kind == facts.kind).map(|(.., c)| format!("K{c}")));
    }
    let numbers = [
        ('C', facts.context),
        ('I', facts.input_limit),
        ('O', facts.output_limit),
        ('D', facts.dimensions),
        ('T', Some(u64::from(facts.takes.bits())).filter(|bits| *bits > 0)),
        ('G', Some(u64::from(facts.gives.bits())).filter(|bits| *bits > 0)),
    ];
    words.extend(numbers.into_iter().filter_map(|(letter, number)| Some(format!("{letter}{}", number?))));
    let flags = [
        ('t', facts.tools),
        ('r', facts.reasoning),
        ('s', facts.structured),
        ('m', facts.temperature),
        ('w', facts.open_weights),
    ];
    words.extend(
        flags
            .into_iter()
            .filter_map(|(letter, flag)| Some(format!("{letter}{}", if flag? { '+' } else { '-' }))),
    );
    match facts.status {
        Status::Stable => {}
        Status::Beta => words.push("B".to_owned()),
        Status::Deprecated => words.push("X".to_owned()),
    }
    words.extend(facts.ends.map(|day| format!("E{day}")));
    if !facts.knowledge.is_empty() {
        words.push(format!("k{}", clean(&facts.knowledge).replace(' ', "_")));
    }
    words.join(" ")
}

/// A list of prices in one line.
pub(crate) fn line_of(prices: &Prices) -> String {
    let rules = prices.rules.iter().map(|rule| format!("{}|{}", when(&rule.when), rates(&rule.rates)));
    rules.collect::<Vec<_>>().join(";")
}

fn when(when: &When) -> String {
    let mut to = String::new();
    if when.service != Service::Standard {
        let letter = Service::ALL.iter().find(|(one, ..)| *one == when.service).map(|(.., c)| *c);
        to.extend(letter);
    }
    let (first, end) = when.minutes;
    if first != end {
        let _ = write!(to, "h{first}e{end}");
    }
    let always = When::ALWAYS;
    for (letter, value, usual) in [
        ('d', u64::from(when.days), u64::from(always.days)),
        ('F', when.from, always.from),
        ('U', when.until, always.until),
        ('a', when.above, always.above),
    ] {
        if value != usual {
            let _ = write!(to, "{letter}{value}");
        }
    }
    to
}

fn rates(rates: &Rates) -> String {
    debug_assert_eq!(Item::ALL.len(), LETTERS.len(), "a letter for each item");
    let each = LETTERS.iter().zip(rates.each());
    each.filter_map(|(letter, rate)| Some(format!("{letter}{}", rate?))).collect()
}

/// Text without the signs that part fields and lines.
fn clean(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(|c: char| c.is_control(), "")
}
