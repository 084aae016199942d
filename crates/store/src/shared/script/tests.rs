//! The scripts do on a real server what `Tally` does in memory, question by question, at any time.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use wye_limits::{Asked, Tally};

use super::*;

const NODES: u64 = 3;
/// Far in the future: the server forgets what is over by its own clock.
const START_MS: u64 = 4_102_444_800_000;

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Slots(SlotsAsk),
    Held { node: u8, window: bool, ask: HeldAsk },
    Places { node: u8, ask: HeldAsk },
}

fn step() -> impl Strategy<Value = Step> {
    let amount = || prop_oneof![Just(0u64), 0u64..60];
    let slots = (amount(), amount(), amount(), prop::collection::vec((0u64..70, 1u64..40), 0..3));
    let slots = slots.prop_map(|(need, like, charge, back)| {
        let now = START_MS / 1000;
        let returns = back.into_iter().map(|(slot, n)| (now + slot, n)).collect();
        let (width, valid) = (Duration::from_secs(1), Duration::from_secs(2));
        Step::Slots(SlotsAsk { limit: 100, width, valid, need, like, charge, returns })
    });
    let held = || {
        (0u8..3, any::<bool>(), amount(), amount(), amount()).prop_map(|(node, window, keep, need, like)| {
            let window_of = if window { (START_MS, Some(START_MS + 60_000)) } else { (0, None) };
            let ask = HeldAsk { limit: 100, window: window_of, keep, need, like, number: 0, lasting: None };
            (node, window, ask)
        })
    };
    prop_oneof![
        3 => (0u64..30_000).prop_map(Step::Wait),
        4 => slots,
        3 => held().prop_map(|(node, window, ask)| Step::Held { node, window, ask }),
        2 => held().prop_map(|(node, _, ask)| {
            let lasting = Some(Duration::from_secs(10));
            Step::Places { node, ask: HeldAsk { window: (0, None), lasting, ..ask } }
        }),
    ]
}

/// Runs a script as if it were `now` on the server.
fn at(script: &str, now: u64, command: &Cmd) -> Cmd {
    let (seconds, micros) = (now / 1000, now % 1000 * 1000);
    let code = script.replacen("redis.call('TIME')", &format!("{{{seconds}, {micros}}}"), 1);
    let mut evaluated = redis::cmd("EVAL");
    evaluated.arg(code);
    let parts = command.args_iter().skip(2);
    for part in parts {
        if let redis::Arg::Simple(bytes) = part {
            evaluated.arg(bytes);
        }
    }
    evaluated
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test script says where its server is")]
#[expect(clippy::print_stderr, reason = "a test that does not run must say so loudly")]
fn scripts_and_tally_answer_alike() {
    let Ok(server) = std::env::var("WYE_TEST_REDIS") else {
        eprintln!("\n*** NOT RUN on Redis: WYE_TEST_REDIS is not set (scripts/with-services sets it) ***\n");
        return;
    };
    let connection = redis::Client::open(format!("{server}/15")).unwrap().get_connection().unwrap();
    let connection = RefCell::new(connection);
    let scripts = Scripts::new();
    let config = ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 1..60), |steps| {
            redis::cmd("FLUSHDB").exec(&mut *connection.borrow_mut()).unwrap();
            let (mut tally, mut now, mut number) = (Tally::default(), START_MS, 0);
            for step in steps {
                let asked = Asked { now: Duration::from_millis(now), nodes: NODES };
                let (node, name, ask) = match step {
                    Step::Wait(ms) => {
                        now += ms;
                        continue;
                    }
                    Step::Slots(ask) => (0, "slots", Ask::Slots(ask)),
                    Step::Held { node, window, ask } => {
                        (node, if window { "window" } else { "total" }, Ask::Held(ask))
                    }
                    Step::Places { node, ask } => (node, "places", Ask::Held(ask)),
                };
                number += 1;
                let (node, ask) = (
                    format!("n{node}"),
                    match ask {
                        // Every fifth arrives late.
                        Ask::Held(ask) => {
                            Ask::Held(HeldAsk { number: if number % 5 == 0 { 1 } else { number }, ..ask })
                        }
                        Ask::Slots(ask) => Ask::Slots(ask),
                    },
                );
                let expected = match &ask {
                    Ask::Slots(ask) => Answer::Slots(tally.slots(name, asked, ask)),
                    Ask::Held(ask) => tally.held(name, &node, asked, ask).map_or(Answer::Over, Answer::Held),
                };
                let code = if matches!(ask, Ask::Slots(_)) { SLOTS } else { HELD };
                let command = at(code, now, &scripts.ask(&node, name, NODES, &ask));
                let said = command.query(&mut *connection.borrow_mut()).unwrap();
                prop_assert_eq!(answer(&ask, &said), Some(expected), "{:?} at {}", ask, now);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_is_no_answer_is_none() {
    let ask = Ask::Slots(SlotsAsk::default());
    for value in [Value::Nil, Value::Array(vec![Value::Int(1)]), Value::Array(vec![Value::Nil; 4])] {
        assert_eq!(answer(&ask, &value), None);
        assert_eq!(hello(&value), None);
    }
}
