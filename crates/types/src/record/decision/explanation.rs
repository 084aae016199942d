//! A decision as it is told: the same, whether it was just made or is read from the log. Names are texts here, since the
//! version that wrote them may have had others.

use std::time::Duration;

use super::blob::{VERSION, has, section};
use super::{Affinity, AffinityRecord, CandidateRecord, DecisionRecord, MOST_TERMS, Mode, SessionBy, Traits};
use crate::record::{Refusal, RefusalCode};

/// A decision, to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explanation {
    /// The routes that were followed, from the one that was asked for.
    pub chain: Vec<Step>,
    /// What was known of the request.
    pub facts: Facts,
    /// What it is thought to be about.
    pub profile: Option<Profile>,
    /// How its attempts are arranged.
    pub mode: &'static str,
    /// What the numbers in the candidates' `terms` mean, in their order.
    pub terms: Vec<String>,
    /// What was weighed: in the order in which it is tried, then what was refused.
    pub candidates: Vec<Weighed>,
    /// How many more there were.
    pub omitted: u32,
    /// Where chance came from.
    pub seed: u64,
    /// How the session of the request weighed in.
    pub session: Option<Session>,
}

/// A route that was followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub route: String,
    /// How it orders its targets.
    pub strategy: String,
    /// Why it led where it led, where scores do not say.
    pub reason: Option<String>,
}

/// What was known of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Tokens of the prompt, estimated.
    pub tokens_in: u64,
    /// Tokens that the answer is expected to have.
    pub tokens_out: u64,
    /// What it needs and has: `tools`, `stream`.
    pub traits: Vec<&'static str>,
    /// The script that most of its text is in.
    pub script: Option<String>,
    /// What its words say it is.
    pub tags: Vec<String>,
    /// The tier that its words say it belongs to.
    pub tier: Option<u8>,
}

/// What a request is thought to be about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// The likeliest categories, with how likely each is.
    pub categories: Vec<(String, Option<f32>)>,
    /// How hard it is, from 0 to 1.
    pub difficulty: Option<f32>,
}

/// A deployment that was weighed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weighed {
    /// `provider/model`.
    pub deployment: String,
    /// Its place in the order in which targets are tried, from 0.
    pub place: Option<u16>,
    /// What it was ordered by, largest first; none where nothing is known that it could be.
    pub score: Option<f64>,
    /// What that is made of; none where a term is not known.
    pub terms: Vec<Option<f32>>,
    /// Why it is not tried.
    pub refused: Option<Refused>,
}

/// Why a deployment is not tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// The reason in one word.
    pub code: &'static str,
    /// The same for people.
    pub reason: String,
    /// Milliseconds, counted from the decision, after which it may be called; none where that is not known.
    pub wait_ms: Option<u64>,
}

/// How the session of a request weighed in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    /// How it was known: `name`, `prefix`.
    pub by: &'static str,
    /// What it came to: `first`, `kept`, `moved`, `forced`.
    pub outcome: &'static str,
    /// The deployment that served it last.
    pub home: Option<String>,
    /// What leaving that would have cost, in the terms of the score.
    pub price: Option<f32>,
}

/// What stands for a name that a newer version wrote.
const NEWER: &str = "unknown";

impl Explanation {
    /// Tells a decision.
    #[must_use]
    pub fn of(decision: &DecisionRecord) -> Self {
        let some = |text: &str| Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
        let facts = &decision.facts;
        Self {
            chain: decision
                .chain
                .iter()
                .map(|hop| Step {
                    route: hop.route.to_string(),
                    strategy: hop.strategy.to_owned(),
                    reason: some(hop.reason.as_deref().unwrap_or_default()),
                })
                .collect(),
            facts: Facts {
                tokens_in: facts.tokens_in,
                tokens_out: facts.tokens_out,
                traits: facts.traits.names().collect(),
                script: some(facts.script.unwrap_or_default()),
                tags: facts.tags.iter().map(|tag| (*tag).to_owned()).collect(),
                tier: facts.tier,
            },
            profile: decision.profile.as_deref().map(|profile| Profile {
                categories: profile
                    .categories
                    .iter()
                    .map(|(name, likely)| ((*name).to_owned(), finite(*likely)))
                    .collect(),
                difficulty: profile.difficulty.and_then(finite),
            }),
            mode: decision.mode.name(),
            terms: decision.terms.iter().map(|term| (*term).to_owned()).collect(),
            candidates: decision.candidates.iter().map(|one| weighed(one, decision.terms.len())).collect(),
            omitted: decision.omitted,
            seed: decision.seed,
            session: decision.affinity.as_ref().map(session),
        }
    }

    /// Reads what [`DecisionRecord::to_bytes`] wrote, as far as this version knows it; `None` if it is nothing of that kind.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (&VERSION, mut rest) = bytes.split_first()? else { return None };
        let mut told = Self { mode: Mode::default().name(), ..Self::default() };
        while let Some((&number, behind)) = rest.split_first() {
            let (length, behind) = behind.split_at_checked(3)?;
            let length = usize::from(length[0]) | usize::from(length[1]) << 8 | usize::from(length[2]) << 16;
            let (mut own, behind) = behind.split_at_checked(length)?;
            told.section(number, &mut In(&mut own))?;
            rest = behind;
        }
        Some(told)
    }

    /// What was chosen, if anything.
    #[must_use]
    pub fn chosen(&self) -> Option<&Weighed> {
        self.candidates.iter().find(|candidate| candidate.place == Some(0))
    }

    fn section(&mut self, number: u8, from: &mut In<'_, '_>) -> Option<()> {
        match number {
            section::CHAIN => {
                self.chain = from.list(|from| {
                    Some(Step { route: from.text()?, strategy: from.text()?, reason: from.some_text()? })
                })?;
            }
            section::FACTS => {
                self.facts = Facts {
                    tokens_in: from.number()?,
                    tokens_out: from.number()?,
                    traits: Traits(from.number()? as u16).names().collect(),
                    script: from.some_text()?,
                    tags: from.list(In::text)?,
                    tier: from.number()?.checked_sub(1).map(|tier| tier as u8),
                };
            }
            section::PROFILE => {
                let categories = from.list(|from| Some((from.text()?, finite(from.float()?))))?;
                self.profile = Some(Profile { categories, difficulty: finite(from.float()?) });
            }
            section::MODE => {
                self.mode = Mode::ALL.get(usize::from(from.byte()?)).map_or(NEWER, |mode| mode.name());
            }
            section::TERMS => self.terms = from.list(In::text)?,
            section::CANDIDATES => self.candidates = candidates(from, self.terms.len())?,
            section::OMITTED => self.omitted = u32::try_from(from.number()?).unwrap_or(u32::MAX),
            section::SEED => self.seed = u64::from_le_bytes(from.bytes()?),
            section::AFFINITY => {
                let by = SessionBy::ALL.get(usize::from(from.byte()?)).map_or(NEWER, |by| by.name());
                let outcome = Affinity::ALL.get(usize::from(from.byte()?)).map_or(NEWER, |one| one.name());
                let price = finite(from.float()?);
                let (provider, model) = (from.text()?, from.text()?);
                let home = (!provider.is_empty()).then(|| format!("{provider}/{model}"));
                self.session = Some(Session { by, outcome, home, price });
            }
            // A newer version wrote it.
            _ => {}
        }
        Some(())
    }
}

fn weighed(candidate: &CandidateRecord, terms: usize) -> Weighed {
    // What was not weighed has no terms.
    let terms = if candidate.score.is_some() { terms.min(MOST_TERMS) } else { 0 };
    Weighed {
        deployment: candidate.deployment.to_string(),
        place: candidate.place,
        score: candidate.score.and_then(known),
        terms: candidate.terms[..terms].iter().map(|term| finite(*term)).collect(),
        refused: candidate.refused.as_ref().map(refused),
    }
}

fn refused(refusal: &Refusal) -> Refused {
    Refused {
        code: refusal.code.name(),
        reason: refusal.to_string(),
        wait_ms: refusal.wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
    }
}

fn session(affinity: &AffinityRecord) -> Session {
    Session {
        by: affinity.by.name(),
        outcome: affinity.outcome.name(),
        home: affinity.home.as_ref().map(ToString::to_string),
        price: finite(affinity.price),
    }
}

fn candidates(from: &mut In<'_, '_>, terms: usize) -> Option<Vec<Weighed>> {
    let mut words: Vec<String> = Vec::new();
    let mut turn = 0;
    from.list(|from| {
        let flags = from.byte()?;
        let (provider, model) = (from.word(&mut words)?, from.word(&mut words)?);
        let is = |flag| flags & flag != 0;
        let score = match (is(has::SHORT_SCORE), is(has::SCORE)) {
            (true, _) => Some(f64::from(from.float()?)),
            (_, true) => Some(f64::from_le_bytes(from.bytes()?)),
            _ => None,
        };
        let mut own = [0.0; MOST_TERMS];
        if is(has::TERMS) {
            let bits = from.byte()?;
            for (_, term) in own.iter_mut().enumerate().filter(|(at, _)| bits & 1 << at != 0) {
                *term = from.float()?;
            }
        }
        let place = match (is(has::IN_TURN), is(has::PLACE)) {
            (true, _) => Some(turn),
            (_, true) => Some(u16::try_from(from.number()?).ok()?),
            _ => None,
        };
        turn = place.map_or(turn, |place| place.saturating_add(1));
        let refused = if is(has::REFUSED) { Some(from.refusal(flags, &mut words)?) } else { None };
        let terms = if score.is_some() { terms.min(MOST_TERMS) } else { 0 };
        Some(Weighed {
            deployment: format!("{provider}/{model}"),
            place,
            score: score.and_then(known),
            terms: own[..terms].iter().map(|term| finite(*term)).collect(),
            refused,
        })
    })
}

fn finite(number: f32) -> Option<f32> {
    Some(number).filter(|number| number.is_finite())
}

/// What is ordered behind everything else has the lowest number there is for a score.
fn known(score: f64) -> Option<f64> {
    Some(score).filter(|score| score.is_finite() && *score > f64::MIN)
}

/// What is read from. Everything is `None` where it ends too early.
struct In<'r, 'b>(&'r mut &'b [u8]);

impl In<'_, '_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (own, rest) = self.0.split_at_checked(count)?;
        *self.0 = rest;
        Some(own)
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes().map(|[byte]| byte)
    }

    fn float(&mut self) -> Option<f32> {
        self.bytes().map(f32::from_le_bytes)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        let text = self.take(length)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// A text, of which an empty one is none.
    fn some_text(&mut self) -> Option<Option<String>> {
        self.text().map(|text| Some(text).filter(|text| !text.is_empty()))
    }

    /// A text that may have been there before.
    fn word(&mut self, words: &mut Vec<String>) -> Option<String> {
        let Some(place) = self.number()?.checked_sub(1) else {
            let text = self.text()?;
            words.push(text.clone());
            return Some(text);
        };
        words.get(usize::try_from(place).ok()?).cloned()
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        // Every item takes a byte at least: no more room is made for them than there can be.
        let count = usize::try_from(count).ok().filter(|count| *count <= self.0.len())?;
        let mut items = Vec::with_capacity(count.min(super::MOST_CANDIDATES));
        for _ in 0..count {
            items.push(one(self)?);
        }
        Some(items)
    }

    fn refusal(&mut self, flags: u8, words: &mut Vec<String>) -> Option<Refused> {
        let code = RefusalCode::of_number(self.byte()?);
        let wait = if flags & has::WAIT != 0 { Some(self.number()?) } else { None };
        let about = if flags & has::ABOUT != 0 { Some(self.word(words)?) } else { None };
        let Some(code) = code else {
            return Some(Refused { code: NEWER, reason: about.unwrap_or_default(), wait_ms: wait });
        };
        let about = about.map(Into::into);
        Some(Refused {
            wait_ms: wait,
            ..refused(&Refusal { code, wait: wait.map(Duration::from_millis), about })
        })
    }
}

#[cfg(test)]
mod tests;
