//! Sessions: how they are known, and when they stay with who served them last.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use wye_routing::tree::Placed;
use wye_types::chat::{BlockKind, Message, Role};
use wye_types::record::decision::{Affinity, AffinityRecord, SessionBy};

use super::weigh::Weighing;
use super::{Ask, Decided};
use crate::live::Route;
use crate::parse::Request;

/// A session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    /// What it is known by.
    pub(crate) key: u64,
    /// How that came about.
    pub(crate) by: SessionBy,
    /// Whether something was answered in it before that a switch would lose.
    pub(crate) begun: bool,
}

/// The session of a request: the one that the client names, or the one whose prompts begin alike. Two keys never have one
/// together, nor have two routes.
pub(super) fn session(
    request: &Request,
    (route, whose): (&Route, &str),
    named: Option<&str>,
) -> Option<Session> {
    let mut hasher = FIXED.build_hasher();
    (whose, &*route.name).hash(&mut hasher);
    if let Some(name) = named.filter(|_| route.stick.by_name) {
        name.hash(&mut hasher);
        return Some(Session { key: hasher.finish(), by: SessionBy::Name, begun: true });
    }
    if !route.stick.by_prefix {
        return None;
    }
    let messages = &request.chat().ok()?.messages;
    let first = messages.iter().position(|message| message.role == Role::User)?;
    messages.iter().take(first + 1).for_each(|message| say(message, &mut hasher));
    // A conversation of one message has nothing yet that a switch would cost, but it may be the first of many.
    let begun = messages.len() > first + 1;
    Some(Session { key: hasher.finish(), by: SessionBy::Prefix, begun })
}

/// The same in every process of a start: what is hashed is compared within one only.
static FIXED: std::sync::LazyLock<std::hash::RandomState> =
    std::sync::LazyLock::new(std::hash::RandomState::new);

fn say(message: &Message, hasher: &mut impl Hasher) {
    for block in &message.content {
        if let BlockKind::Text(text) = &block.kind {
            text.hash(hasher);
        }
    }
}

impl Ask {
    /// The session of the request, if it has one.
    pub(crate) fn session(&self) -> Option<u64> {
        self.weighing.as_deref()?.session.map(|session| session.key)
    }

    /// A deployment served the request: its session stays there.
    pub(crate) fn remember(&self, number: u32, now: Duration) {
        if let Some(weighing) = self.weighing.as_deref()
            && let Some(session) = weighing.session
        {
            weighing.fleet.sessions.served(session.key, number, now);
        }
    }
}

/// Puts the session's home in front, unless another is better by more than the switch costs.
pub(super) fn stay(decided: &Decided, weighing: &Weighing, order: &mut [Placed]) -> Option<AffinityRecord> {
    let Session { key, by, begun } = weighing.session?;
    let (stick, targets) = (decided.route.stick, &decided.route.targets);
    let home = begun.then(|| weighing.fleet.sessions.home(key, stick.idle, decided.now)).flatten();
    let record = |outcome, home: Option<usize>, price| AffinityRecord {
        by,
        outcome,
        home: home.and_then(|target| Some(Arc::clone(&targets.get(target)?.deployment))),
        price,
    };
    let Some(number) = home else { return Some(record(Affinity::First, None, 0.0)) };
    let known = targets.iter().position(|target| target.member.number == number);
    let is_home = |placed: &Placed| targets[placed.target].member.number == number;
    let Some(at) = order.iter().position(is_home) else {
        return Some(record(Affinity::Forced, known, 0.0));
    };
    if targets[order[at].target].member.asked_last(decided.now) {
        return Some(record(Affinity::Forced, known, 0.0));
    }
    let price = price(order, stick.switch_cost);
    let best = order.first().and_then(|placed| placed.score);
    let stays = match (best, order[at].score, price) {
        (Some(best), Some(own), Some(price)) => best - own <= price,
        // Where nothing is weighed nothing is better.
        _ => true,
    };
    if stays {
        order[..=at].rotate_right(1);
    }
    let outcome = if stays { Affinity::Kept } else { Affinity::Moved };
    Some(record(outcome, known, narrow(price.unwrap_or(0.0))))
}

/// What leaving costs, in the terms of the scores.
fn price(order: &[Placed], share: f32) -> Option<f64> {
    let scores =
        || order.iter().filter_map(|placed| placed.score).filter(|score| score.abs() < f64::from(f32::MAX));
    let (best, worst) = (scores().max_by(f64::total_cmp)?, scores().min_by(f64::total_cmp)?);
    Some((best - worst) * f64::from(share))
}

#[expect(clippy::cast_possible_truncation, reason = "shown to people")]
const fn narrow(price: f64) -> f32 {
    price as f32
}
