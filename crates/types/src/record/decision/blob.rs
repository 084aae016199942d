//! A decision as few bytes, for the log: written for every request that was weighed, and seldom read. Sections with a
//! number and a length each, so that an older version reads what a newer one wrote, without what it does not know.
//!
//! Numbers are LEB128, texts a length and UTF-8. Deployments share words: a provider stands for many of them.

use std::collections::HashMap;

use super::{AffinityRecord, CandidateRecord, DecisionRecord, FactsRecord, Hop, ProfileRecord};

/// The first byte. Another one means another format altogether.
pub(super) const VERSION: u8 = 1;

/// What a section is about.
pub(super) mod section {
    pub(in super::super) const CHAIN: u8 = 1;
    pub(in super::super) const FACTS: u8 = 2;
    pub(in super::super) const PROFILE: u8 = 3;
    pub(in super::super) const MODE: u8 = 4;
    pub(in super::super) const TERMS: u8 = 5;
    pub(in super::super) const CANDIDATES: u8 = 6;
    pub(in super::super) const OMITTED: u8 = 7;
    pub(in super::super) const SEED: u8 = 8;
    pub(in super::super) const AFFINITY: u8 = 9;
}

/// What a candidate has, a bit each.
pub(super) mod has {
    /// A score of four bytes, which says the same as one of eight.
    pub(in super::super) const SHORT_SCORE: u8 = 1;
    pub(in super::super) const SCORE: u8 = 1 << 1;
    /// It is tried after the one before it.
    pub(in super::super) const IN_TURN: u8 = 1 << 2;
    pub(in super::super) const PLACE: u8 = 1 << 3;
    pub(in super::super) const REFUSED: u8 = 1 << 4;
    pub(in super::super) const WAIT: u8 = 1 << 5;
    pub(in super::super) const ABOUT: u8 = 1 << 6;
    pub(in super::super) const TERMS: u8 = 1 << 7;
}

impl DecisionRecord {
    /// The decision as bytes. [`super::Explanation::read`] reads them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Out(Vec::with_capacity(96 + self.candidates.len() * 48));
        out.0.push(VERSION);
        out.section(section::CHAIN, |to| to.list(&self.chain, hop));
        out.section(section::FACTS, |to| facts(&self.facts, to));
        if let Some(thought) = &self.profile {
            out.section(section::PROFILE, |to| profile(thought, to));
        }
        out.section(section::MODE, |to| to.0.push(self.mode as u8));
        if !self.terms.is_empty() {
            out.section(section::TERMS, |to| to.list(self.terms, |term, to| to.text(term)));
        }
        if !self.candidates.is_empty() {
            out.section(section::CANDIDATES, |to| candidates(self, to));
        }
        if self.omitted > 0 {
            out.section(section::OMITTED, |to| to.number(self.omitted.into()));
        }
        if self.seed > 0 {
            out.section(section::SEED, |to| to.0.extend_from_slice(&self.seed.to_le_bytes()));
        }
        if let Some(session) = &self.affinity {
            out.section(section::AFFINITY, |to| affinity(session, to));
        }
        out.0
    }
}

fn hop(hop: &Hop, to: &mut Out) {
    to.text(&hop.route);
    to.text(hop.strategy);
    // An empty reason says as much as none.
    to.text(hop.reason.as_deref().unwrap_or_default());
}

fn facts(facts: &FactsRecord, to: &mut Out) {
    to.number(facts.tokens_in);
    to.number(facts.tokens_out);
    to.number(facts.traits.0.into());
    to.text(facts.script.unwrap_or_default());
    to.list(&facts.tags, |tag, to| to.text(tag));
    to.number(facts.tier.map_or(0, |tier| u64::from(tier) + 1));
}

fn profile(profile: &ProfileRecord, to: &mut Out) {
    to.list(&profile.categories, |(name, likely), to| {
        to.text(name);
        to.float(*likely);
    });
    to.float(profile.difficulty.unwrap_or(f32::NAN));
}

fn affinity(affinity: &AffinityRecord, to: &mut Out) {
    to.0.extend([affinity.by as u8, affinity.outcome as u8]);
    to.float(affinity.price);
    let home = affinity.home.as_deref();
    to.text(home.map_or("", |home| &home.provider));
    to.text(home.map_or("", |home| &home.model));
}

fn candidates<'r>(decision: &'r DecisionRecord, to: &mut Out) {
    let mut words: HashMap<&'r str, u64> = HashMap::with_capacity(decision.candidates.len() * 2);
    let mut word = |text: &'r str, to: &mut Out| {
        let next = words.len() as u64 + 1;
        if let Some(known) = words.get(text) {
            return to.number(*known);
        }
        // Nought: a word that was not there before.
        words.insert(text, next);
        to.number(0);
        to.text(text);
    };
    to.number(decision.candidates.len() as u64);
    let mut turn = 0;
    for candidate in &decision.candidates {
        let flags = flags(candidate, turn);
        to.0.push(flags);
        word(&candidate.deployment.provider, to);
        word(&candidate.deployment.model, to);
        match candidate.score {
            Some(score) if flags & has::SHORT_SCORE != 0 => to.float(short(score)),
            Some(score) => to.0.extend_from_slice(&score.to_le_bytes()),
            None => {}
        }
        if flags & has::TERMS != 0 {
            terms(&candidate.terms[..decision.terms.len().min(super::MOST_TERMS)], to);
        }
        if let Some(place) = candidate.place {
            if flags & has::PLACE != 0 {
                to.number(place.into());
            }
            turn = place.saturating_add(1);
        }
        if let Some(refused) = &candidate.refused {
            to.0.push(refused.code.number());
            if let Some(wait) = refused.wait {
                to.number(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
            }
            if let Some(about) = &refused.about {
                word(about, to);
            }
        }
    }
}

fn flags(candidate: &CandidateRecord, turn: u16) -> u8 {
    let mut flags = 0;
    flags |= match candidate.score {
        Some(score) if f64::from(short(score)).to_bits() == score.to_bits() => has::SHORT_SCORE,
        Some(_) => has::SCORE,
        None => 0,
    };
    flags |= match candidate.place {
        Some(place) if place == turn => has::IN_TURN,
        Some(_) => has::PLACE,
        None => 0,
    };
    if let Some(refused) = &candidate.refused {
        flags |= has::REFUSED;
        flags |= if refused.wait.is_some() { has::WAIT } else { 0 };
        flags |= if refused.about.is_some() { has::ABOUT } else { 0 };
    }
    if candidate.terms.iter().any(|term| *term != 0.0) {
        flags |= has::TERMS;
    }
    flags
}

#[expect(clippy::cast_possible_truncation, reason = "whether it says the same is looked at")]
const fn short(score: f64) -> f32 {
    score as f32
}

/// Which of them are not nought, a bit each, and those.
fn terms(terms: &[f32], to: &mut Out) {
    let bits = terms.iter().zip(0..).fold(0, |bits, (term, at)| bits | u8::from(*term != 0.0) << at);
    to.0.push(bits);
    for term in terms.iter().filter(|term| **term != 0.0) {
        to.float(*term);
    }
}

/// What is written to.
struct Out(Vec<u8>);

impl Out {
    fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            // Masked, so that nothing is cut off.
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn float(&mut self, float: f32) {
        self.0.extend_from_slice(&float.to_le_bytes());
    }

    fn list<T>(&mut self, items: &[T], one: impl Fn(&T, &mut Self)) {
        self.number(items.len() as u64);
        items.iter().for_each(|item| one(item, self));
    }

    /// A section, before which its length stands in three bytes: it is not known before it is written.
    fn section(&mut self, number: u8, write: impl FnOnce(&mut Self)) {
        self.0.extend([number, 0, 0, 0]);
        let from = self.0.len();
        write(self);
        let length = (self.0.len() - from).to_le_bytes();
        self.0[from - 3..from].copy_from_slice(&length[..3]);
    }
}
