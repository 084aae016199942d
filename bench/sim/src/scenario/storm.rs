//! (d) A provider refuses everything for two minutes, and says until when, or does not.

use super::{Goal, Results, Scenario, s};
use crate::policy::wye::Setting;
use crate::run::{Row, Who};
use crate::spec::{How, Spec, Trouble};

pub(super) const JUDGED: &str = "**Wye** ordered";

pub(super) fn scenarios() -> [Scenario; 2] {
    let scenario = |name, title, about: &str, how, goals| {
        let mut specs: Vec<Spec> = [("main", 350.0), ("second", 500.0), ("third", 700.0)]
            .map(|(name, ms)| Spec::new(name, ms))
            .into();
        // Of lengths that no ladder meets by chance.
        specs[0].troubles = [(300, 120), (900, 75), (1500, 200)]
            .map(|(from, long)| Trouble { from: s(from), to: s(from + long), how })
            .into();
        Scenario {
            name,
            title,
            about: about.to_owned(),
            length: s(2400),
            per_minute: 60.0,
            specs,
            wye: vec![
                Row { name: JUDGED, who: Who::Wye(Setting::new("strategy: ordered")) },
                Row { name: "**Wye** balanced", who: Who::Wye(Setting::new("strategy: balanced")) },
                Row { name: "**Wye** adaptive", who: Who::Wye(Setting::new("strategy: adaptive")) },
            ],
            goals,
        }
    };
    [
        scenario(
            "storm",
            "(d) 429 storm with Retry-After",
            "Forty minutes at 60 requests a minute. The first provider of three refuses everything three times, for 120, 75 \
             and 200 s, and says for how long.",
            How::StormTold,
            told,
        ),
        scenario(
            "storm-untold",
            "(d) 429 storm without Retry-After",
            "The same, but nobody says for how long: only asking finds out.",
            How::StormUntold,
            untold,
        ),
    ]
}

fn recovery(row: &crate::tally::Tally) -> Goal {
    let back = row.back_after();
    let found = back.map_or_else(|| "never".to_owned(), |back| format!("{:.1} s", back.as_secs_f64()));
    Goal::new("back in use within 10 s of the reset", found, back.is_some_and(|back| back <= s(10)))
}

fn no_error(row: &crate::tally::Tally) -> Goal {
    let errors = row.asked - row.firsts.len();
    Goal::new("no client error", errors.to_string(), errors == 0)
}

fn told(results: &Results) -> Vec<Goal> {
    results.judge(JUDGED, |row| {
        let closed = Goal::new(
            "no call into a window known to be closed",
            row.closed().to_string(),
            row.closed() == 0,
        );
        vec![closed, recovery(row), no_error(row)]
    })
}

fn untold(results: &Results) -> Vec<Goal> {
    results.judge(JUDGED, |row| vec![recovery(row), no_error(row)])
}
