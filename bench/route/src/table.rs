//! Tables of figures with their intervals.

use wye_train::measure::{Choice, curve, interval};

use crate::SEED;

/// The head of a table of routers.
pub(crate) const ROUTERS: &str = "| router | APGR | 95 % interval | CPT50 | CPT80 |\n|---|--:|---|--:|--:|\n";

/// A row of it.
pub(crate) fn router(name: &str, choices: &[Choice]) -> String {
    let found = curve(choices);
    let (low, high) = interval(choices, SEED, |drawn| curve(drawn).apgr);
    format!(
        "| {name} | {:.3} | {low:.3}–{high:.3} | {:.1} % | {:.1} % |\n",
        found.apgr, found.cpt50, found.cpt80
    )
}

/// A share of right ones with its interval, in percent.
pub(crate) fn share(right: &[bool]) -> String {
    let part = |rows: &[bool]| rows.iter().filter(|right| **right).count() as f64 / rows.len().max(1) as f64;
    let (low, high) = interval(right, SEED, part);
    format!("{:.1} % ({:.1}–{:.1})", 100.0 * part(right), 100.0 * low, 100.0 * high)
}
