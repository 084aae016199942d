//! Rows to an order, with the terms of each score for whoever asks why.

use wye_fleet::Glance;
use wye_fleet::deployment::{UNKNOWN_FIRST_MS, UNKNOWN_SUCCESS};
use wye_profile::Category;

use super::adaptive::{Weights, balance, consecutive_penalty, speed, usage_weight};
use super::draw::{draw, key};
use super::learned::{Worth, learned};
use super::school::{cheapest, school, strongest};
use crate::quality::{Leaning, Quality, Standing};

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
    pub reading: Glance,
    /// What this request is expected to cost there, in nano-dollars.
    pub cost: Option<u64>,
    /// Tokens of context.
    pub context: Option<u64>,
    /// How large its model is.
    pub size: Size,
    /// How well it is expected to answer, where the strategy goes by that.
    pub mark: Mark,
}

/// How well a deployment is expected to answer a request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mark {
    /// Its grade in the request's category, from 0 to 1.
    pub grade: Option<f32>,
    /// Whether it is the head teacher of that category.
    pub head: bool,
    /// What is expected of it; `None`: nobody worked it out.
    pub quality: Option<Quality>,
}

impl Mark {
    /// The mark of a deployment for a request.
    #[must_use]
    pub fn of(standing: &Standing, leaning: &Leaning) -> Self {
        let quality = Some(standing.merit.expected(leaning));
        let Some(report) = standing.report.as_deref() else { return Self { quality, ..Self::default() } };
        let top = leaning.top();
        Self { grade: report.grade(top).map(|grade| grade.value), head: report.is_head(top), quality }
    }
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
    /// By what the request is expected to cost, among those that are expected to answer no worse than the best by more than
    /// this; `None`: among all.
    Cheapest(Option<f32>),
    /// By what is expected of it, then size, then context.
    Strongest,
    /// By who teaches the request's category, then grade, then what is expected; in one category, whatever the request is
    /// about, if there is one.
    School(Option<Category>),
    /// By what an answer is expected to be worth, in one category if there is one.
    Learned(Option<Category>, Worth),
}

/// What is known of a request and its route when they are ordered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// Where chance comes from.
    pub seed: u64,
    /// Numbers of the deployments that answered last, newest first.
    pub winners: &'a [u32],
    /// Tokens of the prompt.
    pub tokens: u32,
    /// Tokens that the answer is expected to have.
    pub out_tokens: u32,
    /// Whether what is not known well may be tried.
    pub explores: bool,
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
            Self::Cheapest(_) => "cheapest",
            Self::Strongest => "strongest",
            Self::School(_) => "school",
            Self::Learned(..) => "learned",
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
            Self::Cheapest(_) => &["cost_usd", "quality"],
            Self::Strongest => &["quality", "size", "context"],
            Self::School(_) => &["head", "grade", "quality", "size", "cost_usd"],
            Self::Learned(..) => &["quality", "sd", "cost", "wait", "chance"],
        }
    }

    /// Whether it goes by how well deployments answer, so that rows need a mark.
    #[must_use]
    pub const fn reads_marks(self) -> bool {
        matches!(self, Self::Cheapest(Some(_)) | Self::Strongest | Self::School(_) | Self::Learned(..))
    }

    /// The category that it goes by, whatever the request is about.
    #[must_use]
    pub const fn category(self) -> Option<Category> {
        match self {
            Self::School(category) | Self::Learned(category, _) => category,
            _ => None,
        }
    }

    /// Whether it goes by what the request is about, or how hard it is.
    #[must_use]
    pub const fn reads_leaning(self) -> bool {
        self.reads_marks() && !matches!(self, Self::School(Some(_)))
    }
}

/// Orders rows. All of them come out.
#[must_use]
pub fn rank(order: Order, rows: &[Row], ask: Ask<'_>) -> Vec<Ranked> {
    let most = rows.iter().map(|row| row.reading.used).max().unwrap_or(0);
    let alone = || {
        let scored = rows.iter().enumerate().map(|(place, row)| {
            let (score, terms) = scored(order, row, most, ask);
            Ranked { row: place, score, terms }
        });
        scored.collect::<Vec<_>>()
    };
    let mut ranked = match order {
        Order::Cheapest(within) => cheapest(rows, within),
        Order::Learned(_, worth) => learned(rows, worth, ask),
        _ => alone(),
    };
    for one in ranked.iter_mut().filter(|one| one.score.is_nan()) {
        one.score = f64::MIN;
    }
    if order == Order::Listed {
        return ranked;
    }
    // What is sorted is small: a fleet may have ten thousand. Equals are in the order of their numbers, not of their
    // places; a target listed twice stays where it is.
    // One number each, as that is compared without a branch.
    let mut keys: Vec<u128> = ranked
        .iter()
        .zip(rows)
        .zip(0_u32..)
        .map(|((ranked, row), place)| {
            u128::from(!ascending(ranked.score)) << 64 | u128::from(row.number) << 32 | u128::from(place)
        })
        .collect();
    keys.sort_unstable();
    keys.into_iter().filter_map(|key| ranked.get((key & u128::from(u32::MAX)) as usize).copied()).collect()
}

/// A number that is larger where the score is, in the order of [`f64::total_cmp`].
const fn ascending(score: f64) -> u64 {
    let bits = score.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn scored(order: Order, row: &Row, most: u32, ask: Ask<'_>) -> (f64, Terms) {
    match order {
        // What is weighed beside the others was weighed.
        Order::Listed | Order::Cheapest(_) | Order::Learned(..) => (0.0, Terms::default()),
        Order::Balanced(weights) => {
            let penalty = penalty(row, weights, ask);
            let used = usage_weight(row.reading.used, most);
            let score = key(ask.seed, row.number, used * f64::from(1.0 - penalty));
            (score, terms([float(used), penalty]))
        }
        Order::Weighted => (key(ask.seed, row.number, f64::from(row.weight.max(0.0))), terms([row.weight])),
        Order::Adaptive(weights) => adaptive(row, weights, most, ask),
        Order::Fastest => fastest(row, ask),
        Order::Strongest => strongest(row),
        Order::School(_) => school(row),
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

pub(super) fn cost_term(row: &Row) -> f32 {
    row.cost.map_or(f32::NAN, |cost| float(dollars(cost)))
}

#[expect(clippy::cast_precision_loss, reason = "shown and compared, not added up")]
pub(super) fn dollars(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[expect(clippy::cast_possible_truncation, reason = "shown to people")]
pub(super) fn float(number: f64) -> f32 {
    number as f32
}

#[expect(clippy::cast_precision_loss, reason = "compared, not added up")]
pub(super) fn float_of(number: u64) -> f32 {
    number as f32
}

pub(super) fn terms<const N: usize>(some: [f32; N]) -> Terms {
    let mut all = Terms::default();
    for (term, given) in all.iter_mut().zip(some) {
        *term = given;
    }
    all
}

#[cfg(test)]
mod tests;
