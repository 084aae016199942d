//! Limits and budgets.

use jiff::tz::TimeZone;

use crate::node::{Node, join};
use crate::quantity::time_zone;
use crate::{Budget, BudgetOf, BudgetPeriod, Limits, Problem, SharedBudget, WhenLost};

use super::whole;

/// Money is counted in nano-dollars.
const NANO: u32 = 9;

/// Limits under a key of a table; none if it is not there. `zone`: where days begin if nobody says.
pub(super) fn limits(of: &Node, key: &str, zone: &TimeZone) -> Limits {
    of.get(key).map(|node| read(node, zone)).unwrap_or_default()
}

/// Limits as they stand.
pub(super) fn read(node: &Node, zone: &TimeZone) -> Limits {
    Limits {
        rpm: whole(node, "rpm"),
        tpm: whole(node, "tpm"),
        rpd: whole(node, "rpd"),
        tpd: whole(node, "tpd"),
        tpr: whole(node, "tpr"),
        concurrent: whole(node, "concurrent"),
        time_zone: named_zone(node).unwrap_or_else(|| zone.clone()),
        soft: node.get("soft").and_then(Node::share),
        when_lost: when_lost(node),
    }
}

fn named_zone(node: &Node) -> Option<TimeZone> {
    node.get("time_zone").and_then(Node::text).and_then(time_zone)
}

fn when_lost(node: &Node) -> WhenLost {
    match node.get("when_lost").and_then(Node::text) {
        Some("refuse") => WhenLost::Refuse,
        _ => WhenLost::Local,
    }
}

/// The budgets of a key or team.
pub(super) fn budgets(of: &Node, path: &str, problems: &mut Vec<Problem>) -> Vec<Budget> {
    let path = join(path, "budgets");
    let mut budgets: Vec<Budget> = Vec::new();
    for (at, node) in of.get("budgets").map_or(&[][..], Node::items).iter().enumerate() {
        let path = format!("{path}[{at}]");
        let Some(budget) = budget(node, &path, problems) else { continue };
        if budgets.iter().any(|other| (other.per, &other.time_zone) == (budget.per, &budget.time_zone)) {
            let message = "there is a budget of this period already; keep the smaller one";
            problems.push(node.place.problem(&path, message));
        }
        budgets.push(budget);
    }
    budgets
}

fn budget(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Option<Budget> {
    if node.is_broken() {
        return None;
    }
    let mut missing = |key: &str, write: &str| {
        if node.get(key).is_none() {
            problems.push(node.place.problem(path, format!("{key} is missing; write {write}")));
        }
    };
    missing("usd", "usd: and how many dollars may be spent");
    missing("per", "per: day, week, month or total");
    let per = match node.get("per").and_then(Node::text)? {
        "day" => BudgetPeriod::Day,
        "week" => BudgetPeriod::Week,
        "month" => BudgetPeriod::Month,
        _ => BudgetPeriod::Total,
    };
    Some(Budget {
        nano: node.get("usd").and_then(|usd| usd.dollars(NANO))?,
        per,
        time_zone: named_zone(node).unwrap_or(TimeZone::UTC),
        allow_unpriced: node.get("allow_unpriced").and_then(Node::flag).unwrap_or(false),
        soft: node.get("soft").and_then(Node::share),
        when_lost: when_lost(node),
    })
}

/// The budgets of tags and end users.
pub(super) fn shared(root: &Node, problems: &mut Vec<Problem>) -> Vec<SharedBudget> {
    let mut shared = Vec::new();
    for entry in root.get("budgets").map_or(&[][..], Node::entries) {
        let (node, path) = (&entry.node, join("budgets", &entry.key));
        if node.is_broken() {
            continue;
        }
        let tag = node.get("tag");
        let each_user = node.get("each_user");
        let of = match (tag.and_then(Node::text), each_user.and_then(Node::flag)) {
            (Some(tag), None | Some(false)) => Some(BudgetOf::Tag(tag.to_owned())),
            (None, Some(true)) if tag.is_none() => Some(BudgetOf::EachUser),
            // What is wrong by itself has been reported.
            _ if tag.is_some_and(Node::is_broken) || each_user.is_some_and(Node::is_broken) => None,
            _ => {
                let message = "write whose it is: either tag: NAME or each_user: true";
                problems.push(entry.place.problem(&path, message));
                None
            }
        };
        let budget = budget(node, &path, problems);
        shared.extend(of.zip(budget).map(|(of, budget)| SharedBudget {
            name: entry.key.clone(),
            of,
            budget,
        }));
    }
    shared
}
