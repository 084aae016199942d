//! Several attempts at once.

use proptest::prelude::*;
use wye_types::error::Fault;

use super::{Came, failed, fault, limited, plan, s, start, whatever_comes};
use crate::machine::*;

/// A plan over targets of these providers.
fn hedged(providers: &[u32], contenders: usize, race: bool) -> Plan {
    let mut plan = plan(&vec![1; providers.len()], 1);
    for (target, provider) in plan.targets.iter_mut().zip(providers) {
        target.provider = *provider;
    }
    Plan { hedge: Some(Hedge { contenders, race, among: providers.len() }), ..plan }
}

const fn sent(contender: u32, late_at: u64) -> Event {
    Event::Sent { contender, late_at: s(late_at) }
}

#[test]
fn the_next_starts_when_the_one_before_is_late_and_the_first_content_wins() {
    let mut machine = Machine::new(hedged(&[1, 2, 3, 4], 3, false));
    assert_eq!(machine.step(s(0), Event::Begin), start(0, 0));
    assert_eq!(machine.step(s(0), sent(0, 2)), Action::Wait { until: s(2) });
    assert_eq!(machine.step(s(2), Event::Waited), start(1, 1));
    assert_eq!(machine.step(s(2), sent(1, 9)), Action::Wait { until: s(9) });
    assert_eq!(machine.step(s(9), Event::Waited), start(2, 2));
    assert_eq!(machine.step(s(9), sent(2, 10)), Action::Await, "three is all");
    assert_eq!(machine.step(s(11), Event::Content { contender: 1 }), Action::Commit { contender: 1 });
    assert_eq!(machine.step(s(11), Event::Content { contender: 0 }), Action::Nothing);
}

#[test]
fn a_race_starts_all_at_once_on_other_providers() {
    let mut machine = Machine::new(hedged(&[1, 1, 2, 1, 3, 4], 3, true));
    assert_eq!(machine.step(s(0), Event::Begin), start(0, 0));
    assert_eq!(machine.step(s(0), sent(0, 99)), start(2, 1));
    assert_eq!(machine.step(s(0), sent(1, 99)), start(4, 2));
    assert_eq!(machine.step(s(0), sent(2, 99)), Action::Await);
    // Whose place is free is taken by the next.
    assert_eq!(machine.step(s(1), failed(1, fault(Fault::Server, 500))), start(5, 3));
    assert_eq!(machine.step(s(1), sent(3, 99)), Action::Await);
    // The first's provider is free again: its other targets are in their turn.
    assert_eq!(machine.step(s(2), failed(0, fault(Fault::Server, 500))), start(1, 4));
}

#[test]
fn a_failure_beside_an_attempt_that_is_not_late_starts_nothing() {
    let mut machine = Machine::new(hedged(&[1, 2, 3], 3, false));
    machine.step(s(0), Event::Begin);
    machine.step(s(0), sent(0, 2));
    machine.step(s(2), Event::Waited);
    machine.step(s(2), sent(1, 5));
    assert_eq!(machine.step(s(3), failed(0, fault(Fault::Server, 500))), Action::Wait { until: s(5) });
    assert_eq!(machine.step(s(4), failed(1, fault(Fault::Server, 500))), start(2, 2), "that is failing over");
    let end = machine.step(s(5), failed(2, limited(7)));
    assert_eq!(end, Action::GiveUp { telling: 2, retry_after: Some(s(7)) });
}

#[test]
fn a_hedge_that_fails_alone_changes_nothing_for_the_first() {
    let mut machine = Machine::new(hedged(&[1, 2], 3, false));
    machine.step(s(0), Event::Begin);
    machine.step(s(0), sent(0, 2));
    assert_eq!(machine.step(s(2), Event::Waited), start(1, 1));
    machine.step(s(2), sent(1, 9));
    assert_eq!(machine.step(s(3), failed(1, fault(Fault::BadRequest, 400))), Action::Await);
    assert_eq!(machine.step(s(4), Event::Content { contender: 0 }), Action::Commit { contender: 0 });
}

#[test]
fn the_request_is_at_fault_once_nothing_runs_that_could_prove_otherwise() {
    let mut machine = Machine::new(hedged(&[1, 2, 3], 2, false));
    machine.step(s(0), Event::Begin);
    machine.step(s(0), sent(0, 2));
    machine.step(s(2), Event::Waited);
    machine.step(s(2), sent(1, 9));
    assert_eq!(machine.step(s(3), failed(1, fault(Fault::BadRequest, 400))), Action::Await);
    assert_eq!(machine.step(s(4), failed(0, fault(Fault::Server, 500))), Action::Pass { telling: 0 });
}

#[test]
fn without_a_budget_there_are_no_hedges_and_its_target_keeps_its_turn() {
    let mut machine = Machine::new(hedged(&[1, 2, 3], 3, false));
    machine.step(s(0), Event::Begin);
    machine.step(s(0), sent(0, 2));
    assert_eq!(machine.step(s(2), Event::Waited), start(1, 1));
    assert_eq!(machine.step(s(2), Event::Declined { contender: 1 }), Action::Await);
    assert_eq!(machine.whole_by(s(0)), s(200), "two are untried");
    assert_eq!(machine.step(s(3), failed(0, fault(Fault::Server, 500))), start(1, 2));
    assert_eq!(machine.step(s(3), sent(2, 4)), Action::Await);
}

#[test]
fn with_one_provider_there_are_no_hedges() {
    let mut machine = Machine::new(hedged(&[1, 1, 1], 3, true));
    machine.step(s(0), Event::Begin);
    assert_eq!(machine.step(s(0), sent(0, 1)), Action::Await);
    assert_eq!(machine.step(s(2), failed(0, fault(Fault::Server, 500))), start(1, 1));
}

/// What is done next to a machine under test.
#[derive(Debug, Clone)]
enum Next {
    /// This one of those that run comes to something.
    Came(usize, Came),
    /// Time passes.
    Later(u64),
}

fn whatever_is_next() -> impl Strategy<Value = Next> {
    prop_oneof![
        3 => (0usize..3, whatever_comes()).prop_map(|(which, came)| Next::Came(which, came)),
        2 => (0u64..20).prop_map(Next::Later),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_one_wins_and_the_rest_is_over(
        targets in prop::collection::vec((1usize..4, prop::option::of(1u64..5), 0u32..4), 0..7),
        (contenders, race, rounds) in (0usize..5, any::<bool>(), 0u32..3),
        (late, budget, among) in (0u64..10, 0u32..6, 0usize..7),
        events in prop::collection::vec(whatever_is_next(), 0..120),
    ) {
        let target = |(accounts, context, provider): &(usize, Option<u64>, u32)| {
            PlanTarget { accounts: *accounts, context: *context, provider: *provider }
        };
        let targets: Vec<PlanTarget> = targets.iter().map(target).collect();
        let most = targets.iter().map(|t| t.accounts).sum::<usize>() * rounds.max(1) as usize;
        let hedge = Some(Hedge { contenders, race, among });
        let mut machine = Machine::new(Plan { targets: targets.clone(), hedge, ..plan(&[], rounds) });
        let (mut starts, mut declined, mut failures, mut hedges) = (0, 0, 0, 0);
        let mut running: Vec<(u32, usize)> = Vec::new();
        let (mut now, mut committed) = (s(0), None);
        let mut events = events.into_iter();
        let mut action = machine.step(now, Event::Begin);
        let ended = loop {
            let (until, waits) = match action {
                Action::Start { target, contender } => {
                    prop_assert_eq!(contender, starts);
                    prop_assert!(committed.is_none());
                    starts += 1;
                    let provider = |target: usize| targets[target].provider;
                    prop_assert!(running.iter().all(|(_, other)| provider(*other) != provider(target)));
                    prop_assert!(running.is_empty() || target < among);
                    prop_assert!(running.len() < contenders.clamp(1, MOST_CONTENDERS));
                    let event = if running.is_empty() || hedges < budget {
                        hedges += u32::from(!running.is_empty());
                        running.push((contender, target));
                        Event::Sent { contender, late_at: now + s(late) }
                    } else {
                        declined += 1;
                        Event::Declined { contender }
                    };
                    action = machine.step(now, event);
                    continue;
                }
                Action::Wait { until } => {
                    prop_assert!(until >= now);
                    (until, true)
                }
                Action::Await => {
                    prop_assert!(!running.is_empty());
                    (Duration::MAX, false)
                }
                Action::Commit { contender } => {
                    prop_assert!(running.iter().any(|(one, _)| *one == contender));
                    running.retain(|(one, _)| *one != contender);
                    committed = Some(contender);
                    break true;
                }
                Action::Pass { telling } | Action::GiveUp { telling, .. } => {
                    prop_assert!(running.is_empty());
                    prop_assert!(telling < failures.max(1));
                    break true;
                }
                Action::Nothing => panic!("an event did not fit"),
            };
            let event = match events.next() {
                None => break false,
                Some(Next::Came(which, came)) if !running.is_empty() => {
                    let which = which % running.len();
                    let (contender, _) =
                        if matches!(came, Came::Content) { running[which] } else { running.remove(which) };
                    failures += usize::from(!matches!(came, Came::Content));
                    came.of(contender)
                }
                Some(Next::Later(by)) if !running.is_empty() && now + s(by) < until => {
                    now += s(by);
                    continue;
                }
                // The pause is over, or nothing else can happen.
                Some(_) if waits => {
                    now = until;
                    Event::Waited
                }
                Some(_) => continue,
            };
            action = machine.step(now, event);
        };
        prop_assert!(declined <= 1, "it asks once");
        let most = most.max(targets.len() * rounds.max(1) as usize) + declined;
        prop_assert!(starts as usize <= most, "{starts} starts, at most {most}");
        if ended {
            let late = committed.unwrap_or(0);
            prop_assert_eq!(machine.step(now, Event::Content { contender: late }), Action::Nothing);
        }
    }
}
