//! Rules about the gateway itself.

use wye_types::Severity::{Note, Soon, Urgent};

use super::Remedy::{OpenDeployment, OpenSettings, OpenStatus, OpenUsers};
use super::{Advice, Facts};

/// Deployments without a price that are told one by one; they are found in the list of models too.
const MOST_UNPRICED: usize = 5;

pub(super) fn advise(facts: &Facts) -> Vec<Advice> {
    let mut all: Vec<Advice> = facts.ailments.iter().map(|(kind, what)| ailment(kind, what)).collect();
    if facts.is_open {
        let message = "there are no client keys: whoever reaches the gateway may use it".to_owned();
        all.push(Advice::new("no_client_keys", Note, OpenSettings, "", message));
    }
    if facts.single_factor > 0 {
        let count = facts.single_factor;
        let message = match count {
            1 => "an administrator has no second factor".to_owned(),
            count => format!("{count} administrators have no second factor"),
        };
        let advice = Advice::new("no_second_factor", Note, OpenUsers, "", message);
        all.push(advice.with("count", count as u64));
    }
    all.extend(facts.unpriced.iter().take(MOST_UNPRICED).map(|(name, count)| {
        let message =
            format!("nobody knows what {name} costs: {count} requests of the last day count for nothing");
        Advice::new("unpriced", Note, OpenDeployment, name, message).with("count", *count)
    }));
    all
}

/// What does not work as it should. Old facts about models hurt least.
fn ailment(kind: &'static str, what: &str) -> Advice {
    let severity = if kind == "catalog" { Soon } else { Urgent };
    Advice::new("degraded", severity, OpenStatus, kind, what.to_owned()).with("part", kind)
}
