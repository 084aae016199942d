//! Each rule at its borders.

use super::*;

fn kinds(facts: &Facts) -> Vec<(&'static str, Severity, String)> {
    advise(facts).into_iter().map(|one| (one.kind, one.severity, one.subject)).collect()
}

fn one(facts: &Facts) -> Option<(&'static str, Severity)> {
    let all = advise(facts);
    assert!(all.len() < 2, "{all:?}");
    all.first().map(|one| (one.kind, one.severity))
}

fn calls(served: u64, failed: &[(&str, u64)]) -> Facts {
    let failed = failed.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect();
    let calls = Calls { provider: "corp".to_owned(), served, failed, since_ms: Some(7), ..Calls::default() };
    Facts { window_ms: 900_000, calls: vec![calls], ..Facts::default() }
}

#[test]
fn where_nothing_is_the_matter_nothing_is_advised() {
    assert_eq!(advise(&Facts::default()), []);
}

#[test]
fn a_provider_that_fails_is_told_by_how_much() {
    let of = |served, failed| one(&calls(served, &[("provider_error", failed)]));
    assert_eq!(of(0, 4), None, "a few failures are what routes are for");
    assert_eq!(of(0, 5), Some(("provider_failing", Severity::Urgent)));
    assert_eq!(of(5, 5), Some(("provider_failing", Severity::Urgent)));
    assert_eq!(of(6, 5), Some(("provider_failing", Severity::Soon)));
    assert_eq!(of(20, 5), Some(("provider_failing", Severity::Soon)));
    assert_eq!(of(21, 5), None);
    let told = advise(&calls(5, &[("provider_error", 2), ("provider_timeout", 8)])).remove(0);
    assert_eq!(
        told.message,
        "corp failed in 10 of 15 calls (66 %) in the last 15 min: 8 provider_timeout, 2 provider_error"
    );
    assert_eq!((told.since_ms, told.remedy.1.as_str()), (Some(7), "corp"));
}

#[test]
fn a_refused_key_is_told_at_once_and_is_no_failure() {
    let refused = [("provider_auth_failed", 9)];
    assert_eq!(one(&calls(0, &refused)), Some(("credentials_refused", Severity::Urgent)));
    assert_eq!(one(&calls(1, &refused)), Some(("credentials_refused", Severity::Soon)));
    let told = advise(&calls(0, &[("provider_payment_required", 1)])).remove(0);
    assert!(told.message.contains("wants to be paid"), "{}", told.message);
}

fn allowed(provider: Option<&str>, left: u64, limit: u64) -> Facts {
    let allowed = Allowed {
        owner: "key ci".to_owned(),
        provider: provider.map(str::to_owned),
        measure: "money",
        period: "month UTC".to_owned(),
        limit,
        left,
        resets_in_ms: Some(7_200_000),
    };
    Facts { allowed: vec![allowed], ..Facts::default() }
}

#[test]
fn what_is_left_of_budgets_and_quotas_is_told_in_time() {
    let of = |left| one(&allowed(None, left, 1000));
    assert_eq!(of(200), None);
    assert_eq!(of(199), Some(("budget_near", Severity::Soon)));
    assert_eq!(of(0), Some(("budget_used_up", Severity::Urgent)));
    assert_eq!(one(&allowed(None, 0, 0)), None, "a limit of nought forbids");
    let of = |left| one(&allowed(Some("groq"), left, 1000));
    assert_eq!(of(100), None);
    assert_eq!(of(99), Some(("quota_near", Severity::Note)));
    assert_eq!(of(0), Some(("quota_used_up", Severity::Soon)));
    let told = advise(&allowed(Some("groq"), 0, 1000)).remove(0);
    assert_eq!(told.remedy, (Remedy::OpenProvider, "groq".to_owned()));
    assert!(told.message.ends_with("back in 2 h"), "{}", told.message);
}

#[test]
fn routes_are_told_before_they_have_nothing_left() {
    let of = |targets, ready| {
        let standing = Standing { route: "fast".to_owned(), targets, ready };
        one(&Facts { routes: vec![standing], ..Facts::default() })
    };
    assert_eq!(of(0, 0), Some(("route_empty", Severity::Urgent)));
    assert_eq!(of(1, 0), Some(("route_without_target", Severity::Urgent)));
    assert_eq!(of(1, 1), None, "it never had more");
    assert_eq!(of(2, 1), Some(("route_last_target", Severity::Soon)));
    assert_eq!(of(4, 2), Some(("route_cooling", Severity::Note)));
    assert_eq!(of(5, 3), None);
}

fn shut(count: usize, broken: bool, for_ms: u64) -> Facts {
    let one = |n| Shut { deployment: format!("corp/m{n}"), provider: "corp".to_owned(), broken, for_ms };
    Facts { shut: (0..count).map(one).collect(), ..Facts::default() }
}

#[test]
fn deployments_that_are_left_alone_are_told_one_by_one_or_as_their_provider() {
    assert_eq!(one(&shut(1, true, 1000)), Some(("breaker_open", Severity::Soon)));
    assert_eq!(one(&shut(1, false, 599_999)), None);
    assert_eq!(one(&shut(1, false, 600_000)), Some(("resting_long", Severity::Note)));
    assert_eq!(kinds(&shut(2, true, 1000)).len(), 2);
    assert_eq!(one(&shut(3, false, 1000)), Some(("provider_cooling", Severity::Soon)));
}

#[test]
fn a_model_is_slow_beside_what_it_was() {
    let of = |now, now_us, usual, usual_us| {
        let pace = Pace { deployment: "corp/m".to_owned(), now, now_us, usual, usual_us };
        one(&Facts { paces: vec![pace], ..Facts::default() })
    };
    let slow = Some(("model_slow", Severity::Soon));
    assert_eq!(of(10, 3_000_000, 50, 1_000_000), slow);
    assert_eq!(of(10, 2_999_999, 50, 1_000_000), None);
    assert_eq!(of(9, 3_000_000, 50, 1_000_000), None);
    assert_eq!(of(10, 3_000_000, 49, 1_000_000), None);
    assert_eq!(of(10, 900_000, 50, 100_000), None, "nobody minds");
}

#[test]
fn keys_and_models_are_told_of_before_they_end() {
    const DAY: u64 = 86_400_000;
    let now_ms = 100 * DAY;
    let key = |ends| one(&Facts { now_ms, expiries: vec![("ci".to_owned(), ends)], ..Facts::default() });
    assert_eq!(key(107 * DAY), None);
    assert_eq!(key(107 * DAY - 1), Some(("key_expires", Severity::Soon)));
    assert_eq!(key(101 * DAY - 1), Some(("key_expires", Severity::Urgent)));
    assert_eq!(key(100 * DAY - 1), Some(("key_expired", Severity::Note)));
    assert_eq!(key(93 * DAY), None, "it is over");
    let model = |days| {
        let ending = ("corp/m".to_owned(), "2026-12-01".to_owned(), days);
        one(&Facts { endings: vec![ending], ..Facts::default() })
    };
    assert_eq!(model(31), None);
    assert_eq!(model(30), Some(("model_ends", Severity::Soon)));
    assert_eq!(model(-3), Some(("model_ends", Severity::Soon)));
}

#[test]
fn the_worst_comes_first() {
    let facts = Facts {
        is_open: true,
        single_factor: 2,
        unpriced: vec![("corp/m".to_owned(), 9)],
        ailments: vec![("catalog", "the catalogue is old".to_owned()), ("log", "no database".to_owned())],
        ..Facts::default()
    };
    let text = |kind, severity, subject: &str| (kind, severity, subject.to_owned());
    assert_eq!(
        kinds(&facts),
        [
            text("degraded", Severity::Urgent, "log"),
            text("degraded", Severity::Soon, "catalog"),
            text("no_client_keys", Severity::Note, ""),
            text("no_second_factor", Severity::Note, ""),
            text("unpriced", Severity::Note, "corp/m"),
        ]
    );
}
