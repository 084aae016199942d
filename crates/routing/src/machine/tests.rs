//! The attempt machine, by cases and by properties: one attempt after the other here, several at once in [`hedge`].

mod hedge;

use proptest::prelude::*;
use wye_types::error::Fault;

use super::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn plan(accounts: &[usize], rounds: u32) -> Plan {
    Plan {
        targets: accounts.iter().map(|a| PlanTarget { accounts: *a, ..PlanTarget::default() }).collect(),
        statuses: [429, 500, 503].into(),
        rounds,
        backoff: s(1),
        deadline: s(600),
        least_share: s(30),
        soonest_rest: None,
        hedge: None,
    }
}

const fn fault(fault: Fault, status: u16) -> Failure {
    Failure { kind: FailureKind::Fault(fault), status: Some(status), retry_after: None }
}

const fn limited(seconds: u64) -> Failure {
    Failure { kind: FailureKind::Fault(Fault::RateLimited), status: Some(429), retry_after: Some(s(seconds)) }
}

const fn failed(contender: u32, failure: Failure) -> Event {
    Event::Failed { contender, failure }
}

const fn start(target: usize, contender: u32) -> Action {
    Action::Start { target, contender }
}

#[test]
fn a_rate_limit_tries_the_other_account_before_the_other_target() {
    let mut machine = Machine::new(plan(&[2, 1], 1));
    assert_eq!(machine.step(s(0), Event::Begin), start(0, 0));
    assert_eq!(machine.step(s(0), failed(0, limited(9))), start(0, 1));
    assert_eq!(machine.step(s(0), failed(1, limited(5))), start(1, 2));
    let end = machine.step(s(0), failed(2, fault(Fault::Server, 500)));
    assert_eq!(end, Action::GiveUp { telling: 0, retry_after: Some(s(5)) });
}

#[test]
fn the_clients_own_fault_is_not_tried_elsewhere() {
    let mut machine = Machine::new(plan(&[1, 1], 1));
    machine.step(s(0), Event::Begin);
    assert_eq!(machine.step(s(0), failed(0, fault(Fault::BadRequest, 400))), Action::Pass { telling: 0 });
}

#[test]
fn a_prompt_that_is_too_long_goes_to_a_larger_context_only() {
    let mut long = plan(&[1, 1, 1], 1);
    for (target, context) in long.targets.iter_mut().zip([Some(8_000), Some(4_000), Some(32_000)]) {
        target.context = context;
    }
    let mut machine = Machine::new(long.clone());
    machine.step(s(0), Event::Begin);
    assert_eq!(machine.step(s(0), failed(0, fault(Fault::ContextTooLong, 400))), start(2, 1));
    assert_eq!(machine.step(s(0), failed(1, fault(Fault::ContextTooLong, 400))), Action::Pass { telling: 1 });
    long.targets[0].context = None;
    let mut machine = Machine::new(long);
    machine.step(s(0), Event::Begin);
    assert_eq!(machine.step(s(0), failed(0, fault(Fault::ContextTooLong, 400))), Action::Pass { telling: 0 });
}

#[test]
fn rounds_wait_longer_each_time_and_leave_out_what_will_not_do() {
    let mut machine = Machine::new(plan(&[1, 1], 3));
    machine.step(s(0), Event::Begin);
    assert_eq!(machine.step(s(0), failed(0, fault(Fault::NotFound, 404))), start(1, 1));
    assert_eq!(machine.step(s(0), failed(1, fault(Fault::Server, 500))), Action::Wait { until: s(1) });
    assert_eq!(machine.step(s(1), Event::Waited), start(1, 2));
    assert_eq!(machine.step(s(1), failed(2, fault(Fault::Server, 500))), Action::Wait { until: s(3) });
    assert_eq!(machine.step(s(3), Event::Waited), start(1, 3));
    let end = machine.step(s(3), failed(3, fault(Fault::Server, 500)));
    assert_eq!(end, Action::GiveUp { telling: 1, retry_after: None });
}

#[test]
fn the_deadline_ends_it() {
    let mut machine = Machine::new(plan(&[1, 1], 1));
    machine.step(s(0), Event::Begin);
    let end = machine.step(s(600), failed(0, Failure::of(FailureKind::Timeout)));
    assert_eq!(end, Action::GiveUp { telling: 0, retry_after: None });
}

#[test]
fn nothing_starts_after_commit() {
    let mut machine = Machine::new(plan(&[1, 1], 2));
    machine.step(s(0), Event::Begin);
    machine.step(s(0), Event::Content { contender: 0 });
    assert_eq!(machine.step(s(0), failed(0, fault(Fault::Server, 500))), Action::Nothing);
}

#[test]
fn whole_answers_share_what_remains_with_the_targets_not_yet_called() {
    let mut machine = Machine::new(plan(&[1, 2, 1], 2));
    machine.step(s(0), Event::Begin);
    assert_eq!(machine.whole_by(s(0)), s(200), "a third: two targets are left");
    machine.step(s(200), failed(0, fault(Fault::Server, 500)));
    assert_eq!(machine.whole_by(s(200)), s(400), "half of the rest");
    machine.step(s(580), failed(0, Failure::of(FailureKind::Timeout)));
    assert_eq!(machine.whole_by(s(580)), s(600), "the last gets all that is left");
    let mut machine = Machine::new(Plan { deadline: s(50), ..plan(&[1, 1], 1) });
    machine.step(s(0), Event::Begin);
    assert_eq!(machine.whole_by(s(0)), s(30), "never less than this");
    assert_eq!(machine.whole_by(s(40)), s(50), "but nothing goes on after the deadline");
}

fn any_failure() -> impl Strategy<Value = Failure> {
    let faults = prop::sample::select(vec![
        (Fault::BadRequest, 400),
        (Fault::ContextTooLong, 400),
        (Fault::Auth, 401),
        (Fault::NotFound, 404),
        (Fault::RateLimited, 429),
        (Fault::Server, 500),
        (Fault::Overloaded, 529),
    ]);
    prop_oneof![
        3 => (faults, prop::option::of(0u64..100)).prop_map(|((fault, status), after)| Failure {
            kind: FailureKind::Fault(fault),
            status: Some(status),
            retry_after: after.map(Duration::from_secs),
        }),
        1 => Just(Failure::of(FailureKind::Reset)),
    ]
}

/// What comes of an attempt.
#[derive(Debug, Clone)]
enum Came {
    Failed(Failure),
    Refused,
    Content,
}

impl Came {
    fn of(self, contender: u32) -> Event {
        match self {
            Self::Failed(failure) => Event::Failed { contender, failure },
            Self::Refused => Event::Refused { contender, retry_after: Some(s(3)) },
            Self::Content => Event::Content { contender },
        }
    }
}

fn whatever_comes() -> impl Strategy<Value = Came> {
    prop_oneof![
        8 => any_failure().prop_map(Came::Failed),
        2 => Just(Came::Refused),
        1 => Just(Came::Content),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ends_after_a_bounded_number_of_starts_and_commits_at_most_once(
        accounts in prop::collection::vec((1usize..4, prop::option::of(1u64..5)), 0..5),
        rounds in 0u32..4,
        alone in any::<bool>(),
        events in prop::collection::vec((whatever_comes(), 0u64..30), 0..80),
    ) {
        let target = |(accounts, context): &(usize, Option<u64>)| {
            PlanTarget { accounts: *accounts, context: *context, provider: 0 }
        };
        let targets: Vec<PlanTarget> = accounts.iter().map(target).collect();
        let most = targets.iter().map(|t| t.accounts).sum::<usize>() * rounds.max(1) as usize;
        // A hedge of one contender is none.
        let hedge = alone.then_some(Hedge { contenders: 1, race: false, among: 9 });
        let mut machine = Machine::new(Plan { targets, hedge, ..plan(&[], rounds) });
        let (mut starts, mut commits, mut now, mut settled) = (0, 0, s(0), 0);
        let mut action = machine.step(now, Event::Begin);
        let mut events = events.into_iter();
        let ended = loop {
            let event = match action {
                Action::Start { target, contender } => {
                    prop_assert!(target < accounts.len());
                    prop_assert_eq!(contender, starts);
                    starts += 1;
                    let Some((came, later)) = events.next() else { break false };
                    now += s(later);
                    settled += 1;
                    came.of(contender)
                }
                Action::Wait { until } => {
                    prop_assert!(until >= now);
                    now = until;
                    Event::Waited
                }
                Action::Await => panic!("nothing runs"),
                Action::Commit { .. } => { commits += 1; break true }
                Action::Pass { .. } | Action::GiveUp { .. } | Action::Nothing => break true,
            };
            action = machine.step(now, event);
        };
        prop_assert!(commits <= 1);
        let most = most.max(accounts.len() * rounds.max(1) as usize);
        prop_assert!(starts as usize <= most, "{starts} starts, at most {most}");
        if ended {
            prop_assert_eq!(starts, settled);
            prop_assert_eq!(machine.step(now, Event::Content { contender: 0 }), Action::Nothing);
        }
    }
}
