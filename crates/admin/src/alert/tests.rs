//! What is told, round by round.

use std::collections::BTreeMap;

use super::*;
use crate::advice::Remedy;

const HOUR: u64 = 3_600_000;

fn advice(kind: &'static str, severity: Severity, subject: &str) -> Advice {
    Advice {
        kind,
        severity,
        subject: subject.to_owned(),
        since_ms: None,
        params: BTreeMap::from([("percent", 100.into())]),
        message: format!("{kind} of {subject}"),
        remedy: (Remedy::OpenStatus, String::new()),
    }
}

/// What stands, as a database would keep it.
#[derive(Default)]
struct Kept(Vec<Standing>);

impl Kept {
    /// A round; gives what it tells.
    fn round(&mut self, advice: &[Advice], policy: Policy, now_ms: u64) -> Vec<String> {
        let plan = plan(&self.0, advice, policy, now_ms);
        for change in plan.changes {
            match change {
                Change::Raised(it) => self.0.push(it),
                Change::Kept { was, is } => {
                    let place = self.0.iter().position(|it| *it == was).unwrap();
                    self.0[place] = is;
                }
                Change::Gone(it) => self.0.retain(|other| *other != it),
            }
        }
        let told = plan.messages.iter();
        told.map(|(state, it)| format!("{} {} {}", state.name(), it.kind, it.subject)).collect()
    }
}

const DAILY: Policy = Policy { least: Severity::Urgent, repeat_ms: Some(24 * HOUR) };

#[test]
fn it_is_told_when_it_begins_and_again_after_a_while_and_when_it_is_over() {
    let mut kept = Kept::default();
    let now = [advice("budget_used_up", Severity::Urgent, "key ci")];
    assert_eq!(kept.round(&now, DAILY, 0), ["raised budget_used_up key ci"]);
    assert!(kept.round(&now, DAILY, 1).is_empty());
    assert!(kept.round(&now, DAILY, 24 * HOUR - 1).is_empty());
    assert_eq!(kept.round(&now, DAILY, 24 * HOUR), ["still budget_used_up key ci"]);
    assert!(kept.round(&now, DAILY, 48 * HOUR - 1).is_empty());
    assert!(kept.round(&[], DAILY, 48 * HOUR).is_empty(), "one round may miss it");
    assert_eq!(kept.round(&[], DAILY, 48 * HOUR + 1), ["resolved budget_used_up key ci"]);
    assert!(kept.0.is_empty() && kept.round(&[], DAILY, 48 * HOUR + 2).is_empty());
}

#[test]
fn what_is_away_for_one_round_is_the_same_as_before() {
    let mut kept = Kept::default();
    let now = [advice("breaker_open", Severity::Urgent, "a/b")];
    kept.round(&now, DAILY, 0);
    for _ in 0..5 {
        assert!(kept.round(&[], DAILY, 1).is_empty());
        assert!(kept.round(&now, DAILY, 2).is_empty());
    }
}

#[test]
fn it_is_told_once_if_nothing_is_repeated() {
    let once = Policy { repeat_ms: None, ..DAILY };
    let mut kept = Kept::default();
    let now = [advice("degraded", Severity::Urgent, "log")];
    assert_eq!(kept.round(&now, once, 0).len(), 1);
    assert!(kept.round(&now, once, 1000 * HOUR).is_empty());
}

#[test]
fn only_what_is_severe_enough_is_told() {
    let all =
        [advice("a", Severity::Urgent, ""), advice("b", Severity::Soon, ""), advice("c", Severity::Note, "")];
    for (least, count) in [(Severity::Urgent, 1), (Severity::Soon, 2), (Severity::Note, 3)] {
        assert_eq!(Kept::default().round(&all, Policy { least, ..DAILY }, 0).len(), count);
    }
    // Whoever wants to hear less is not told that the rest is over.
    let mut kept = Kept::default();
    kept.round(&all, Policy { least: Severity::Note, ..DAILY }, 0);
    assert!(kept.round(&all, DAILY, 1).is_empty());
    assert_eq!(kept.0.len(), 1);
}

#[test]
fn the_same_is_told_once_and_as_bad_as_it_is() {
    let (urgent, soon) = (advice("a", Severity::Urgent, "x"), advice("a", Severity::Soon, "x"));
    let mut kept = Kept::default();
    assert_eq!(kept.round(&[urgent, soon], DAILY, 0).len(), 1);
    assert_eq!(kept.0[0].severity, "urgent");
    assert_eq!(kept.0[0].params, r#"{"percent":100}"#);
}

#[test]
fn who_was_not_reached_when_it_began_is_not_told_more() {
    let mut kept = Kept::default();
    let now = [advice("a", Severity::Urgent, "x")];
    kept.round(&now, DAILY, 0);
    kept.0[0].untold = true;
    assert!(kept.round(&now, DAILY, 24 * HOUR).is_empty());
    assert!(kept.round(&[], DAILY, 25 * HOUR).is_empty());
    assert!(kept.round(&[], DAILY, 25 * HOUR).is_empty());
    assert!(kept.0.is_empty());
}

#[test]
fn many_at_once_are_told_little_by_little_and_not_without_end() {
    let all: Vec<Advice> =
        (0..600).map(|n| advice("budget_used_up", Severity::Urgent, &format!("user {n:03}"))).collect();
    let mut kept = Kept::default();
    let first = kept.round(&all, DAILY, 0);
    assert_eq!((first.len(), first[0].as_str()), (20, "raised budget_used_up user 000"));
    for round in 1..25 {
        assert_eq!(kept.round(&all, DAILY, round).len(), 20);
    }
    assert!(kept.round(&all, DAILY, 25).is_empty());
    assert_eq!(kept.0.len(), 500);
}

#[test]
fn a_name_with_what_databases_do_not_take_is_still_the_same_name() {
    let mut kept = Kept::default();
    let now = [advice("a", Severity::Urgent, "user a\0b")];
    assert_eq!(kept.round(&now, DAILY, 0).len(), 1);
    assert!(kept.round(&now, DAILY, 1).is_empty());
}

#[test]
fn signatures_are_those_of_rfc_2104() {
    // The body `{"a":1}` at second 1 under `key`, as Python's hmac gives it.
    let signed = signature(&Secret::new("key".to_owned()), 1, br#"{"a":1}"#);
    let expected = "6d79bda23417c5d4f1b421c877b89fec92fde17dd9d447f5d140713ed9b8b48f";
    assert_eq!(signed.unwrap(), format!("t=1,v1={expected}"));
}
