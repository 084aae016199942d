//! The rows of a table: who decides, and what was told to whom.

use super::exam::Questions;
use super::fleet::Fleet;
use super::plan::{Judge, Plan};
use crate::policy::smart_route::Selector;
use crate::policy::wye::Setting;

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Who decides.
    pub who: Who,
    /// What of it the table shows.
    pub kind: Kind,
}

/// Of which kind a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What nobody can do who does not know how it will end.
    Oracle,
    /// One model for all.
    Single,
    /// Baselines and replicas.
    Other,
    /// Wye.
    Wye,
}

/// Who decides.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// A plan that stands beforehand.
    Plan(Plan),
    /// The baseline.
    RoundRobin,
    /// SmartRoute with all models in one tier.
    SmartRoute(Selector),
    /// GopherGate with all models in one group, the cheapest first.
    GopherGate,
    /// LLM Gateway with the models in the order of their price.
    LlmGateway,
    /// SMLGateway after its exam.
    SmlGateway,
    /// Wye's formula after an exam, told what it would guess of requests.
    Told(Questions),
    /// Wye after an exam.
    Wye(Setting, Questions),
}

/// The name of the row that goals are of.
pub const AUTO: &str = "**`wye/auto`**";

/// The name of a row of Wye.
#[must_use]
pub fn name(what: &str, questions: Questions) -> String {
    match questions {
        Questions::None => what.to_owned(),
        Questions::Each(1) => format!("{what}, 1 question a category"),
        Questions::Each(questions) => format!("{what}, {questions} questions a category"),
        Questions::Sml => format!("{what}, SMLGateway's 25 questions"),
    }
}

/// All rows of a fleet, in the order of the table.
#[must_use]
pub fn rows(fleet: &Fleet) -> Vec<Row> {
    let planned = |name: &str, plan, kind| Row { name: name.to_owned(), who: Who::Plan(plan), kind };
    let other = |name: &str, who| Row { name: name.to_owned(), who, kind: Kind::Other };
    let mut rows = vec![
        planned("oracle: the cheapest that is right", Plan::Oracle, Kind::Oracle),
        planned("knows all chances, money no matter", Plan::Likeliest, Kind::Oracle),
        planned("knows all chances, money at `wye/auto`'s worth", Plan::Knowing, Kind::Oracle),
    ];
    let told = "`wye/auto`'s formula, 50 questions a category, told category and difficulty";
    rows.push(Row { name: told.to_owned(), who: Who::Told(Questions::Each(50)), kind: Kind::Oracle });
    rows.extend(fleet.members.iter().enumerate().map(|(place, member)| {
        planned(&format!("always `{}`", member.spec.name), Plan::Single(place), Kind::Single)
    }));
    rows.extend([
        planned("random", Plan::Random, Kind::Other),
        other("round robin", Who::RoundRobin),
        other("SmartRoute sequential, one tier", Who::SmartRoute(Selector::Sequential)),
        other("SmartRoute random, one tier", Who::SmartRoute(Selector::Random)),
        other("SmartRoute adaptive, one tier", Who::SmartRoute(Selector::Adaptive)),
        planned("SmartRoute, three tiers by words", Plan::Tiers(Judge::Words), Kind::Other),
        planned(
            "SmartRoute, three tiers, a perfect judge for nothing",
            Plan::Tiers(Judge::Perfect),
            Kind::Other,
        ),
        other("GopherGate, cheapest first, dearest last", Who::GopherGate),
        other("LLM Gateway, cheapest first", Who::LlmGateway),
        other("SMLGateway after its exam of 25 questions", Who::SmlGateway),
    ]);
    rows.extend(wye());
    rows
}

fn wye() -> impl Iterator<Item = Row> {
    use Questions::{Each, None, Sml};
    let learned = |worth| Setting::new(worth);
    let sober = Setting { strategy: Some("learned"), ..Setting::own("wye/auto") };
    let each: [(&str, Setting, &[Questions]); 8] = [
        (AUTO, Setting::own("wye/auto"), &[None, Sml, Each(1), Each(5), Each(20), Each(50)]),
        ("`wye/auto` where nothing may be tried", sober, &[None, Each(5), Each(20)]),
        (
            "`learned`, a point for $0.0001",
            learned("strategy: learned, worth: { dollars: 0.0001 }"),
            &[None, Each(20)],
        ),
        (
            "`learned`, a point for $0.01",
            learned("strategy: learned, worth: { dollars: 0.01 }"),
            &[None, Each(20)],
        ),
        (
            "`cheapest`, within 5 points of the best",
            Setting::new("strategy: cheapest, cheapest: { tolerance: 0.05 }"),
            &[None, Each(20)],
        ),
        ("`wye/cheap`", Setting::own("wye/cheap"), &[None]),
        ("`wye/strong`", Setting::own("wye/strong"), &[None, Each(20)]),
        ("`school`", Setting::new("strategy: school"), &[None, Each(20)]),
    ];
    each.into_iter().flat_map(|(what, setting, exams)| {
        exams.iter().map(move |questions| Row {
            name: name(what, *questions),
            who: Who::Wye(setting, *questions),
            kind: Kind::Wye,
        })
    })
}
