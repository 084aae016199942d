//! (e) Equal models at three prices, of which the cheaper ones have limits.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Goal, Results, Scenario, s};
use crate::policy::wye::Setting;
use crate::run::{Row, Who};
use crate::spec::{Limits, Spec, Vendor};
use crate::tally::{Tally, percent};
use crate::window::Back;

/// Requests a minute of the cheapest.
const CHEAP: usize = 30;
const JUDGED: &str = "**Wye** cheapest";

pub(super) fn scenario() -> Scenario {
    let priced = |name, first_ms, price, rpm| Spec {
        price,
        vendor: Vendor::GitHub,
        limits: Limits { rpm, back: Back::Sliding, ..Limits::NONE },
        ..Spec::new(name, first_ms)
    };
    Scenario {
        name: "cost",
        title: "(e) Cost: equal models at three prices",
        about: "An hour at 45 requests a minute. The cheapest takes 30 a minute, the next 30, the dearest, which is \
                configured first and answers soonest, any number. Dollars per million tokens: 0.1 and 0.4, 0.5 and 2, \
                2.5 and 10."
            .to_owned(),
        length: s(3600),
        per_minute: 45.0,
        specs: vec![
            priced("dear", 350.0, (2_500, 10_000), None),
            priced("middle", 450.0, (500, 2_000), Some(30)),
            priced("cheap", 600.0, (100, 400), Some(CHEAP as u64)),
        ],
        wye: vec![Row { name: JUDGED, who: Who::Wye(Setting::new("strategy: cheapest")) }],
        goals,
    }
}

/// How many of the requests the cheapest could have taken, had it been offered every one.
fn most(row: &Tally) -> usize {
    let mut times: Vec<Duration> =
        row.served.iter().flat_map(|served| served.times.iter().copied()).collect();
    times.sort_unstable();
    let mut taken: VecDeque<Duration> = VecDeque::new();
    let mut count = 0;
    for at in times {
        while taken.front().is_some_and(|first| *first + s(60) <= at) {
            taken.pop_front();
        }
        if taken.len() < CHEAP {
            taken.push_back(at);
            count += 1;
        }
    }
    count
}

fn goals(results: &Results) -> Vec<Goal> {
    results.judge(JUDGED, |row| {
        let answered = |name: &str| row.served.iter().find(|s| s.name == name).map_or(0, |s| s.answered);
        let carried = percent(answered("cheap"), most(row));
        let dear = percent(answered("dear"), row.asked);
        vec![
            Goal::new(
                "the cheapest carries ≥ 95 % of what it could",
                format!("{carried:.1} %"),
                carried >= 95.0,
            ),
            Goal::new(
                "the dearest serves ≤ 2 %, what comes while both others are full",
                format!("{dear:.1} %"),
                dear <= 2.0,
            ),
        ]
    })
}
