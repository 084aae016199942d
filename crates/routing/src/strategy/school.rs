//! Strategies that go by how well deployments answer: `school`, `strongest`, and `cheapest` among those that are good enough.

use super::rank::{Ranked, Row, Terms, cost_term, dollars, float_of, terms};
use crate::grades::NEUTRAL;

/// The head teacher of the category, then the grade in it (SMLGateway, reference §6.3; who was never examined has a neutral
/// 50, §4 [H]). Of those that are graded alike, as all are where nobody was examined, whoever is expected to be better, then
/// the larger, then the cheaper.
pub(super) fn school(row: &Row) -> (f64, Terms) {
    let size = f32::from(row.size as u8);
    let head = if row.mark.head { 1.0 } else { 0.0 };
    let grade = row.mark.grade.unwrap_or(NEUTRAL);
    let quality = row.mark.quality.map_or(0.0, |quality| quality.mean);
    let cost = row.cost.map_or(f64::from(f32::MAX), dollars).min(1e3);
    // Each step is more than all behind it can make up for: a hundredth of a grade, then of quality.
    let score =
        f64::from(head) * 1e12 + f64::from(grade) * 1e10 + f64::from(quality) * 2e7 + f64::from(size) * 1e4
            - cost;
    let known = row.mark.quality.map_or(f32::NAN, |quality| quality.mean);
    (score, [head, row.mark.grade.unwrap_or(f32::NAN), known, size, cost_term(row)])
}

/// What is expected to answer best; a grade where nothing is expected. Then the larger, then what holds more.
pub(super) fn strongest(row: &Row) -> (f64, Terms) {
    let size = f32::from(row.size as u8);
    let context = float_of(row.context.unwrap_or(0));
    let quality = row.mark.quality.map(|quality| quality.mean).or(row.mark.grade);
    // Quality is worth more than any size, a size more than any context: 2^40 tokens are not reached.
    let score = f64::from(quality.unwrap_or(0.0)) * 1e6 + f64::from(size) * 10.0 + f64::from(context) / 1e12;
    (score, terms([quality.unwrap_or(f32::NAN), size, context]))
}

/// The lowest cost first, among those that are expected to answer no worse than the best by more than `within`. The others
/// stand behind them, the better the nearer, and what costs nobody knows how much behind all.
pub(super) fn cheapest(rows: &[Row], within: Option<f32>) -> Vec<Ranked> {
    let quality = |row: &Row| row.mark.quality.map(|quality| quality.mean).filter(|_| within.is_some());
    let best = rows.iter().filter(|row| row.cost.is_some()).filter_map(quality).fold(f32::MIN, f32::max);
    let rank = |(place, row): (usize, &Row)| {
        let lacks = quality(row).map_or(0.0, |own| best - own);
        let behind = if lacks > within.unwrap_or(f32::MAX) { 1e9 * (1.0 + f64::from(lacks)) } else { 0.0 };
        let score = row.cost.map_or(f64::MIN, |cost| -dollars(cost) - behind);
        Ranked { row: place, score, terms: terms([cost_term(row), quality(row).unwrap_or(f32::NAN)]) }
    };
    rows.iter().enumerate().map(rank).collect()
}
