//! The situations that policies are put into, and what Wye has to reach in each.

mod cost;
mod outage;
mod quota;
mod storm;
mod tail;

use std::time::Duration;

use crate::run::Row;
use crate::spec::Spec;
use crate::tally::Tally;

/// A situation.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// One word, for the command line.
    pub name: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What happens, for readers of the table.
    pub about: String,
    /// How long requests arrive.
    pub length: Duration,
    /// How many in a minute, in the mean.
    pub per_minute: f64,
    /// The providers, in the order in which they are configured.
    pub specs: Vec<Spec>,
    /// Wye's settings.
    pub wye: Vec<Row>,
    /// What has to be reached.
    pub goals: fn(&Results) -> Vec<Goal>,
}

/// The figures of all rows.
#[derive(Debug)]
pub struct Results {
    /// Baseline, replicas, Wye.
    pub tallies: Vec<Tally>,
}

/// What has to be reached, and whether it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// What.
    pub what: String,
    /// What was measured.
    pub found: String,
    /// Whether it is met.
    pub met: bool,
}

impl Goal {
    fn new(what: impl Into<String>, found: impl Into<String>, met: bool) -> Self {
        Self { what: what.into(), found: found.into(), met }
    }
}

impl Results {
    /// A row by its name.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&Tally> {
        self.tallies.iter().find(|tally| tally.name == name)
    }

    /// The goals of a row; one that is missing meets none.
    fn judge(&self, name: &str, goals: impl FnOnce(&Tally) -> Vec<Goal>) -> Vec<Goal> {
        let missing = || vec![Goal::new(name, "no such row", false)];
        let mut goals = self.row(name).map_or_else(missing, goals);
        for goal in &mut goals {
            goal.what = format!("{name}: {}", goal.what);
        }
        goals
    }
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    let mut all = vec![quota::scenario(), tail::scenario(), outage::scenario()];
    all.extend(storm::scenarios());
    all.push(cost::scenario());
    all
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
