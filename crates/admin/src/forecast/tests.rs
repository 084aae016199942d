//! Forecasts over days that are made up.

use proptest::prelude::*;

use super::*;

/// A Monday, 2026-11-16.
const MONDAY: u64 = 20_773;
const NOON: u64 = DAY_MS / 2;

fn days(from: u64, sums: &[u64]) -> Vec<(u64, u64)> {
    (from..).zip(sums.iter().copied()).collect()
}

#[test]
fn days_of_the_week_are_known() {
    // 1970-01-01 was a Thursday, 2026-11-16 a Monday.
    assert_eq!((weekday(0), weekday(MONDAY), weekday(MONDAY + 6)), (3, 0, 6));
}

#[test]
fn what_is_alike_every_day_goes_on() {
    let pace = Pace::of(&days(MONDAY - 28, &[100; 28]), MONDAY * DAY_MS).unwrap();
    let seen = pace.until(500, MONDAY * DAY_MS, (MONDAY + 10) * DAY_MS);
    assert_eq!(seen, Outlook { expected: 1500, between: Some((1500, 1500)), daily: 100 });
    assert_eq!(pace.days, 28);
    // A day and a half after that, 1150 are used.
    assert_eq!(pace.reaches(150, MONDAY * DAY_MS, u64::MAX), Some(MONDAY * DAY_MS + DAY_MS + NOON));
}

#[test]
fn weekends_are_told_from_working_days() {
    let week = [70, 70, 70, 70, 70, 0, 0];
    let pace = Pace::of(&days(MONDAY - 28, &week.repeat(4)), MONDAY * DAY_MS).unwrap();
    let of = |from: u64, to: u64| pace.until(0, (MONDAY + from) * DAY_MS, (MONDAY + to) * DAY_MS).expected;
    // Four of each and the mean of 50: (4 × 70 + 50) / 5 and 50 / 5.
    assert_eq!((of(0, 1), of(5, 6), of(0, 7)), (66, 10, 350));
    // Without knowing of weekdays a day would be said to cost 50, off by 20 to 50 either way.
    let (low, high) = pace.until(0, MONDAY * DAY_MS, (MONDAY + 5) * DAY_MS).between.unwrap();
    assert!(low > 250 && high < 410, "{low} to {high}");
    // Five working days make 330; the last 10 take all of Saturday.
    let reached = pace.reaches(340, MONDAY * DAY_MS, u64::MAX).unwrap();
    assert_eq!((reached / DAY_MS - MONDAY, pace.reaches(340, MONDAY * DAY_MS, reached)), (6, None));
}

#[test]
fn few_days_say_little() {
    let now = MONDAY * DAY_MS + NOON;
    assert_eq!(Pace::of(&[], now), None);
    assert_eq!(Pace::of(&[(MONDAY + 1, 5)], now), None, "what is to come is not known");
    // The first day: as much again every day, and no interval.
    let seen = |sums: &[(u64, u64)]| Pace::of(sums, now).unwrap().until(0, now, (MONDAY + 2) * DAY_MS);
    assert_eq!(seen(&[(MONDAY, 80)]), Outlook { expected: 120, between: None, daily: 80 });
    let one = seen(&[(MONDAY - 1, 90), (MONDAY, 45)]);
    assert_eq!(one, Outlook { expected: 135, between: None, daily: 90 }, "one whole day tells no spread");
    let two = seen(&[(MONDAY - 2, 60), (MONDAY - 1, 120), (MONDAY, 45)]);
    let (low, high) = two.between.unwrap();
    assert!(low < two.expected && two.expected < high && high > 2 * two.expected, "{two:?}");
}

#[test]
fn what_is_new_is_not_thought_cheap_and_what_is_over_is() {
    let now = MONDAY * DAY_MS;
    let daily = |sums: &[(u64, u64)]| Pace::of(sums, now).unwrap().until(0, now, now).daily;
    assert_eq!(daily(&days(MONDAY - 3, &[90, 90, 90])), 90);
    assert_eq!(daily(&days(MONDAY - 28, &[90, 90, 90])), 10, "three days, then 25 without a request");
    assert_eq!(daily(&days(MONDAY - 40, &[90, 90, 90])), 0, "too long ago");
}

#[test]
fn a_budget_that_lasts_is_not_used_up() {
    let now = MONDAY * DAY_MS;
    let pace = Pace::of(&days(MONDAY - 28, &[100; 28]), now).unwrap();
    assert_eq!(pace.reaches(0, now, now), Some(now), "it is used up already");
    assert_eq!(pace.reaches(301, now, now + 3 * DAY_MS), None);
    assert_eq!(pace.reaches(300, now, now + 3 * DAY_MS), None, "when it begins anew is not before that");
    assert_eq!(pace.reaches(299, now, now + 3 * DAY_MS).map(|at| at / DAY_MS), Some(MONDAY + 2));
    let none = Pace::of(&days(MONDAY - 28, &[0; 28]), now).unwrap();
    assert_eq!(none.reaches(1, now, now + 366 * DAY_MS), None);
}

/// A number that looks like chance, from 0 to 1.
fn chance(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    float(*seed >> 40) / float(1 << 24)
}

#[test]
fn eight_of_ten_months_end_within_the_interval() {
    let mut seed = 7;
    let (months, rest) = (2_000, 12);
    for known in [7_u64, 14, 28] {
        let mut within = 0;
        for _ in 0..months {
            let mut day = |day: u64| {
                let usual = if weekday(day) < 5 { 100.0 } else { 30.0 };
                // A sum of three is near enough to how sums of many requests scatter.
                let noise = chance(&mut seed) + chance(&mut seed) + chance(&mut seed) - 1.5;
                nano(usual + 60.0 * noise)
            };
            let sums: Vec<(u64, u64)> = (MONDAY - known..MONDAY).map(|at| (at, day(at))).collect();
            let came: u64 = (MONDAY..MONDAY + rest).map(&mut day).sum();
            let now = MONDAY * DAY_MS;
            let seen = Pace::of(&sums, now).unwrap().until(0, now, (MONDAY + rest) * DAY_MS);
            let (low, high) = seen.between.unwrap();
            within += u64::from(low <= came && came <= high);
        }
        // Few days scatter more than the formula can know; it must not promise more than it holds.
        assert!(
            (months * 75 / 100..=months * 97 / 100).contains(&within),
            "{known} days: {within} of {months}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forecasts_are_numbers_in_their_order(
        sums in proptest::collection::vec((0..80u64, prop_oneof![0..2_000_000_000u64, any::<u64>()]), 0..60),
        (at, ahead) in (0..60 * DAY_MS, 0..400 * DAY_MS),
        (spent, more) in (any::<u64>(), any::<u64>()),
    ) {
        let now = (MONDAY + 20) * DAY_MS + at;
        let sums: Vec<(u64, u64)> = sums.into_iter().map(|(day, nano)| (MONDAY + day, nano)).collect();
        let Some(pace) = Pace::of(&sums, now) else {
            prop_assert!(sums.iter().all(|(day, _)| *day > now / DAY_MS));
            return Ok(());
        };
        prop_assert!(pace.days <= DAYS);
        let numbers = pace.weekdays.into_iter().chain([pace.mean]).chain(pace.spread);
        for number in numbers {
            prop_assert!(number.is_finite() && number >= 0.0, "{:?}", pace);
        }
        let seen = pace.until(spent, now, now + ahead);
        prop_assert!(seen.expected >= spent);
        prop_assert_eq!(seen.between.is_some(), pace.days >= 2);
        if let Some((low, high)) = seen.between {
            prop_assert!(spent <= low && low <= seen.expected && seen.expected <= high, "{:?}", seen);
        }
        if let Some(reached) = pace.reaches(more, now, now + ahead) {
            prop_assert!(more == 0 || (now <= reached && reached < now + ahead));
        }
    }

    #[test]
    fn the_longer_the_time_the_more_is_expected(
        sums in proptest::collection::vec(0..1_000_000_000u64, 1..40),
        (a, b) in (0..60 * DAY_MS, 0..60 * DAY_MS),
    ) {
        let now = (MONDAY + 40) * DAY_MS;
        let pace = Pace::of(&days(MONDAY, &sums), now).unwrap();
        let of = |ahead| pace.until(0, now, now + ahead).expected;
        prop_assert!(of(a.min(b)) <= of(a.max(b)));
        // What is expected until then is used up then, as far as whole numbers go.
        let until = now + a;
        if let Some(reached) = pace.reaches(of(a).saturating_add(2), now, u64::MAX >> 20) {
            prop_assert!(reached >= until || reached + DAY_MS > until, "{} {}", reached, until);
        }
    }
}
