//! (a) Eight free tiers, asked for nine tenths of what they give.

use super::{Goal, Results, Scenario, s};
use crate::ask::MEAN_TOKENS;
use crate::policy::wye::Setting;
use crate::run::{Row, Who};
use crate::spec::{Limits, Spec, Vendor};
use crate::window::Back;

/// The share of what all tiers give together that is asked for.
const LOAD: f64 = 0.9;

fn tier(name: &'static str, vendor: Vendor, first_ms: f64, limits: Limits) -> Spec {
    Spec { vendor, limits, ..Spec::new(name, first_ms) }
}

fn tiers() -> Vec<Spec> {
    let limits = |rpm, tpm, rpd, back| Limits { rpm, tpm, rpd, back };
    vec![
        tier("groq", Vendor::Groq, 250.0, limits(Some(30), Some(6_000), Some(14_400), Back::Evenly)),
        tier("cerebras", Vendor::Cerebras, 220.0, limits(Some(30), Some(60_000), Some(14_400), Back::AtOnce)),
        tier("google", Vendor::Google, 600.0, limits(Some(15), Some(250_000), Some(1_500), Back::AtOnce)),
        tier("mistral", Vendor::Mistral, 500.0, limits(Some(30), Some(12_000), None, Back::AtOnce)),
        tier("openrouter-free", Vendor::OpenRouter, 900.0, limits(Some(20), None, Some(1_000), Back::AtOnce)),
        tier("nim", Vendor::Mute, 800.0, limits(Some(40), None, None, Back::Sliding)),
        tier("samba", Vendor::GitHub, 400.0, limits(Some(20), Some(30_000), Some(12_000), Back::Sliding)),
        tier("github-free", Vendor::GitHub, 700.0, limits(Some(10), Some(8_000), Some(150), Back::Sliding)),
    ]
}

const JUDGED: &str = "**Wye** balanced, limits configured";
const LEARNED: &str = "**Wye** ordered, limits learned";

const ARRANGED: &str = "**Wye** ordered by an operator who has thought of the days";
/// What no day limits first, then what its day limits least.
const BY_DAY: &[&str] =
    &["mistral", "nim", "groq", "cerebras", "samba", "google", "openrouter-free", "github-free"];

pub(super) fn scenario() -> Scenario {
    let specs = tiers();
    let sum: f64 = specs.iter().map(|spec| spec.limits.sustained(MEAN_TOKENS)).sum();
    let setting = |limits| Who::Wye(Setting { limits, ..Setting::new("strategy: ordered, wait: 5s") });
    Scenario {
        name: "quota",
        title: "(a) Quota: eight free tiers at 90 % of their sum",
        about: format!(
            "A day of Poisson arrivals, {:.1} requests a minute: 90 % of the {sum:.1} that the tiers' requests and tokens a \
             minute and requests a day allow together. Four of them tell of their limits in headers, each in its vendor's \
             words; minutes roll, begin with the clock or refill. Requests may wait for 5 s.",
            sum * LOAD
        ),
        length: s(86_400),
        per_minute: sum * LOAD,
        specs,
        wye: vec![
            Row { name: "**Wye** ordered, limits configured", who: setting(true) },
            Row { name: JUDGED, who: Who::Wye(Setting::new("strategy: balanced, wait: 5s")) },
            Row {
                name: "**Wye** adaptive, limits configured",
                who: Who::Wye(Setting::new("strategy: adaptive, wait: 5s")),
            },
            Row { name: LEARNED, who: setting(false) },
            Row {
                name: ARRANGED,
                who: Who::Wye(Setting { order: BY_DAY, ..Setting::new("strategy: ordered, wait: 5s") }),
            },
        ],
        goals,
    }
}

fn goals(results: &Results) -> Vec<Goal> {
    results.judge(JUDGED, |row| {
        vec![
            Goal::new("success ≥ 99.5 %", format!("{:.2} %", row.success()), row.success() >= 99.5),
            Goal::new(
                "429s of providers ≤ 0.5 % of calls",
                format!("{:.2} %", row.limited()),
                row.limited() <= 0.5,
            ),
        ]
    })
}
