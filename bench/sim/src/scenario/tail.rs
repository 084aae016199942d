//! (b) One deployment of five falls silent on a fifth of its requests.

use super::{Goal, Results, Scenario, s};
use crate::policy::wye::Setting;
use crate::run::{Row, Who};
use crate::spec::Spec;

const JUDGED: &str = "**Wye** balanced, hedged";
/// What is cut: the same strategy, not hedged.
const BASELINE: &str = "**Wye** balanced";

const fn row(name: &'static str, route: &'static str) -> Row {
    Row { name, who: Who::Wye(Setting::new(route)) }
}

pub(super) fn scenario() -> Scenario {
    let mut specs: Vec<Spec> =
        [("one", 400.0), ("two", 420.0), ("three", 440.0), ("four", 460.0), ("five", 480.0)]
            .map(|(name, ms)| Spec::new(name, ms))
            .into();
    specs[0].stalls = Some((0.2, s(12)));
    Scenario {
        name: "tail",
        title: "(b) Tail: one deployment of five stalls on 20 % of its requests",
        about: "An hour at 60 requests a minute. The first deployment sends the head of its answer and then nothing for \
                12 s, one time in five."
            .to_owned(),
        length: s(3600),
        per_minute: 60.0,
        specs,
        wye: vec![
            row("**Wye** ordered", "strategy: ordered"),
            row("**Wye** balanced", "strategy: balanced"),
            row("**Wye** adaptive", "strategy: adaptive"),
            row("**Wye** fastest", "strategy: fastest"),
            row("**Wye** ordered, hedged", "strategy: ordered, hedge: { contenders: 2 }"),
            row(JUDGED, "strategy: balanced, hedge: { contenders: 2 }"),
            row("**Wye** adaptive, hedged", "strategy: adaptive, hedge: { contenders: 2 }"),
            row("**Wye** fastest, hedged", "strategy: fastest, hedge: { contenders: 2 }"),
        ],
        goals,
    }
}

fn goals(results: &Results) -> Vec<Goal> {
    let before = results.row(BASELINE).and_then(|row| row.first(0.99)).unwrap_or(0);
    results.judge(JUDGED, |row| {
        let after = row.first(0.99).unwrap_or(u128::MAX);
        let extra = row.calls().saturating_sub(row.asked);
        // The first hedge of a route is on the house.
        let few = extra.saturating_sub(1) * 20 <= row.asked;
        vec![
            Goal::new(
                "p99 of the first content at most a third of what it is without hedging",
                format!("{after} ms of {before} ms"),
                after.saturating_mul(3) <= before,
            ),
            Goal::new("extra requests ≤ 5 %", format!("{extra} of {}", row.asked), few),
        ]
    })
}
