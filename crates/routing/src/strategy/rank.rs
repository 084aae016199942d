//! Rows to an order, with the terms of each score for whoever asks why.

use wye_fleet::Reading;
use wye_fleet::deployment::{UNKNOWN_FIRST_MS, UNKNOWN_SUCCESS};

use super::adaptive::{Weights, balance, consecutive_penalty, speed, usage_weight};
use super::draw::{draw, key};

/// The most terms that a score has.
pub const MOST_TERMS: usize = 5;

/// How large a model is. Where only its price is known, that stands for its size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// Nobody knows.
    #[default]
    Unknown,
    /// Up to some ten billion parameters, or priced so.
    Small,
    /// Up to some forty.
    Medium,
    /// Up to some two hundred.
    Large,
    /// The largest.
    XLarge,
}

/// One target, as a strategy weighs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The deployment's number: the same in every decision of a process, and not nought.
    pub number: u32,
    /// What the operator gave the target: from 0 to 1 where scores are weighed, a share where traffic is divided.
    pub weight: f32,
    /// How it is.
    pub reading: Reading,
    /// What this request is expected to cost there, in nano-dollars.
    pub cost: Option<u64>,
    /// Tokens of context.
    pub context: Option<u64>,
    /// How large its model is.
    pub size: Size,
    /// Its grade in the request's category, from 0 to 1.
    pub grade: Option<f32>,
    /// Whether it is the head teacher of that category.
    pub head: bool,
}

/// How targets are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Order {
    /// As they are listed.
    #[default]
    Listed,
    /// By a draw that favours what was used least in the last minute (SmartRoute's random).
    Balanced(Weights),
    /// By a draw in fixed shares.
    Weighted,
    /// By health, speed, the operator's weight, use and chance (SmartRoute's adaptive).
    Adaptive(Weights),
    /// By the time that an answer is expected to take.
    Fastest,
    /// By what the request is expected to cost.
    Cheapest,
    /// By grade, then size, then context.
    Strongest,
    /// By who teaches the request's category, then grade; without grades by price and size.
    School,
}

/// What is known of a request and its route when they are ordered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// Where chance comes from.
    pub seed: u64,
    /// Numbers of the deployments that answered last, newest first.
    pub winners: &'a [u32],
    /// Tokens that the answer is expected to have.
    pub out_tokens: u32,
}

/// The parts of a score, in the order of [`Order::terms`].
pub type Terms = [f32; MOST_TERMS];

/// A row in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Its place among the rows that came in.
    pub row: usize,
    /// What it was ordered by, largest first.
    pub score: f64,
    /// What that is made of.
    pub terms: Terms,
}

impl Order {
    /// Its name, as configuration and explanations write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Listed => "ordered",
            Self::Balanced(_) => "balanced",
            Self::Weighted => "weighted",
            Self::Adaptive(_) => "adaptive",
            Self::Fastest => "fastest",
            Self::Cheapest => "cheapest",
            Self::Strongest => "strongest",
            Self::School => "school",
        }
    }

    /// What the terms of its scores are called.
    #[must_use]
    pub const fn terms(self) -> &'static [&'static str] {
        match self {
            Self::Listed => &[],
            Self::Balanced(_) => &["used", "penalty"],
            Self::Weighted => &["share"],
            Self::Adaptive(_) => &["random", "health", "speed", "weight", "penalty"],
            Self::Fastest => &["first_ms", "rest_ms", "success"],
            Self::Cheapest => &["cost_usd"],
            Self::Strongest => &["grade", "size", "context"],
            Self::School => &["head", "grade", "size", "cost_usd"],
        }
    }
}

/// Orders rows. All of them come out.
#[must_use]
pub fn rank(order: Order, rows: &[Row], ask: Ask<'_>) -> Vec<Ranked> {
    let most = rows.iter().map(|row| row.reading.used).max().unwrap_or(0);
    let scored = rows.iter().enumerate().map(|(place, row)| {
        let (score, terms) = scored(order, row, most, ask);
        Ranked { row: place, score: if score.is_nan() { f64::MIN } else { score }, terms }
    });
    let ranked: Vec<Ranked> = scored.collect();
    if order == Order::Listed {
        return ranked;
    }
    // What is sorted is small: a fleet may have ten thousand. Equals are in the order of their numbers, not of their
    // places; a target listed twice stays where it is.
    let mut keys: Vec<(u64, u32, u32)> = ranked
        .iter()
        .zip(rows)
        .zip(0_u32..)
        .map(|((ranked, row), place)| (!ascending(ranked.score), row.number, place))
        .collect();
    keys.sort_unstable();
    keys.into_iter().filter_map(|(_, _, place)| ranked.get(place as usize).copied()).collect()
}

/// A number that is larger where the score is, in the order of [`f64::total_cmp`].
const fn ascending(score: f64) -> u64 {
    let bits = score.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn scored(order: Order, row: &Row, most: u32, ask: Ask<'_>) -> (f64, Terms) {
    match order {
        Order::Listed => (0.0, Terms::default()),
        Order::Balanced(weights) => {
            let penalty = penalty(row, weights, ask);
            let used = usage_weight(row.reading.used, most);
            let score = key(ask.seed, row.number, used * f64::from(1.0 - penalty));
            (score, terms([float(used), penalty]))
        }
        Order::Weighted => (key(ask.seed, row.number, f64::from(row.weight.max(0.0))), terms([row.weight])),
        Order::Adaptive(weights) => adaptive(row, weights, most, ask),
        Order::Fastest => fastest(row, ask),
        Order::Cheapest => (row.cost.map_or(f64::MIN, |cost| -dollars(cost)), terms([cost_term(row)])),
        Order::Strongest => strongest(row),
        Order::School => school(row),
    }
}

fn penalty(row: &Row, weights: Weights, ask: Ask<'_>) -> f32 {
    let history = ask.winners.get(..weights.history).unwrap_or(ask.winners);
    consecutive_penalty(row.number, history, weights.consecutive)
}

fn adaptive(row: &Row, weights: Weights, most: u32, ask: Ask<'_>) -> (f64, Terms) {
    let random = float(draw(ask.seed, row.number)) * weights.random;
    let health = f32::from(row.reading.health) / 100.0 * weights.health;
    let speed = speed(row.reading.first_ms) * weights.speed;
    let user = row.weight.clamp(0.0, 1.0) * weights.user;
    let penalty = penalty(row, weights, ask);
    let base = random + health + speed + user;
    let score = base * balance(row.reading.used, most) - penalty;
    (f64::from(score), [random, health, speed, user, penalty])
}

/// The time until the whole answer, longer for what often fails: somebody else must be asked then.
#[expect(clippy::cast_precision_loss, reason = "tokens of one answer")]
fn fastest(row: &Row, ask: Ask<'_>) -> (f64, Terms) {
    let first = row.reading.first_ms.unwrap_or(UNKNOWN_FIRST_MS);
    let rest = row.reading.tokens_per_s.map_or(0.0, |speed| ask.out_tokens as f32 / speed * 1000.0);
    let success = row.reading.success.unwrap_or(UNKNOWN_SUCCESS);
    let time = f64::from(first + rest) / f64::from(success.max(0.05));
    (-time, terms([first, rest, success]))
}

fn strongest(row: &Row) -> (f64, Terms) {
    let size = f32::from(row.size as u8);
    let context = float_of(row.context.unwrap_or(0));
    // A grade is worth more than any size, a size more than any context: 2^40 tokens are not reached.
    let score =
        f64::from(row.grade.unwrap_or(0.0)) * 1e6 + f64::from(size) * 10.0 + f64::from(context) / 1e12;
    (score, terms([row.grade.unwrap_or(f32::NAN), size, context]))
}

fn school(row: &Row) -> (f64, Terms) {
    let size = f32::from(row.size as u8);
    let head = if row.head { 1.0 } else { 0.0 };
    let cost = row.cost.map_or(f64::from(f32::MAX), dollars).min(1e6);
    // Without any grade: the larger model first, of two alike the cheaper one.
    let score =
        f64::from(head) * 1e12 + f64::from(row.grade.unwrap_or(0.0)) * 1e9 + f64::from(size) * 1e7 - cost;
    (score, terms([head, row.grade.unwrap_or(f32::NAN), size, cost_term(row)]))
}

fn cost_term(row: &Row) -> f32 {
    row.cost.map_or(f32::NAN, |cost| float(dollars(cost)))
}

#[expect(clippy::cast_precision_loss, reason = "shown and compared, not added up")]
fn dollars(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[expect(clippy::cast_possible_truncation, reason = "shown to people")]
fn float(number: f64) -> f32 {
    number as f32
}

#[expect(clippy::cast_precision_loss, reason = "compared, not added up")]
fn float_of(number: u64) -> f32 {
    number as f32
}

fn terms<const N: usize>(some: [f32; N]) -> Terms {
    let mut all = Terms::default();
    for (term, given) in all.iter_mut().zip(some) {
        *term = given;
    }
    all
}

#[cfg(test)]
mod tests;
