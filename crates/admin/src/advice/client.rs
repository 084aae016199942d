//! Rules about client keys and what they may use.

use wye_types::Severity::{Note, Soon, Urgent};

use super::Remedy::{OpenKey, RaiseBudget};
use super::{Advice, Allowed, Facts, percent, words};

/// With less than this left of what a client may use, whoever pays should know before requests are refused.
const NEAR_PERCENT: u64 = 20;
/// A key is told of so long before it ends: a working week, to hand out another one.
const EXPIRES_MS: u64 = 7 * DAY_MS;
const DAY_MS: u64 = 86_400_000;

pub(super) fn advise(facts: &Facts) -> Vec<Advice> {
    let limits = facts.allowed.iter().filter_map(limit);
    let keys = facts.expiries.iter().filter_map(|(name, ends_ms)| expiry(name, *ends_ms, facts.now_ms));
    limits.chain(keys).collect()
}

/// What a key, a team, a tag or an end user may use, where it is used up or nearly.
fn limit(allowed: &Allowed) -> Option<Advice> {
    let Allowed { owner, provider: None, measure, period, limit, left, resets_in_ms } = allowed else {
        return None;
    };
    // A limit of nought forbids; nobody has used it up.
    if *limit == 0 {
        return None;
    }
    let used = 100 - percent(*left, *limit).min(100);
    let back = resets_in_ms.map(|ms| format!("; all of it is back in {}", words(ms))).unwrap_or_default();
    let what = match *measure {
        "money" => format!("its budget of {period}"),
        measure => format!("its {measure} of {period}"),
    };
    let (kind, severity, message) = match left {
        0 => {
            ("budget_used_up", Urgent, format!("{owner} has used up {what}: its requests are refused{back}"))
        }
        _ if percent(*left, *limit) < NEAR_PERCENT => {
            ("budget_near", Soon, format!("{owner} has used {used} % of {what}{back}"))
        }
        _ => return None,
    };
    let advice = Advice::new(kind, severity, RaiseBudget, owner, message);
    let advice = advice.with("measure", *measure).with("period", period.as_str()).with("percent", used);
    Some(advice.with("limit", *limit).with("left", *left).with("resets_in_ms", *resets_in_ms))
}

/// A key that ends soon, or ended lately.
fn expiry(name: &str, ends_ms: u64, now_ms: u64) -> Option<Advice> {
    let advice = match ends_ms.checked_sub(now_ms) {
        Some(left @ 0..EXPIRES_MS) => {
            let severity = if left < DAY_MS { Urgent } else { Soon };
            let message = format!("the client key {name} ends in {}", words(left));
            Advice::new("key_expires", severity, OpenKey, name, message)
        }
        None if now_ms - ends_ms < EXPIRES_MS => {
            let message = format!("the client key {name} ended {} ago", words(now_ms - ends_ms));
            Advice::new("key_expired", Note, OpenKey, name, message).since(Some(ends_ms))
        }
        _ => return None,
    };
    Some(advice.with("ends_ms", ends_ms))
}
