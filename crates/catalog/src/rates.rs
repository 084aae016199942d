//! The price of each thing that is billed, and the rules by which one list of such prices or another holds.

use wye_types::Usage;
use wye_types::money::Price;
use wye_types::usage::Ledger;

use crate::when::{Ask, Service, When};

/// Milliseconds in a second: sound is counted in the one and priced by the other.
const MS: u64 = 1000;

/// What everything costs, in pico-dollars each. What is `None` is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Rates {
    /// Tokens.
    pub tokens: Price,
    /// A request, whatever it uses.
    pub request: Option<u64>,
    /// A picture made.
    pub image: Option<u64>,
    /// A second of sound heard.
    pub heard_second: Option<u64>,
    /// A second of sound made.
    pub spoken_second: Option<u64>,
    /// A character read aloud.
    pub character: Option<u64>,
    /// A search of the web.
    pub search: Option<u64>,
    /// A question put to documents.
    pub search_unit: Option<u64>,
    /// A page of a document.
    pub page: Option<u64>,
}

/// A thing that is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named like the fields of usage and units")]
pub enum Item {
    Input,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    AudioIn,
    ImageIn,
    Output,
    Reasoning,
    AudioOut,
    ImageOut,
    Request,
    Image,
    Heard,
    Spoken,
    Character,
    Search,
    SearchUnit,
    Page,
}

impl Item {
    /// Every item, in the order of [`Rates::used`], with its name in answers.
    pub const ALL: [(Self, &'static str); 18] = [
        (Self::Input, "input"),
        (Self::CacheRead, "cache_read"),
        (Self::CacheWrite, "cache_write"),
        (Self::CacheWrite1h, "cache_write_1h"),
        (Self::AudioIn, "audio_in"),
        (Self::ImageIn, "image_in"),
        (Self::Output, "output"),
        (Self::Reasoning, "reasoning"),
        (Self::AudioOut, "audio_out"),
        (Self::ImageOut, "image_out"),
        (Self::Request, "request"),
        (Self::Image, "image"),
        (Self::Heard, "heard_second"),
        (Self::Spoken, "spoken_second"),
        (Self::Character, "character"),
        (Self::Search, "search"),
        (Self::SearchUnit, "search_unit"),
        (Self::Page, "page"),
    ];

    /// Its name in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(item, _)| *item == self).map_or("", |(_, name)| name)
    }
}

/// One thing that a call used: how many, and what one costs. Sound is counted in milliseconds and priced by the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) item: Item,
    pub(crate) count: u64,
    pub(crate) rate: Option<u64>,
}

impl Part {
    /// What it comes to, in pico-dollars. `None` if it has no price.
    pub(crate) fn pico(&self) -> Option<u128> {
        let product = u128::from(self.count) * u128::from(self.rate?);
        let is_sound = matches!(self.item, Item::Heard | Item::Spoken);
        Some(if is_sound { product / u128::from(MS) } else { product })
    }
}

impl Rates {
    /// The prices of text alone.
    #[must_use]
    pub const fn of_tokens(tokens: Price) -> Self {
        Self {
            tokens,
            request: None,
            image: None,
            heard_second: None,
            spoken_second: None,
            character: None,
            search: None,
            search_unit: None,
            page: None,
        }
    }

    /// Nothing costs anything.
    pub const FREE: Self = Self {
        tokens: Price::FREE,
        request: Some(0),
        image: Some(0),
        heard_second: Some(0),
        spoken_second: Some(0),
        character: Some(0),
        search: Some(0),
        search_unit: Some(0),
        page: Some(0),
    };

    /// Whether something has a price, and none of what has one costs anything.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let mut known = self.each().into_iter().flatten().peekable();
        known.peek().is_some() && known.all(|rate| rate == 0)
    }

    /// Whether nothing has a price.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.each().into_iter().flatten().next().is_none()
    }

    /// Every price as it is written, in the order of [`Item::ALL`].
    #[must_use]
    pub const fn each(&self) -> [Option<u64>; 18] {
        let t = &self.tokens;
        [
            t.input,
            t.cache_read,
            t.cache_write,
            t.cache_write_1h,
            t.audio_in,
            t.image_in,
            t.output,
            t.reasoning,
            t.audio_out,
            t.image_out,
            self.request,
            self.image,
            self.heard_second,
            self.spoken_second,
            self.character,
            self.search,
            self.search_unit,
            self.page,
        ]
    }

    /// The place of one price.
    pub const fn price_mut(&mut self, item: Item) -> &mut Option<u64> {
        let t = &mut self.tokens;
        match item {
            Item::Input => &mut t.input,
            Item::CacheRead => &mut t.cache_read,
            Item::CacheWrite => &mut t.cache_write,
            Item::CacheWrite1h => &mut t.cache_write_1h,
            Item::AudioIn => &mut t.audio_in,
            Item::ImageIn => &mut t.image_in,
            Item::Output => &mut t.output,
            Item::Reasoning => &mut t.reasoning,
            Item::AudioOut => &mut t.audio_out,
            Item::ImageOut => &mut t.image_out,
            Item::Request => &mut self.request,
            Item::Image => &mut self.image,
            Item::Heard => &mut self.heard_second,
            Item::Spoken => &mut self.spoken_second,
            Item::Character => &mut self.character,
            Item::Search => &mut self.search,
            Item::SearchUnit => &mut self.search_unit,
            Item::Page => &mut self.page,
        }
    }

    /// Goes through what a call used, each thing once. Nothing is listed: it is reckoned several times for every request,
    /// and most requests use two things of eighteen.
    pub(crate) fn used(&self, ledger: &Ledger, each: &mut dyn FnMut(Part)) {
        match &ledger.tokens.billed {
            None => self.of_tokens_used(&ledger.tokens, each),
            Some(_) => self.of_tokens_used(&ledger.tokens.paid(), each),
        }
        let units = &ledger.units;
        let mut one = |item: Item, count: Option<u64>, rate: Option<u64>| {
            if let Some(count) = count.filter(|count| *count > 0) {
                each(Part { item, count, rate });
            }
        };
        one(Item::Request, self.request.map(|_| 1), self.request);
        one(Item::Image, units.images, self.image);
        one(Item::Heard, units.heard_ms, self.heard_second);
        one(Item::Spoken, units.spoken_ms, self.spoken_second);
        one(Item::Character, units.characters, self.character);
        one(Item::Search, units.searches, self.search);
        one(Item::SearchUnit, units.search_units, self.search_unit);
        one(Item::Page, units.pages, self.page);
    }

    fn of_tokens_used(&self, paid: &Usage, each: &mut dyn FnMut(Part)) {
        self.tokens.used(paid, &mut |place, count, rate| {
            if let Some((item, _)) = Item::ALL.get(place) {
                each(Part { item: *item, count, rate });
            }
        });
    }
}

/// A list of prices and when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule {
    /// When it holds.
    pub when: When,
    /// The prices.
    pub rates: Rates,
}

/// All that is known of the price of one model: of the rules that hold, the last one counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Prices {
    /// The rules, the more particular ones later.
    pub rules: Box<[Rule]>,
}

impl Prices {
    /// One list, always.
    #[must_use]
    pub fn flat(rates: Rates) -> Self {
        Self { rules: Box::new([Rule { when: When::ALWAYS, rates }]) }
    }

    /// What holds for a request. A class of service that has no price of its own is billed as the standard one.
    #[must_use]
    pub fn at(&self, ask: &Ask) -> Option<&Rates> {
        let of = |service: Service| {
            self.rules.iter().rev().find(|rule| rule.when.service == service && rule.when.holds(ask))
        };
        of(ask.service).or_else(|| of(Service::Standard)).map(|rule| &rule.rates)
    }

    /// Whether a request can never cost anything, whenever and however it is made.
    #[must_use]
    pub fn is_free(&self) -> bool {
        !self.rules.is_empty() && self.rules.iter().all(|rule| rule.rates.is_free())
    }
}

#[cfg(test)]
mod tests {
    use wye_types::usage::Units;

    use super::*;

    #[test]
    fn the_items_stand_in_one_order() {
        let mut rates = Rates::default();
        for (at, (item, _)) in Item::ALL.into_iter().enumerate() {
            *rates.price_mut(item) = Some(at as u64 + 1);
        }
        let each: Vec<u64> = rates.each().into_iter().flatten().collect();
        assert_eq!(each, (1..=18).collect::<Vec<_>>());
        // One of each.
        let usage = Usage {
            input: 1,
            cache_read: Some(1),
            cache_write: Some(1),
            cache_write_1h: Some(1),
            audio_in: Some(1),
            image_in: Some(1),
            output: 1,
            reasoning: Some(1),
            audio_out: Some(1),
            image_out: Some(1),
            ..Usage::default()
        };
        let units = Units {
            images: Some(1),
            heard_ms: Some(1),
            spoken_ms: Some(1),
            characters: Some(1),
            searches: Some(1),
            search_units: Some(1),
            pages: Some(1),
        };
        let mut parts = Vec::new();
        rates.used(&Ledger { units, ..usage.into() }, &mut |part| parts.push(part));
        let rates: Vec<u64> = parts.iter().filter_map(|part| part.rate).collect();
        assert_eq!(rates, each);
        assert!(parts.iter().map(|part| part.item).eq(Item::ALL.map(|(item, _)| item)));
        let named: Vec<&str> = parts.iter().take(10).map(|part| part.item.name()).collect();
        assert_eq!(named, Price::PARTS);
    }

    #[test]
    fn nothing_known_is_not_free() {
        assert!(!Rates::default().is_free() && Rates::default().is_empty());
        assert!(Rates::FREE.is_free() && !Rates::FREE.is_empty());
        assert!(!Prices::default().is_free());
    }
}
