//! The targets that may be called, weighed: a row for each, the route's tree over the rows, and last what the whole fleet
//! and the client say about the order.

use std::sync::Arc;

use wye_fleet::Fleet;
use wye_fleet::recent::MOST_WINNERS;
use wye_limits::Moment;
use wye_profile::{Category, Found, Scores};
use wye_routing::quality::{Leaning, Standing};
use wye_routing::rules::Facts;
use wye_routing::strategy;
use wye_routing::strategy::{Mark, Order, Row};
use wye_routing::tree::{Context, NO_ROW, NeedsRating, Rating, Rows, Strategy, Walked};
use wye_types::record::decision::{DecisionRecord, Traits};

use super::session::{Session, stay};
use super::{Ask, Decided, told};
use crate::ours::Controls;
use crate::parse::Estimate;

/// What strategies go by besides the state of the deployments. Made once a request, for routes that are no plain lists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weighing {
    /// Where chance comes from.
    pub(crate) seed: u64,
    /// All deployments.
    pub(crate) fleet: Arc<Fleet>,
    /// The text of the newest user message, where a strategy reads it.
    pub(crate) text: Option<String>,
    /// What its words say.
    pub(crate) found: Found,
    /// The session that it belongs to.
    pub(crate) session: Option<Session>,
    /// What models said of the request.
    pub(crate) ratings: Vec<Rating>,
    /// What it is about and how hard it is, where a strategy goes by that.
    pub(crate) leaning: Option<Leaning>,
    /// What its letters alone say of that.
    pub(crate) letters: Option<Scores>,
}

impl Weighing {
    /// What rules read of a request that needs this; `None`: no strategy reads its text.
    pub(crate) fn facts(&self, needs: Traits, estimate: Estimate) -> Option<Facts<'_>> {
        Some(Facts {
            text: self.text.as_deref()?,
            found: self.found,
            category: self.leaning.as_ref().map(Leaning::top),
            tokens: estimate.input,
            tools: needs.has(Traits::TOOLS),
            media: needs.has(Traits::IMAGES) || needs.has(Traits::AUDIO),
        })
    }
}

/// Puts the targets that may be called into the order of the route's tree.
pub(super) fn order(decided: &mut Decided, ask: &Ask, estimate: Estimate, now: Moment) {
    let reordered = ask.controls.as_deref().is_some_and(|controls| controls.strategy.is_some());
    if !decided.route.is_plain() && !decided.order.is_empty() {
        let (mut walked, seed) = walk(decided, ask, estimate);
        if spreads(decided) {
            // What will not last the day is kept for when the others have no room.
            walked.order.sort_by_cached_key(|placed| {
                let target = &decided.route.targets[placed.target];
                target.endpoint.is_ahead(&target.deployment.model, now)
            });
        }
        demote(decided, &mut walked.order, |placed| placed.target);
        let affinity =
            ask.weighing.as_deref().and_then(|weighing| stay(decided, weighing, &mut walked.order));
        let heeded = heed(decided, ask, &mut walked.order, |placed| placed.target);
        if (heeded || reordered)
            && let Some(hop) = walked.hops.first_mut()
        {
            hop.reason = Some(match hop.reason.take() {
                Some(reason) => format!("{reason}; {}", told::WISHED).into(),
                None => told::WISHED.into(),
            });
        }
        decided.order = walked.order.iter().map(|placed| placed.target).collect();
        let record = told::record(decided, (ask, estimate), walked, seed);
        decided.record = Some(Box::new(DecisionRecord { affinity, ..record }));
    } else {
        let mut order = std::mem::take(&mut decided.order);
        demote(decided, &mut order, |target| *target);
        let heeded = heed(decided, ask, &mut order, |target| *target);
        decided.order = order;
        if heeded || ask.controls.as_deref().is_some_and(Controls::has_a_say) {
            let why = (heeded || reordered).then_some(told::WISHED);
            decided.record = Some(Box::new(told::listed(decided, (ask, estimate), why)));
        }
    }
}

fn walk(decided: &mut Decided, ask: &Ask, estimate: Estimate) -> (Walked, u64) {
    let route = Arc::clone(&decided.route);
    let mut places = vec![NO_ROW; route.targets.len()];
    let rows: Vec<Row> = decided
        .order
        .iter()
        .zip(0_u32..)
        .map(|(place, row)| {
            places[*place] = row;
            let target = &route.targets[*place];
            Row {
                number: target.member.number,
                weight: 1.0,
                reading: target.member.glance(ask.stream, decided.now, route.reads.wear),
                cost: if ask.free_only { Some(0) } else { target.able.cost(estimate) },
                context: target.context,
                size: target.able.size,
                mark: Mark::default(),
            }
        })
        .collect();
    let standing = |place: &usize| &*route.targets[*place].standing;
    let standings: Vec<&Standing> =
        if route.reads.standings { decided.order.iter().map(standing).collect() } else { Vec::new() };
    let none = Weighing::default();
    let weighing = ask.weighing.as_deref().unwrap_or(&none);
    let winners: [u32; MOST_WINNERS] = weighing.fleet.winners();
    let met = winners.iter().position(|number| *number == 0).unwrap_or(MOST_WINNERS);
    let context = Context {
        ask: strategy::Ask {
            seed: weighing.seed,
            winners: &winners[..met],
            tokens: u32::try_from(estimate.input).unwrap_or(u32::MAX),
            out_tokens: u32::try_from(estimate.output).unwrap_or(u32::MAX),
            explores: may_explore(ask, weighing),
        },
        facts: weighing.facts(ask.needs, estimate),
        ratings: &weighing.ratings,
        leaning: weighing.leaning.as_ref(),
    };
    let rows = Rows { rows: &rows, places: &places, standings: &standings };
    let mut ratings = weighing.ratings.clone();
    loop {
        match route.tree.walk(rows, &Context { ratings: &ratings, ..context }) {
            Ok(walked) => return (walked, weighing.seed),
            // As if it had said nothing; every group is asked once.
            Err(NeedsRating { group }) => {
                decided.needs.get_or_insert_with(|| Arc::clone(&group));
                ratings.push(Rating { group, rating: None });
            }
        }
    }
}

/// Whether what is not known well may be tried: not in the middle of something, not where harm may come of it, and not where
/// the client says what it wants.
fn may_explore(ask: &Ask, weighing: &Weighing) -> bool {
    let pinned = weighing.session.is_some_and(|session| session.begun);
    let safe = weighing.leaning.as_ref().is_none_or(|leaning| leaning.top() != Category::Safety);
    let wished = ask.controls.as_deref().is_some_and(Controls::says_who);
    safe && !pinned && !wished && !ask.needs.has(Traits::TOOL_LOOP)
}

/// Whether the route's strategy spreads requests: whoever wants the cheapest or the strongest wants it until it is used up.
fn spreads(decided: &Decided) -> bool {
    let strategy = &decided.route.tree.strategy;
    matches!(strategy, Strategy::Ranked(Order::Balanced(_) | Order::Adaptive(_) | Order::Fastest))
}

/// Providers that refuse everybody at the moment are asked after all others.
fn demote<T>(decided: &Decided, order: &mut [T], target: impl Fn(&T) -> usize) {
    let last = |one: &T| decided.route.targets[target(one)].member.asked_last(decided.now);
    if order.len() > 1 && order.iter().any(last) {
        order.sort_by_key(last);
    }
}

/// The client's wishes about the order, after everything else was weighed. Says whether they changed it.
fn heed<T>(decided: &Decided, ask: &Ask, order: &mut Vec<T>, target: impl Fn(&T) -> usize) -> bool {
    let Some(controls) = ask.controls.as_deref() else { return false };
    let route = &*decided.route;
    let before: Vec<usize> = order.iter().map(&target).collect();
    controls.put_in_front(order, |one| &*route.targets[target(one)].deployment);
    // The names that it lists are tried one after another, whatever it prefers among the targets of each.
    order.sort_by_key(|one| route.part(target(one)));
    if controls.is_single() {
        route.first_of_each(order, &target);
    }
    !order.iter().map(target).eq(before)
}
