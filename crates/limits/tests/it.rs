//! What holds for every limit, whatever is asked of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wye_limits::{Cell, Held, Measure, Meter, Moment, Period, Report, Unit, Window, reserve_all};

#[path = "it/lease.rs"]
mod lease;

const START: u64 = 1_795_000_000_000;

fn at(ms: u64) -> Moment {
    Moment { mono: Duration::from_millis(ms), unix_ms: START + ms }
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Reserve(u64),
    /// Settles the oldest reservation with this much.
    Settle(u64),
    Refund,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u64..30_000).prop_map(Step::Wait),
        (0u64..60).prop_map(Step::Reserve),
        (0u64..60).prop_map(Step::Reserve),
        (0u64..60).prop_map(Step::Settle),
        Just(Step::Refund),
    ]
}

/// Plays steps; gives when each amount was reserved, what it came to, and what was settled above its reservation.
fn play(meter: &mut Meter, steps: &[Step]) -> Vec<(u64, u64, u64)> {
    let (mut now, mut open, mut done) = (0, VecDeque::new(), Vec::new());
    for step in steps {
        match step {
            Step::Wait(ms) => now += ms,
            Step::Reserve(amount) => {
                if let Ok(ticket) = meter.reserve(at(now), *amount) {
                    open.push_back((now, ticket));
                }
            }
            Step::Settle(used) => {
                if let Some((when, ticket)) = open.pop_front() {
                    meter.settle(ticket, *used);
                    done.push((when, *used, used.saturating_sub(ticket.amount())));
                }
            }
            Step::Refund => {
                if let Some((_, ticket)) = open.pop_front() {
                    meter.refund(ticket);
                }
            }
        }
    }
    done.extend(open.into_iter().map(|(when, ticket)| (when, ticket.amount(), 0)));
    done
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rolling_minute_never_admits_more_than_its_limit(steps in prop::collection::vec(step(), 1..120)) {
        let mut meter = Meter::new(100, Period::MINUTE);
        let used = play(&mut meter, &steps);
        for (from, ..) in &used {
            let within = used.iter().filter(|(when, ..)| (*from..from + 60_000).contains(when));
            // What was settled above its reservation was in flight, and cannot be refused any more.
            let (sum, over) = within.fold((0, 0), |(sum, over), (_, n, o)| (sum + n, over + o));
            prop_assert!(sum <= 100 + over, "{sum} with {over} over from {from}: {used:?}");
        }
    }

    #[test]
    fn what_counts_is_what_was_settled(steps in prop::collection::vec(step(), 1..80)) {
        let mut meter = Meter::new(u64::MAX, Period::Total);
        let used: u64 = play(&mut meter, &steps).iter().map(|(_, n, _)| n).sum();
        prop_assert_eq!(meter.window().used(at(1 << 40)), used);
    }

    #[test]
    fn waiting_as_told_is_enough(steps in prop::collection::vec(step(), 1..60), amount in 1u64..100) {
        let mut meter = Meter::new(100, Period::MINUTE);
        play(&mut meter, &steps);
        let now = at(steps.iter().map(|s| if let Step::Wait(ms) = s { *ms } else { 0 }).sum());
        if let Err(full) = meter.reserve(now, amount) {
            let wait = full.retry_in.unwrap();
            prop_assert!(wait <= Duration::from_secs(61));
            prop_assert!(meter.clone().reserve(now.plus(wait), amount).is_ok());
            let sooner = wait.saturating_sub(Duration::from_millis(2));
            prop_assert!(wait < Duration::from_millis(3) || meter.reserve(now.plus(sooner), amount).is_err());
        }
    }

    #[test]
    fn a_restart_forgets_nothing_that_still_counts(steps in prop::collection::vec(step(), 1..60), gap in 0u64..90_000) {
        let mut meter = Meter::new(100, Period::MINUTE);
        play(&mut meter, &steps);
        let now = at(steps.iter().map(|s| if let Step::Wait(ms) = s { *ms } else { 0 }).sum());
        let saved = meter.window().save(now);
        let later = now.plus(Duration::from_millis(gap));
        let mut again = Window::new(Period::MINUTE);
        // Another process, whose clock began at another time.
        let other = Moment { mono: Duration::from_secs(3600), unix_ms: later.unix_ms };
        again.restore(&saved, other);
        prop_assert!(again.used(other) >= meter.window().used(later));
        prop_assert_eq!(again.used(other.plus(Duration::from_secs(63))), 0);
    }

    #[test]
    fn all_or_nothing(amounts in prop::collection::vec(0u64..20, 1..60)) {
        let cell = |limit, measure| Arc::new(Cell::new("key k", measure, Meter::new(limit, Period::MINUTE)));
        let (requests, tokens) = (cell(10, Measure::Requests), cell(100, Measure::Tokens));
        let mut held: Vec<Held> = Vec::new();
        for amount in amounts {
            let before = (requests.view(at(0)).left, tokens.view(at(0)).left);
            match reserve_all([(&requests, 1), (&tokens, amount)], at(0)) {
                Ok(got) => held.push(got),
                Err(refusal) => {
                    prop_assert_eq!((requests.view(at(0)).left, tokens.view(at(0)).left), before);
                    let full = if refusal.cell.measure == Measure::Requests { before.0 < 1 } else { before.1 < amount };
                    prop_assert!(full);
                }
            }
        }
        drop(held);
        prop_assert_eq!((requests.view(at(0)).left, tokens.view(at(0)).left), (10, 100));
    }
}

/// What a caller does with a reservation.
#[derive(Debug, Clone)]
enum Deed {
    /// Reserves so much for itself of two limits that it shares with others.
    Take(u64),
    /// Ends its oldest reservation with so much used.
    Spend(u64),
    /// Goes away.
    Drop,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (0u64..40).prop_map(Deed::Take),
        (0u64..40).prop_map(Deed::Take),
        (0u64..60).prop_map(Deed::Spend),
        Just(Deed::Drop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Of a key's and its team's budget: what was spent is counted to the last unit, whatever is refunded, and is above
    /// neither budget by more than what ended dearer than it was thought.
    #[test]
    fn spend_never_exceeds_budget_and_flight(deeds in prop::collection::vec((any::<bool>(), deed()), 1..150)) {
        let cell = |owner, limit| Arc::new(Cell::new(owner, Measure::Money, Meter::new(limit, Period::utc(Unit::Month))));
        let (keys, team) = ([cell("key a", 100), cell("key b", 70)], cell("team", 130));
        let used = |cell: &Arc<Cell>| cell.with(|meter| meter.window().used(at(0)));
        let mut open = [VecDeque::new(), VecDeque::new()];
        // Spent, reserved and spent above what was reserved, by key.
        let (mut spent, mut reserved, mut over) = ([0; 2], [0; 2], [0; 2]);
        for (second, deed) in deeds {
            let who = usize::from(second);
            match deed {
                Deed::Take(amount) => {
                    if let Ok(held) = reserve_all([(&keys[who], amount), (&team, amount)], at(0)) {
                        open[who].push_back((held, amount));
                        reserved[who] += amount;
                        // What costs nothing is let in although too much was spent.
                        prop_assert!(amount == 0 || used(&keys[who]) <= [100, 70][who], "above the limit");
                        prop_assert!(amount == 0 || used(&team) <= 130, "above the team's limit");
                    }
                }
                Deed::Spend(amount) => {
                    if let Some((held, held_amount)) = open[who].pop_front() {
                        held.settle(|_| Some(amount));
                        reserved[who] -= held_amount;
                        spent[who] += amount;
                        over[who] += amount.saturating_sub(held_amount);
                    }
                }
                Deed::Drop => {
                    if let Some((held, amount)) = open[who].pop_front() {
                        drop(held);
                        reserved[who] -= amount;
                    }
                }
            }
            for who in 0..2 {
                prop_assert_eq!(used(&keys[who]), spent[who] + reserved[who]);
                prop_assert!(spent[who] <= [100, 70][who] + over[who]);
            }
            prop_assert_eq!(used(&team), spent[0] + spent[1] + reserved[0] + reserved[1]);
            prop_assert!(spent[0] + spent[1] <= 130 + over[0] + over[1]);
        }
    }
}

/// Threads that take from the same limits at once, in the same order, each of which reserves all or nothing.
#[test]
fn callers_at_once_never_take_more_than_there_is() {
    let cell = |measure, limit| Arc::new(Cell::new("key k", measure, Meter::new(limit, Period::MINUTE)));
    let (requests, tokens) = (cell(Measure::Requests, 40), cell(Measure::Tokens, 300));
    let admitted = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for caller in 0..64_u64 {
            let (requests, tokens, admitted) = (&requests, &tokens, &admitted);
            scope.spawn(move || {
                for round in 0..20 {
                    let amount = (caller + round) % 13;
                    let Ok(held) = reserve_all([(requests, 1), (tokens, amount)], at(0)) else { continue };
                    match round % 3 {
                        0 => drop(held),
                        _ => {
                            held.settle(|measure| {
                                Some(if measure == Measure::Tokens { amount / 2 } else { 1 })
                            });
                            admitted.lock().unwrap().push(amount / 2);
                        }
                    }
                }
            });
        }
    });
    let admitted = admitted.into_inner().unwrap();
    assert!(admitted.len() <= 40 && admitted.iter().sum::<u64>() <= 300);
    assert_eq!(requests.view(at(0)).left, 40 - admitted.len() as u64);
    assert_eq!(tokens.view(at(0)).left, 300 - admitted.iter().sum::<u64>());
}

#[test]
fn a_day_begins_anew_at_midnight_and_not_when_the_clock_steps_back() {
    let midnight = 1_795_046_400_000;
    let moment = |unix_ms: u64| Moment { mono: Duration::ZERO, unix_ms };
    let mut meter = Meter::new(5, Period::utc(Unit::Day));
    let late = meter.reserve(moment(midnight - 1_000), 5).unwrap();
    assert_eq!(
        meter.reserve(moment(midnight - 1_000), 1).unwrap_err().retry_in,
        Some(Duration::from_secs(1))
    );
    let _ = meter.reserve(moment(midnight), 4).unwrap();
    assert_eq!(meter.left(moment(midnight)), 1);
    // Yesterday's settlement does not touch today.
    meter.settle(late, 100);
    assert_eq!(meter.left(moment(midnight)), 1);
    assert_eq!(meter.left(moment(midnight - 3_600_000)), 1);
}

#[test]
fn a_day_is_ahead_of_itself_when_more_is_used_than_has_passed() {
    let midnight = 1_795_046_400_000;
    let hour = |hours: u64| Moment { mono: Duration::ZERO, unix_ms: midnight + hours * 3_600_000 };
    let mut meter = Meter::new(240, Period::utc(Unit::Day));
    assert!(!meter.is_ahead(hour(0)), "nothing is used");
    let _ = meter.reserve(hour(6), 100).unwrap();
    assert!(meter.is_ahead(hour(6)), "100 of 240 in a quarter of the day");
    assert!(!meter.is_ahead(hour(12)), "and half of the day later it is not");
    let mut minute = Meter::new(10, Period::MINUTE);
    let _ = minute.reserve(hour(1), 10).unwrap();
    assert!(!minute.is_ahead(hour(1)), "minutes come back by themselves");
}

#[test]
fn what_never_fits_says_so() {
    let mut meter = Meter::new(5, Period::MINUTE);
    assert_eq!(meter.reserve(at(0), 6).unwrap_err().retry_in, None);
    let mut total = Meter::new(5, Period::Total);
    let _ = total.reserve(at(0), 5).unwrap();
    assert_eq!(total.reserve(at(0), 1).unwrap_err().retry_in, None);
}

#[test]
fn a_vendors_word_holds_until_it_resets() {
    let mut meter = Meter::new(100, Period::MINUTE);
    let told = Report {
        limit: Some(50),
        remaining: Some(3),
        resets_in: Some(Duration::from_secs(7)),
        refills: false,
    };
    meter.hear(at(0), told);
    assert_eq!((meter.limit(), meter.left(at(0))), (50, 3));
    let ticket = meter.reserve(at(0), 3).unwrap();
    assert_eq!(meter.reserve(at(0), 1).unwrap_err().retry_in, Some(Duration::from_secs(7)));
    meter.settle(ticket, 1);
    assert_eq!(meter.left(at(1)), 2);
    assert_eq!(meter.left(at(7_000)), 49);
}

#[test]
fn a_vendors_word_counts_what_was_reserved_before_it() {
    let mut meter = Meter::new(100, Period::MINUTE);
    let before = meter.reserve(at(0), 40).unwrap();
    meter.hear(at(0), Report { remaining: Some(10), ..Report::default() });
    meter.settle(before, 1);
    assert_eq!(meter.left(at(1)), 10);
}

#[test]
fn what_comes_back_evenly_is_there_before_the_end() {
    let mut meter = Meter::new(60, Period::MINUTE);
    let resets_in = Some(Duration::from_secs(60));
    meter.hear(at(0), Report { remaining: Some(0), resets_in, refills: true, ..Report::default() });
    let wait = meter.reserve(at(0), 5).unwrap_err().retry_in.unwrap();
    assert_eq!(wait, Duration::from_secs(5));
    let ticket = meter.reserve(at(5_000), 5).unwrap();
    assert_eq!(meter.left(at(5_000)), 0);
    meter.settle(ticket, 2);
    assert_eq!(meter.left(at(5_000)), 3);
    assert_eq!(meter.reserve(at(5_000), 4).unwrap_err().retry_in, Some(Duration::from_secs(1)));
}

#[test]
fn a_place_of_a_request_under_way_comes_back() {
    let cell = Arc::new(Cell::new("key k", Measure::Concurrent, Meter::new(1, Period::Total)));
    let held = reserve_all([(&cell, 1)], at(0)).unwrap();
    assert_eq!(reserve_all([(&cell, 1)], at(0)).unwrap_err().cell.owner, "key k");
    held.settle(|_| Some(7));
    assert_eq!(cell.view(at(0)).left, 1);
}

#[test]
fn a_vendors_word_holds_a_day_and_an_hour_at_most() {
    let mut meter = Meter::new(100, Period::MINUTE);
    let year = Duration::from_secs(365 * 24 * 3600);
    meter.hear(at(0), Report { remaining: Some(0), resets_in: Some(year), ..Report::default() });
    let wait = meter.fits_in(at(0), 1).unwrap();
    assert_eq!(wait, Duration::from_secs(25 * 3600));
    assert!(meter.reserve(at(0).plus(wait), 1).is_ok());
}

#[test]
fn what_goes_on_is_counted_when_it_is_used_and_once() {
    let cell = |measure, limit| Arc::new(Cell::new("k", measure, Meter::new(limit, Period::MINUTE)));
    let (tokens, money) = (cell(Measure::Tokens, 100), cell(Measure::Money, 40));
    let used = |cell: &Cell, now| cell.with(|meter| meter.window().used(at(now)));
    let held = reserve_all([(&tokens, 1), (&money, 1)], at(0)).unwrap();
    let each = |measure| if measure == Measure::Tokens { 30 } else { 20 };
    assert_eq!(held.book(at(0), each), None);
    assert_eq!((used(&tokens, 0), used(&money, 0)), (31, 21));
    // In the window that it is used in, not the one that it began in.
    assert_eq!(held.book(at(90_000), each), None);
    assert_eq!((used(&tokens, 90_000), used(&money, 90_000)), (30, 20));
    // What is used up already is counted all the same.
    assert_eq!(held.book(at(91_000), each), Some(Measure::Money));
    assert_eq!(held.book(at(91_000), each), Some(Measure::Money));
    assert_eq!((used(&tokens, 91_000), used(&money, 91_000)), (90, 60));
    held.settle(|_| Some(0));
    assert_eq!((used(&tokens, 91_000), used(&money, 91_000)), (90, 60));
}
