//! What an earlier process learned of quotas and still holds. Their limits keep what was used and what the provider said;
//! which quotas there are is read from the names of those limits.

use std::time::Duration;

use wye_limits::{CellId, Measure, Moment};

use super::learn::{LEARNED_FOR, Learnt};
use super::{Of, Quotas, Span};

/// What the name of the time begins with, where only the provider counts.
const TOLD: &str = "told";
const DAY_S: u64 = 24 * 3600;

/// The name of the time of a quota that only the provider counts.
pub(super) fn told_of(span: Span) -> String {
    match span {
        Span::Seconds(seconds) => format!("{TOLD} {seconds} s"),
        Span::Unknown => TOLD.to_owned(),
    }
}

impl Of {
    /// What tells its limit from others of the same owner and measure.
    pub(super) const fn mark(self) -> &'static str {
        match self {
            Self::Input => " (input)",
            Self::Output => " (output)",
            Self::Requests | Self::Tokens | Self::Concurrent => "",
        }
    }
}

impl Quotas {
    /// Learns again what an earlier process has learned.
    pub(super) fn remember(&self, now: Moment) {
        for account in &self.accounts {
            let owner = format!("{} ", account.owner);
            let words = self.cells.words(&owner, now);
            let named = words.iter().filter_map(|(id, word)| {
                let (model, of, span, counts) = read(id, id.owner.strip_prefix(&owner)?)?;
                Some((counts, model, of, span, word))
            });
            let mut named: Vec<_> = named.collect();
            // Of two of the same the one that counts comes last and stays.
            named.sort_by_key(|(counts, ..)| *counts);
            for (counts, model, of, span, word) in named {
                let since = Duration::from_millis(now.unix_ms.saturating_sub(word.heard_ms));
                let Some(rest) = LEARNED_FOR.checked_sub(since) else { continue };
                let slot =
                    self.slot(&format!("{owner}{model}"), (of, span), counts.then_some(word.limit), now);
                account.learned.add(
                    model,
                    now.mono,
                    Learnt::new(slot, counts, now.mono.saturating_add(rest)),
                );
            }
        }
    }
}

/// Of which model it is, what it counts, over which time, and whether we count too.
fn read<'n>(id: &CellId, named: &'n str) -> Option<(&'n str, Of, Span, bool)> {
    let marked = |of: Of| Some((named.strip_suffix(of.mark())?, of));
    let (model, of) = match id.measure {
        Measure::Requests => (named, Of::Requests),
        Measure::Tokens => marked(Of::Input).or_else(|| marked(Of::Output)).unwrap_or((named, Of::Tokens)),
        Measure::Money | Measure::Concurrent => return None,
    };
    let seconds = |text: &str| text.strip_suffix(" s")?.parse().ok().map(Span::Seconds);
    let (span, counts) = match id.period.strip_prefix(TOLD) {
        Some("") => (Span::Unknown, false),
        Some(span) => (seconds(span.trim_start())?, false),
        None if id.period.starts_with("day ") => (Span::Seconds(DAY_S), true),
        None => (seconds(&id.period)?, true),
    };
    Some((model, of, span, counts))
}
