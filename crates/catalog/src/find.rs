//! Look-up: what a name means. In this order, and always the same for the same catalogue:
//!
//! 1. the provider's own id or alias; 2. its id without dates, regions, vendors and ways of serving, one by one;
//! 3. the same among all providers, makers before resellers; 4. the longest known beginning, of the provider's, then of all.
//!
//! What is found otherwise than by its own name at its own provider is a guess, and says so.

use std::sync::Arc;

use crate::catalog::{Catalog, Entry, Source};
use crate::cost::Basis;
use crate::facts::Facts;
use crate::index::{ANYWHERE, PROVIDERS, hash};
use crate::name::{FREE, Taken, barer, beginnings, same, undated};
use crate::overrides::OPERATOR;
use crate::rates::Prices;

/// The longest name that is looked for otherwise than exactly.
const LONGEST: usize = 256;

/// A model that was found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) row: usize,
    pub(crate) how: How,
    pub(crate) elsewhere: bool,
    pub(crate) free_cut: bool,
}

/// How a model was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// By its id.
    Exact,
    /// By another id of the same model, or its id written with other letters.
    Alias,
    /// By its id without a date, or with one.
    Dated,
    /// By its id without a vendor, a region or a way of serving.
    Decorated,
    /// By the beginning of its name: of the same family, perhaps.
    Prefix,
}

impl How {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Alias => "alias",
            Self::Dated => "dated",
            Self::Decorated => "decorated",
            Self::Prefix => "prefix",
        }
    }
}

impl<'a> Found<'a> {
    /// The id of the row that was found.
    #[must_use]
    pub fn id(&self) -> &'a str {
        self.catalog.piece(self.catalog.rows[self.row].id)
    }

    /// The provider of the row that was found.
    #[must_use]
    pub fn provider(&self) -> &'a str {
        let provider = usize::from(self.catalog.rows[self.row].provider);
        self.catalog.piece(self.catalog.providers[provider].id)
    }

    /// What is known of it.
    #[must_use]
    pub fn facts(&self) -> Facts<'a> {
        self.catalog.facts(&self.catalog.rows[self.row])
    }

    /// What it costs. Whether that is this model's own price, [`Found::is_guess`] says.
    ///
    /// A model that is served for nothing (`:free`) and is not listed has no price here: that of the model it is a
    /// version of is not its own, and that it is free is not proved.
    #[must_use]
    pub fn prices(&self) -> Option<&'a Arc<Prices>> {
        if self.free_cut {
            return None;
        }
        self.catalog.prices.get(self.catalog.rows[self.row].prices as usize)
    }

    /// How it was found.
    #[must_use]
    pub const fn how(&self) -> How {
        self.how
    }

    /// Whether it is another provider's row than the one that was asked for.
    #[must_use]
    pub const fn is_elsewhere(&self) -> bool {
        self.elsewhere
    }

    /// Whether its price is that of a model that this one is only taken for.
    #[must_use]
    pub fn is_guess(&self) -> bool {
        self.elsewhere || self.how > How::Dated
    }

    /// What an amount reckoned with its prices rests on.
    #[must_use]
    pub fn basis(&self) -> Basis {
        match self.price_source() {
            None => Basis::Unknown,
            Some(_) if self.is_guess() => Basis::Guess,
            Some(source) if source.name == OPERATOR => Basis::Override,
            Some(_) => Basis::Catalog,
        }
    }

    /// Where its facts come from.
    #[must_use]
    pub fn source(&self) -> Option<Source<'a>> {
        self.catalog.source(self.catalog.rows[self.row].facts_source)
    }

    /// Where its prices come from.
    #[must_use]
    pub fn price_source(&self) -> Option<Source<'a>> {
        self.prices()?;
        self.catalog.source(self.catalog.rows[self.row].price_source)
    }

    /// The row as it is written, without its aliases.
    #[must_use]
    pub fn entry(&self) -> Entry {
        let row = &self.catalog.rows[self.row];
        Entry {
            facts: self.facts().into_owned(),
            prices: self.prices().cloned(),
            aliases: Vec::new(),
            facts_source: row.facts_source,
            price_source: row.price_source,
        }
    }
}

impl Catalog {
    /// What a provider's model is. Without a provider, or with one that the catalogue does not know, the model is looked
    /// for among all; without one, `provider/model` is that provider's.
    #[must_use]
    pub fn find(&self, provider: Option<&str>, id: &str) -> Option<Found<'_>> {
        let own = provider.and_then(|name| self.provider(name));
        if let Some(found) = own.and_then(|own| self.named(own, id)) {
            return Some(found);
        }
        if provider.is_none()
            && let Some((maker, id)) = id.split_once('/')
            && let Some(found) = self.provider(maker).and_then(|maker| self.named(maker, id))
        {
            return Some(found);
        }
        if id.len() > LONGEST {
            return None;
        }
        let scopes = [own, Some(ANYWHERE)];
        let scopes = scopes.into_iter().flatten();
        let found = scopes.clone().find_map(|scope| self.stripped(scope, id));
        let found = found.or_else(|| scopes.clone().find_map(|scope| self.beginning(scope, id)))?;
        let at_home = own == Some(self.rows[found.row].provider);
        Some(Found { elsewhere: provider.is_some() && !at_home, ..found })
    }

    /// Which provider a name means.
    pub(crate) fn provider(&self, name: &str) -> Option<u16> {
        let means = |at: u32| {
            let one = self.providers.get(at as usize)?;
            let aliases = self.piece(one.aliases).split(',');
            let is = aliases.chain([self.piece(one.id)]).any(|known| same(known, name));
            is.then(|| u16::try_from(at).ok())?
        };
        self.owned.places(hash(PROVIDERS, name)).find_map(means)
    }

    /// A name as it stands there: written the same, else meaning the same.
    fn named(&self, scope: u16, name: &str) -> Option<Found<'_>> {
        let index = if scope == ANYWHERE { &self.anywhere } else { &self.owned };
        let mut alike = None;
        for place in index.places(hash(scope, name)) {
            let Some(key) = self.keys.get(place as usize) else { continue };
            let row = &self.rows[key.row as usize];
            let known = self.piece(key.name);
            if scope != ANYWHERE && row.provider != scope || !same(known, name) {
                continue;
            }
            if known == name {
                let how = if key.name == row.id { How::Exact } else { How::Alias };
                return Some(self.found(key.row as usize, how));
            }
            alike = alike.or(Some(key.row));
        }
        alike.map(|row| self.found(row as usize, How::Alias))
    }

    /// A name of which only versions with dates stand there: the newest, of the best provider that has one.
    fn newest(&self, scope: u16, name: &str) -> Option<Found<'_>> {
        let mut best: Option<(u16, u32)> = None;
        for place in self.undated.places(hash(scope, name)) {
            let Some(key) = self.keys.get(place as usize) else { continue };
            let provider = self.rows[key.row as usize].provider;
            let known = undated(self.piece(key.name)).is_some_and(|bare| same(bare, name));
            if known && (scope == ANYWHERE || provider == scope) && best.is_none_or(|(of, _)| of == provider)
            {
                best = Some((provider, key.row));
            }
        }
        best.map(|(_, row)| self.found(row as usize, How::Dated))
    }

    /// The name, and what is left of it when one thing after another is taken off.
    fn stripped(&self, scope: u16, id: &str) -> Option<Found<'_>> {
        let mut name = id;
        let (mut how, mut free_cut) = (How::Exact, false);
        loop {
            let found = self.named(scope, name).or_else(|| self.newest(scope, name));
            if let Some(found) = found {
                let how = found.how.max(how);
                return Some(Found { how, free_cut, ..found });
            }
            let (bare, taken) = barer(name)?;
            free_cut |= name.ends_with(FREE);
            how = how.max(if taken == Taken::Date { How::Dated } else { How::Decorated });
            name = bare;
        }
    }

    /// The longest beginning of the name, or of what is left of it, that is known.
    fn beginning(&self, scope: u16, id: &str) -> Option<Found<'_>> {
        let free_cut = id.ends_with(FREE);
        let mut name = Some(id);
        while let Some(left) = name {
            let found = beginnings(left).find_map(|cut| self.named(scope, cut));
            if let Some(found) = found {
                return Some(Found { how: How::Prefix, free_cut, ..found });
            }
            name = barer(left).map(|(bare, _)| bare);
        }
        None
    }
}
