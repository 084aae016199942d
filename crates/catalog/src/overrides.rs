//! What the operator says of models. It stands above every registry: prices that were negotiated, models of one's own.

use std::sync::Arc;

use crate::catalog::{Catalog, Entry, ProviderRow, Source};
use crate::facts::{Facts, Modalities};
use crate::find::How;
use crate::parse::Broken;
use crate::rates::{Prices, Rates};

/// The name of the operator as a source.
pub const OPERATOR: &str = "operator";

/// What the operator says of one model; what is `None` stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Override {
    /// The provider.
    pub provider: String,
    /// The id that the provider takes.
    pub id: String,
    /// Tokens of prompt and answer together.
    pub context: Option<u64>,
    /// Tokens of an answer.
    pub output_limit: Option<u64>,
    /// What it reads.
    pub takes: Option<Modalities>,
    /// Whether it calls tools.
    pub tools: Option<bool>,
    /// Whether it reasons before it answers.
    pub reasoning: Option<bool>,
    /// Whether it keeps to a JSON schema.
    pub structured: Option<bool>,
    /// What it costs, always: nothing of the registries' prices remains.
    pub rates: Option<Rates>,
}

impl Catalog {
    /// This catalogue with the operator's word on top. A model that is not in it is added, with the facts of what it
    /// would be taken for; a provider that is not in it is added last.
    ///
    /// # Errors
    /// When there are more than there is room for.
    pub fn with(&self, overrides: &[Override]) -> Result<Self, Broken> {
        let mut sources: Vec<Source<'_>> = self.sources().filter(|source| source.name != OPERATOR).collect();
        let operator = u8::try_from(sources.len()).map_err(|_| Broken::TooLarge)?;
        sources.push(Source { name: OPERATOR, version: "", date: "", licence: "" });
        let mut providers: Vec<ProviderRow<'_>> = self.providers().collect();
        let mut entries = self.entries();
        for one in overrides {
            let known = self.provider(&one.provider).map(|at| providers[usize::from(at)].id);
            let provider = known.unwrap_or(&one.provider);
            if !providers.iter().any(|row| row.id == provider) {
                providers.push(ProviderRow { id: &one.provider, name: &one.provider, aliases: "" });
            }
            let at = entries.iter().position(|e| e.facts.provider == provider && e.facts.id == one.id);
            let at = at.unwrap_or_else(|| {
                entries.push(self.taken_for(provider, one));
                entries.len() - 1
            });
            if let Some(entry) = entries.get_mut(at) {
                one.put(entry, operator);
            }
        }
        Self::of(&sources, &providers, &entries)
    }

    /// A new row, with the facts of what the catalogue would take the model for.
    fn taken_for(&self, provider: &str, one: &Override) -> Entry {
        let (provider, id) = (provider.to_owned(), one.id.clone());
        let like = self.find(Some(&provider), &id).filter(|found| found.how() != How::Prefix);
        let Some(like) = like else {
            let facts = Facts::new(provider, id);
            return Entry { facts, prices: None, aliases: Vec::new(), facts_source: 0, price_source: 0 };
        };
        let mut entry = like.entry();
        entry.facts.provider = provider.into();
        entry.facts.id = id.into();
        // Another model's price is not this one's, and would not look like a guess any more.
        entry.prices = entry.prices.filter(|_| !like.is_guess());
        entry
    }
}

impl Override {
    fn put(&self, entry: &mut Entry, operator: u8) {
        let facts = &mut entry.facts;
        facts.context = self.context.or(facts.context);
        facts.output_limit = self.output_limit.or(facts.output_limit);
        facts.takes = self.takes.unwrap_or(facts.takes);
        facts.tools = self.tools.or(facts.tools);
        facts.reasoning = self.reasoning.or(facts.reasoning);
        facts.structured = self.structured.or(facts.structured);
        entry.facts_source = operator;
        if let Some(rates) = self.rates {
            entry.prices = Some(Arc::new(Prices::flat(rates)));
            entry.price_source = operator;
        }
    }
}
