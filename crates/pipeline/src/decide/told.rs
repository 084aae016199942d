//! The decision, as it is recorded and told.

use std::sync::Arc;

use wye_profile::{Script, Scripts};
use wye_routing::strategy::Terms;
use wye_routing::tree::{Placed, Walked};
use wye_types::record::decision::{
    CandidateRecord, DecisionRecord, FactsRecord, Hop, MOST_CANDIDATES, Traits,
};

use super::{Ask, Decided, lean};
use crate::live::Several;
use crate::parse::Estimate;

/// What was known, what was weighed, and in which order it is tried.
pub(super) fn record(
    decided: &Decided,
    (ask, estimate): (&Ask, Estimate),
    mut walked: Walked,
    seed: u64,
) -> DecisionRecord {
    let targets = &decided.route.targets;
    let several = decided.route.policy.several.as_deref().and_then(Several::word);
    if let (Some(word), Some(hop)) = (several, walked.hops.first_mut()) {
        // What orders those that are compared is only half of it.
        hop.strategy = word;
    }
    let tried =
        walked.order.iter().zip(0_u16..).take(MOST_CANDIDATES).map(|(placed, place)| CandidateRecord {
            deployment: Arc::clone(&targets[placed.target].deployment),
            score: placed.score,
            terms: placed.terms,
            place: Some(place),
            refused: None,
        });
    let mut candidates: Vec<CandidateRecord> = tried.collect();
    let room = MOST_CANDIDATES - candidates.len();
    candidates.extend(decided.passed_over.iter().take(room).map(|over| CandidateRecord {
        deployment: Arc::clone(&over.deployment),
        score: None,
        terms: Default::default(),
        place: None,
        refused: Some(over.reason.clone()),
    }));
    let more = decided.passed_more.iter().map(|(_, count)| *count as usize).sum::<usize>();
    let all = decided.order.len() + decided.passed_over.len() + more;
    DecisionRecord {
        facts: facts(ask, estimate),
        profile: ask
            .weighing
            .as_deref()
            .and_then(|weighing| weighing.leaning.as_ref())
            .map(|leaning| Box::new(lean::told(leaning))),
        terms: walked.terms,
        chain: walked.hops,
        omitted: u32::try_from(all - candidates.len()).unwrap_or(u32::MAX),
        candidates,
        seed,
        ..DecisionRecord::default()
    }
}

/// What the order is said to come from where the client had a say in it.
pub(super) const WISHED: &str = "as the request wishes";

/// The same where the route only lists its targets, of which a record is made only where the client has a say.
pub(super) fn listed(
    decided: &Decided,
    asked: (&Ask, Estimate),
    why: Option<&'static str>,
) -> DecisionRecord {
    let route = &decided.route;
    let placed = |target: &usize| Placed { target: *target, score: None, terms: Terms::default() };
    let (name, strategy) = (Arc::clone(&route.name), route.tree.strategy.word());
    let hop = Hop { route: name, strategy, reason: why.map(Into::into) };
    let walked = Walked { order: decided.order.iter().map(placed).collect(), hops: vec![hop], terms: &[] };
    record(decided, asked, walked, 0)
}

fn facts(ask: &Ask, estimate: Estimate) -> FactsRecord {
    let weighing = ask.weighing.as_deref();
    let read = weighing.and_then(|weighing| Some((weighing.found, weighing.text.as_deref()?)));
    let found = read.map(|(found, _)| found);
    FactsRecord {
        tokens_in: estimate.input,
        tokens_out: estimate.output,
        traits: ask
            .needs
            .and_if(ask.stream, Traits::STREAM)
            .and_if(ask.free_only, Traits::FREE_ONLY)
            .and_if(found.is_some_and(|found| found.complex()), Traits::COMPLEX),
        script: read.and_then(|(_, text)| script(text)),
        tags: found.map(|found| found.tags().map(wye_profile::Tag::word).collect()).unwrap_or_default(),
        // Beyond what makes a text long, it does not matter how long it is.
        tier: read
            .and_then(|(found, text)| u8::try_from(found.tier(text.chars().take(LONG).count() as u64)).ok()),
    }
}

/// More characters than SmartRoute's tiers tell apart.
const LONG: usize = 4000;

/// The script that most of its beginning is in.
fn script(text: &str) -> Option<&'static str> {
    const ENOUGH: usize = 4096;
    Scripts::of(&text[..text.floor_char_boundary(ENOUGH)]).main().map(Script::word)
}
