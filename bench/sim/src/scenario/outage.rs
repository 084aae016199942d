//! (c) A provider dies three times, each time in another way, and returns.

use super::{Goal, Results, Scenario, s};
use crate::policy::wye::Setting;
use crate::run::{Row, Who};
use crate::spec::{How, Spec, Trouble};

pub(super) const JUDGED: &str = "**Wye** ordered";

pub(super) fn scenario() -> Scenario {
    let mut specs: Vec<Spec> =
        [("main", 350.0), ("second", 500.0), ("third", 700.0)].map(|(name, ms)| Spec::new(name, ms)).into();
    let trouble = |from, long: u64, how| Trouble { from: s(from), to: s(from + long), how };
    // Of lengths that no ladder meets by chance.
    specs[0].troubles = vec![
        trouble(300, 305, How::Unreachable),
        trouble(1200, 240, How::Status(503)),
        trouble(2100, 320, How::Silent),
        trouble(3300, 95, How::Silent),
        trouble(4200, 47, How::Unreachable),
        trouble(5100, 130, How::Status(503)),
    ];
    Scenario {
        name: "outage",
        title: "(c) Outage: a provider dies and returns",
        about: "A hundred minutes at 60 requests a minute. The first provider of three is gone six times, from 47 s to over \
                five minutes: twice no connection, twice 503, twice silence."
            .to_owned(),
        length: s(6000),
        per_minute: 60.0,
        specs,
        wye: vec![
            Row { name: JUDGED, who: Who::Wye(Setting::new("strategy: ordered")) },
            Row { name: "**Wye** balanced", who: Who::Wye(Setting::new("strategy: balanced")) },
            Row { name: "**Wye** adaptive", who: Who::Wye(Setting::new("strategy: adaptive")) },
        ],
        goals,
    }
}

fn goals(results: &Results) -> Vec<Goal> {
    [JUDGED, "**Wye** balanced", "**Wye** adaptive"]
        .into_iter()
        .flat_map(|row| judged(results, row))
        .collect()
}

fn judged(results: &Results, row: &str) -> Vec<Goal> {
    results.judge(row, |row| {
        let errors = row.asked - row.firsts.len();
        let back = row.back_after();
        let found = back.map_or_else(|| "never".to_owned(), |back| format!("{:.1} s", back.as_secs_f64()));
        vec![
            Goal::new("no client error", errors.to_string(), errors == 0),
            Goal::new("back in use within 60 s", found, back.is_some_and(|back| back <= s(60))),
        ]
    })
}
