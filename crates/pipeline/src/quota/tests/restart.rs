//! What a provider said outlives the process that heard it.

use wye_limits::{CellId, Saved};

use super::*;

/// The clock of a process that begins so many seconds after noon: it counts anew from there.
fn clock(began: u64) -> impl Fn(u64) -> Moment {
    move |seconds| Moment { mono: Duration::from_secs(5 + seconds - began), unix_ms: NOON + seconds * 1000 }
}

/// The next process, which knows what the one before saved then.
fn next(
    cells: &Cells,
    counting: Counting,
    model: &Allowance,
    (saved, now): (Moment, Moment),
) -> (Arc<Quotas>, Arc<Cells>) {
    process(cells.changed(saved), counting, model, now)
}

fn process(
    saved: Vec<(CellId, Saved)>,
    counting: Counting,
    model: &Allowance,
    now: Moment,
) -> (Arc<Quotas>, Arc<Cells>) {
    let cells = Arc::new(Cells::restored(saved));
    let models = vec![("m".to_owned(), model.clone())];
    let account = AccountAllowance { name: "1".to_owned(), models, ..AccountAllowance::default() };
    let from = Source { cells: Arc::clone(&cells), waiting: Arc::default(), now };
    (Arc::new(Quotas::new("p", counting, &Allowance::default(), vec![account], &from)), cells)
}

const ONE: Estimate = tokens(1, 1);

#[test]
fn what_is_used_up_stays_so_until_it_resets() {
    let minutes = |n: u64| Duration::from_secs(n * 60);
    let window = |of, per, limit| Window { of, per, limit, remaining: Some(0), reset: Some(minutes(30)) };
    let none = Allowance::default();
    let own = limits(&[(Measure::Tokens, Period::MINUTE, 1_000_000)]);
    for (window, model) in [
        // Counted here too; told alone; of an unknown time; configured.
        (window(Told::Tokens, Some(DAY), Some(1000)), &none),
        (window(Told::Requests, Some(DAY), None), &none),
        (window(Told::InputTokens, Some(minutes(60)), Some(9)), &none),
        (window(Told::OutputTokens, None, None), &none),
        (window(Told::Tokens, Some(minutes(1)), None), &own),
    ] {
        let cells = Arc::default();
        let first = quotas(Counting::UNKNOWN, &none, model, &cells);
        assert!(refuse(&first, window, ONE, at(10)));
        assert_eq!(wait(&first, (0, "m"), ONE, at(20)), Some(30 * 60 - 10), "{window:?}");
        let second_s = clock(600);
        let (second, cells) = next(&cells, Counting::UNKNOWN, model, (at(20), second_s(600)));
        assert_eq!(wait(&second, (0, "m"), ONE, second_s(600)), Some(20 * 60 + 10), "{window:?}");
        assert_eq!(wait(&second, (0, "other"), ONE, second_s(600)), None);
        // Nothing has changed since, but what is told again is saved again.
        assert!(cells.changed(second_s(600)).is_empty());
        second.learn((0, "m"), &[window], None, second_s(601));
        let saved = cells.changed(second_s(700));
        for (began, waits) in [(900, Some(30 * 60 - 299)), (601 + 1801, None)] {
            let (third, _) = process(saved.clone(), Counting::UNKNOWN, model, clock(began)(began));
            assert_eq!(wait(&third, (0, "m"), ONE, clock(began)(began)), waits, "{window:?}");
        }
    }
}

#[test]
fn it_is_asked_again_an_hour_after_it_was_heard() {
    let cells = Arc::default();
    let first = quotas(Counting::UNKNOWN, &Allowance::default(), &Allowance::default(), &cells);
    assert!(refuse(&first, named(Told::Requests, DAY, None, 0, Some(7200)), ONE, at(0)));
    let saved = cells.changed(at(1));
    for (began, waits) in [(3500, Some(3700)), (3700, None)] {
        let now = clock(began);
        let (quotas, _) = process(saved.clone(), Counting::UNKNOWN, &Allowance::default(), now(began));
        assert_eq!(wait(&quotas, (0, "m"), ONE, now(began)), waits);
        // The hour goes on in the new process.
        assert_eq!(wait(&quotas, (0, "m"), ONE, now(began + 150)), None);
    }
}

#[test]
fn what_comes_back_evenly_has_come_back_meanwhile() {
    let cells = Arc::default();
    let first = quotas(Counting::BUCKETS, &Allowance::default(), &Allowance::default(), &cells);
    let minute = Duration::from_secs(60);
    assert!(refuse(&first, named(Told::Tokens, minute, Some(6000), 0, Some(60)), tokens(1000, 2000), at(0)));
    assert_eq!(wait(&first, (0, "m"), tokens(1000, 2000), at(0)), Some(30));
    let saved = cells.changed(at(10));
    for (began, waits) in [(20, Some(10)), (31, None)] {
        let now = clock(began)(began);
        let (second, _) = process(saved.clone(), Counting::BUCKETS, &Allowance::default(), now);
        assert_eq!(wait(&second, (0, "m"), tokens(1000, 2000), now), waits);
    }
}
