//! What is reserved, given back and learned, by a clock that the test moves.

use std::path::PathBuf;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use wye_limits::{Answer, Ask, Asked, LEASE_WAIT, Share, Tally, Unit};
use wye_providers::limits::{DAY, Measure as Told, Window};
use wye_types::{Clock, Usage};

use super::*;

mod restart;

const NOON: u64 = 1_795_003_200_000;

fn at(seconds: u64) -> Moment {
    Moment { mono: Duration::from_secs(seconds), unix_ms: NOON + seconds * 1000 }
}

const fn tokens(input: u64, output: u64) -> Estimate {
    Estimate { input, output }
}

fn limits(windows: &[(Measure, Period, u64)]) -> Allowance {
    Allowance { windows: windows.to_vec(), request: None, refuse_when_lost: false }
}

/// A provider `p` with two accounts, of whose model `m` so much may be used on each.
fn quotas(counting: Counting, all: &Allowance, model: &Allowance, cells: &Arc<Cells>) -> Arc<Quotas> {
    let from = Source { cells: Arc::clone(cells), waiting: Arc::default(), now: at(0) };
    let account = |name: &str| AccountAllowance {
        name: name.to_owned(),
        models: vec![("m".to_owned(), model.clone())],
        ..AccountAllowance::default()
    };
    Arc::new(Quotas::new("p", counting, all, vec![account("1"), account("2")], &from))
}

fn free(counting: Counting) -> Arc<Quotas> {
    quotas(counting, &Allowance::default(), &Allowance::default(), &Arc::default())
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
    };
    pairs.iter().map(pair).collect()
}

fn wait(quotas: &Arc<Quotas>, place: (usize, &str), estimate: Estimate, now: Moment) -> Option<u64> {
    let refused = quotas.refuses(place, estimate, now);
    assert_eq!(quotas.reserve(place, estimate, now).is_err(), refused.is_some());
    refused.map(|refused| (refused.until.unwrap() - now.mono).as_secs())
}

#[test]
fn where_no_quota_is_known_nothing_is_held() {
    let quotas = free(Counting::UNKNOWN);
    assert!(quotas.reserve((0, "m"), tokens(1, 1), at(0)).unwrap().is_none());
    quotas.hear((0, "m"), &headers(&[("x-request-id", "1")]), at(0));
    assert!(quotas.reserve((0, "m"), tokens(1, 1), at(0)).unwrap().is_none());
}

#[test]
fn all_that_apply_are_reserved_or_none() {
    let all = limits(&[(Measure::Concurrent, Period::Total, 2)]);
    let model = limits(&[(Measure::Requests, Period::MINUTE, 3), (Measure::Tokens, Period::MINUTE, 100)]);
    let cells = Arc::default();
    let quotas = quotas(Counting::UNKNOWN, &all, &model, &cells);
    let left = |owner: &str, measure| {
        let all = cells.all();
        let (_, cell) = all.iter().find(|(id, _)| id.owner == owner && id.measure == measure).unwrap();
        cell.view(at(1)).left
    };
    let first = quotas.reserve((0, "m"), tokens(40, 20), at(0)).unwrap().unwrap();
    assert_eq!((left("provider p", Measure::Concurrent), left("p/1 m", Measure::Tokens)), (1, 40));
    let (refused, _) = quotas.reserve((0, "m"), tokens(40, 20), at(1)).unwrap_err();
    assert_eq!(refused.quota, "100 tokens a minute of p/1 m");
    // Nothing of it is held, and the other account has a quota of its own.
    assert_eq!((left("provider p", Measure::Concurrent), left("p/1 m", Measure::Requests)), (1, 2));
    let second = quotas.reserve((1, "m"), tokens(40, 20), at(1)).unwrap().unwrap();
    let (refused, _) = quotas.reserve((0, "m"), tokens(1, 1), at(1)).unwrap_err();
    assert_eq!((refused.until, refused.never), (None, None), "a place comes back when a request ends");
    assert_eq!(refused.quota, "2 requests at once of provider p");
    // It failed: the request counts, its tokens do not.
    first.failed();
    assert_eq!((left("p/1 m", Measure::Requests), left("p/1 m", Measure::Tokens)), (2, 100));
    // It was never sent.
    drop(second);
    assert_eq!((left("p/2 m", Measure::Requests), left("p/2 m", Measure::Tokens)), (3, 100));
    let third = quotas.reserve((1, "m"), tokens(40, 20), at(1)).unwrap().unwrap();
    third.served(Some(&Usage { input: 7, output: 3, ..Usage::default() }));
    assert_eq!((left("p/2 m", Measure::Requests), left("p/2 m", Measure::Tokens)), (2, 90));
    assert_eq!(left("provider p", Measure::Concurrent), 2);
}

#[test]
fn what_never_fits_says_why() {
    let closed = limits(&[(Measure::Requests, Period::MINUTE, 0)]);
    let small = Allowance { request: Some(50), ..limits(&[(Measure::Tokens, Period::MINUTE, 80)]) };
    let never = |model: &Allowance, estimate| {
        let quotas = quotas(Counting::UNKNOWN, &Allowance::default(), model, &Arc::default());
        let (refused, _) = quotas.reserve((0, "m"), estimate, at(0)).unwrap_err();
        assert_eq!(quotas.refuses((0, "m"), estimate, at(0)).as_ref(), Some(&refused));
        (refused.never.unwrap(), refused.quota)
    };
    assert_eq!(never(&closed, tokens(1, 1)), (Never::Closed, "0 requests a minute of p/1 m".to_owned()));
    assert_eq!(never(&small, tokens(1, 50)), (Never::TooLarge, "50 tokens in one request".to_owned()));
    let small = Allowance { request: None, ..small };
    assert_eq!(never(&small, tokens(1, 80)), (Never::TooLarge, "80 tokens a minute of p/1 m".to_owned()));
}

/// Groq's headers: requests of a day, tokens of a minute, both coming back evenly.
#[test]
fn what_a_bucket_has_left_comes_back_evenly() {
    let counting = Counting { requests: Some(DAY), ..Counting::BUCKETS };
    let quotas = free(counting);
    let told = [
        ("x-ratelimit-limit-requests", "14400"),
        ("x-ratelimit-limit-tokens", "6000"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-remaining-tokens", "600"),
        ("x-ratelimit-reset-requests", "24h0m0s"),
        ("x-ratelimit-reset-tokens", "54s"),
        ("retry-after", "9999"),
    ];
    quotas.hear((0, "m"), &headers(&told), at(0));
    assert_eq!(wait(&quotas, (0, "m"), tokens(10, 10), at(0)), Some(6), "one of 14400 is back after 6 s");
    assert_eq!(wait(&quotas, (0, "m"), tokens(10, 10), at(6)), None);
    assert_eq!(wait(&quotas, (0, "m"), tokens(1500, 600), at(6)), Some(9));
    // Another model and another account are not meant.
    assert_eq!(wait(&quotas, (0, "n"), tokens(10, 10), at(0)), None);
    assert_eq!(wait(&quotas, (1, "m"), tokens(10, 10), at(0)), None);
}

#[test]
fn a_limit_over_an_unknown_time_counts_only_as_far_as_it_is_told() {
    let quotas = free(Counting::UNKNOWN);
    // Recording together/openai_chat__chat__01: more is left than there is.
    for (limit, left, reset, waits) in
        [("10", "19", "2", None), ("2", "0", "1", Some(1)), ("10000", "9999", "6ms", None)]
    {
        let told =
            [("x-ratelimit-limit", limit), ("x-ratelimit-remaining", left), ("x-ratelimit-reset", reset)];
        quotas.hear((0, "m"), &headers(&told), at(0));
        assert_eq!(wait(&quotas, (0, "m"), tokens(1, 1), at(0)), waits, "{told:?}");
    }
    for n in 0..40 {
        let held = quotas.reserve((0, "m"), tokens(1, 1), at(2 + n / 9)).unwrap().unwrap();
        held.served(None);
    }
}

#[test]
fn no_word_of_a_provider_raises_what_is_configured() {
    let model = limits(&[(Measure::Requests, Period::MINUTE, 2)]);
    let quotas = quotas(Counting::MINUTES, &Allowance::default(), &model, &Arc::default());
    let told = |limit: &str| {
        headers(&[("x-ratelimit-limit-requests", limit), ("x-ratelimit-remaining-requests", "1")])
    };
    quotas.hear((0, "m"), &told("500"), at(0));
    quotas.reserve((0, "m"), tokens(1, 1), at(0)).unwrap().unwrap().served(None);
    assert!(wait(&quotas, (0, "m"), tokens(1, 1), at(0)).is_some(), "it says that nothing is left");
    quotas.hear((0, "m"), &headers(&[("x-ratelimit-limit-requests", "1")]), at(61));
    assert!(quotas.reserve((0, "m"), tokens(1, 1), at(61)).is_ok());
}

fn named(of: Told, per: Duration, limit: Option<u64>, left: u64, reset: Option<u64>) -> Window {
    let reset = reset.map(Duration::from_secs);
    Window { of, per: Some(per), limit, remaining: Some(left), reset }
}

fn refuse(quotas: &Quotas, window: Window, estimate: Estimate, now: Moment) -> bool {
    let wanted = Wanted { estimate, retry_after: None, named: true };
    quotas.learn((0, "m"), &[window], Some(wanted), now)
}

#[test]
fn what_was_refused_is_more_than_is_left() {
    let quotas = free(Counting::BUCKETS);
    let minute = Duration::from_secs(60);
    // Limit 6000, Used 5034, Requested 1443: it counts more than we do.
    let window = named(Told::Tokens, minute, Some(6000), 966, Some(5));
    assert!(refuse(&quotas, window, tokens(400, 500), at(0)));
    assert!(wait(&quotas, (0, "m"), tokens(400, 500), at(0)).is_some());
    assert_eq!(wait(&quotas, (0, "m"), tokens(400, 100), at(0)), None, "a smaller one may go");
    assert_eq!(wait(&quotas, (0, "m"), tokens(400, 500), at(5)), None);
    // An estimate above the whole limit is asked when all of it is there.
    assert_eq!(wait(&quotas, (0, "m"), tokens(9000, 500), at(70)), None);
}

#[test]
fn a_day_that_is_used_up_ends_where_the_vendor_lives() {
    let day = |zone: &'static str, now: Moment| {
        let quotas = free(Counting { day_zone: zone, ..Counting::UNKNOWN });
        assert!(refuse(&quotas, named(Told::Requests, DAY, None, 0, None), tokens(1, 1), now));
        wait(&quotas, (0, "m"), tokens(1, 1), now)
    };
    // 2026-11-18T12:00:00Z is four in the morning in California.
    assert_eq!(day("America/Los_Angeles", at(0)), Some(20 * 3600));
    assert_eq!(day("", at(0)), Some(3600), "where nobody knows, it is asked once an hour");
    // A quota of zero is asked again as well.
    let quotas = free(Counting { day_zone: "America/Los_Angeles", ..Counting::UNKNOWN });
    assert!(refuse(&quotas, named(Told::Requests, DAY, Some(0), 0, None), tokens(1, 1), at(0)));
    assert_eq!(wait(&quotas, (0, "m"), tokens(1, 1), at(3000)), Some(20 * 3600 - 3000));
}

#[test]
fn a_learned_limit_that_nobody_repeats_is_forgotten() {
    let quotas = free(Counting::MINUTES);
    let none = headers(&[("x-ratelimit-limit-requests", "1"), ("x-ratelimit-remaining-requests", "0")]);
    quotas.hear((0, "m"), &none, at(0));
    assert_eq!(wait(&quotas, (0, "m"), tokens(1, 1), at(0)), Some(60));
    quotas.reserve((0, "m"), tokens(1, 1), at(3000)).unwrap().unwrap().served(None);
    assert!(wait(&quotas, (0, "m"), tokens(1, 1), at(3000)).is_some());
    for _ in 0..3 {
        assert!(quotas.reserve((0, "m"), tokens(1, 1), at(3601)).unwrap().is_some_and(|held| {
            held.served(None);
            true
        }));
    }
}

#[test]
fn a_client_that_makes_names_up_fills_no_memory() {
    let cells: Arc<Cells> = Arc::default();
    let quotas = quotas(Counting::MINUTES, &Allowance::default(), &Allowance::default(), &cells);
    let told = headers(&[("x-ratelimit-limit-requests", "9"), ("x-ratelimit-remaining-requests", "9")]);
    for n in 0..1000 {
        quotas.hear((0, &format!("m{n}")), &told, at(0));
    }
    cells.sweep(at(1), usize::MAX);
    assert_eq!(cells.all().len(), 256);
    // What is not remembered is not known to be used up: the account rests instead.
    let window = named(Told::Requests, DAY, None, 0, None);
    assert!(!refuse(&quotas, window, tokens(1, 1), at(0)));
    // An hour later there is room again.
    quotas.hear((0, "new"), &told, at(3700));
    assert!(quotas.reserve((0, "new"), tokens(1, 1), at(3700)).unwrap().is_some());
}

#[test]
fn a_day_outlives_the_process() {
    let day = Period::Calendar(Unit::Day, jiff::tz::TimeZone::get("America/Los_Angeles").unwrap());
    let model = limits(&[(Measure::Requests, day, 3), (Measure::Concurrent, Period::Total, 3)]);
    let cells = Arc::default();
    let before = quotas(Counting::UNKNOWN, &Allowance::default(), &model, &cells);
    let running = before.reserve((0, "m"), tokens(1, 1), at(0)).unwrap();
    before.reserve((0, "m"), tokens(1, 1), at(0)).unwrap().unwrap().served(None);
    let saved = cells.changed(at(10));
    drop(running);
    let after = quotas(Counting::UNKNOWN, &Allowance::default(), &model, &Arc::new(Cells::restored(saved)));
    after.reserve((0, "m"), tokens(1, 1), at(20)).unwrap().unwrap().served(None);
    assert_eq!(wait(&after, (0, "m"), tokens(1, 1), at(20)), Some(20 * 3600 - 20));
    assert_eq!(wait(&after, (0, "m"), tokens(1, 1), at(20 * 3600)), None);
}

/// Every answer ever recorded that went well leaves room, unless it says that nothing is left.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn recorded_answers_that_went_well_stop_nobody() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("WYE_SHARED").map_or_else(beside, PathBuf::from);
    let Ok(vendors) = std::fs::read_dir(shared.join("wire/dev")) else {
        eprintln!("\n*** NOT RUN: no recordings in {} (set WYE_SHARED) ***\n", shared.display());
        return;
    };
    let mut checked = 0;
    for folder in vendors.map(|v| v.unwrap().path()).filter(|v| v.is_dir()) {
        let vendor = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let counting = wye_providers::find(&vendor).map_or(Counting::UNKNOWN, |p| p.quirks.counting);
        for file in std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()) {
            let recording: serde_json::Value =
                serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            let Some(told) = recording["response"]["headers"].as_object() else { continue };
            let told: Vec<(&str, &str)> =
                told.iter().filter_map(|(n, v)| Some((n.as_str(), v.as_str()?))).collect();
            if recording["response"]["status"] != 200 || !told.iter().any(|(n, _)| n.contains("ratelimit")) {
                continue;
            }
            let none = told.iter().any(|(n, v)| n.contains("remaining") && *v == "0");
            let quotas = free(counting);
            quotas.hear((0, "m"), &headers(&told), at(0));
            assert_eq!(
                wait(&quotas, (0, "m"), tokens(10, 10), at(0)).is_some(),
                none,
                "{}: {told:?}",
                file.display()
            );
            checked += 1;
        }
    }
    eprintln!("{checked} recorded answers");
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Reserve {
        account: usize,
        model: bool,
        input: u64,
        output: u64,
    },
    /// Ends one of those under way.
    End {
        which: prop::sample::Index,
        how: u8,
        used: u64,
    },
    /// The provider says how much is left.
    Hear {
        account: usize,
        left: u64,
        reset: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u64..40).prop_map(Step::Wait),
        (0usize..2, any::<bool>(), 1u64..40, 1u64..40)
            .prop_map(|(account, model, input, output)| Step::Reserve { account, model, input, output }),
        (0usize..2, any::<bool>(), 1u64..40, 1u64..40)
            .prop_map(|(account, model, input, output)| Step::Reserve { account, model, input, output }),
        (any::<prop::sample::Index>(), 0u8..4, 0u64..90).prop_map(|(which, how, used)| Step::End {
            which,
            how,
            used
        }),
        (0usize..2, 0u64..200, 0u64..70).prop_map(|(account, left, reset)| Step::Hear {
            account,
            left,
            reset
        }),
    ]
}

/// A call: when it was reserved, with which account, what it came to in tokens, and what of that was not reserved.
#[derive(Debug, Clone, Copy)]
struct Done {
    when: u64,
    account: usize,
    model: bool,
    requests: u64,
    tokens: u64,
    over: u64,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the interleaving: no window holds more than its limit and what was used above its reservation, no more
    /// requests are under way than may be, and in the end everything that is not used is there again.
    #[test]
    fn quotas_never_over_admit(steps in prop::collection::vec(step(), 1..120)) {
        let all = limits(&[(Measure::Concurrent, Period::Total, 4), (Measure::Tokens, Period::MINUTE, 300)]);
        let model = limits(&[(Measure::Requests, Period::MINUTE, 5), (Measure::Tokens, Period::MINUTE, 150)]);
        let cells: Arc<Cells> = Arc::default();
        let quotas = quotas(Counting::BUCKETS, &all, &model, &cells);
        let (mut now, mut open, mut done): (u64, Vec<(Holding, Done)>, Vec<Done>) = (0, Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Reserve { account, model, input, output } => {
                    let estimate = tokens(input, output);
                    let name = if model { "m" } else { "n" };
                    let refused = quotas.refuses((account, name), estimate, at(now));
                    let reserved = quotas.reserve((account, name), estimate, at(now));
                    prop_assert_eq!(reserved.is_err(), refused.is_some(), "what is seen is what is reserved");
                    if let Ok(Some(held)) = reserved {
                        let tokens = estimate.total();
                        open.push((held, Done { when: now, account, model, requests: 1, tokens, over: 0 }));
                        prop_assert!(open.len() <= 4);
                    }
                }
                Step::End { .. } if open.is_empty() => {}
                Step::End { which, how, used } => {
                    let (held, mut call) = open.swap_remove(which.index(open.len()));
                    match how {
                        0 => { held.failed(); call.tokens = 0; }
                        1 => { drop(held); (call.requests, call.tokens) = (0, 0); }
                        2 => { call.tokens = held.estimate.input; held.abandoned(); }
                        _ => {
                            held.served(Some(&Usage { input: used, ..Usage::default() }));
                            (call.over, call.tokens) = (used.saturating_sub(call.tokens), used);
                        }
                    }
                    done.push(call);
                }
                Step::Hear { account, left, reset } => {
                    let (left, reset) = (left.to_string(), format!("{reset}s"));
                    let told = [("x-ratelimit-remaining-tokens", left.as_str()), ("x-ratelimit-reset-tokens", reset.as_str())];
                    quotas.hear((account, "m"), &headers(&told), at(now));
                }
            }
            let calls: Vec<Done> = done.iter().copied().chain(open.iter().map(|(_, call)| *call)).collect();
            for from in calls.iter().map(|call| call.when) {
                let within = |of: &dyn Fn(&Done) -> bool| {
                    let calls = calls.iter().filter(|c| (from..from + 60).contains(&c.when) && of(c));
                    calls.fold((0, 0), |(requests, tokens), c| (requests + c.requests, tokens + c.tokens.saturating_sub(c.over)))
                };
                prop_assert!(within(&|_| true).1 <= 300);
                for account in 0..2 {
                    let (requests, used) = within(&|c| c.account == account && c.model);
                    prop_assert!(requests <= 5 && used <= 150, "{requests} requests, {used} tokens of {account}");
                }
            }
        }
        drop(open);
        for (id, cell) in cells.all() {
            let view = cell.view(at(now + 200));
            prop_assert_eq!(view.left, view.limit, "{:?}", id);
        }
    }
}

/// A clock that goes with Tokio's, which a test stops.
struct Paused(tokio::time::Instant);

impl Clock for Paused {
    fn mono(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix_ms(&self) -> u64 {
        NOON
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_other_gateways_share_is_asked_for_and_waited_for() {
    let model = limits(&[(Measure::Requests, Period::MINUTE, 9), (Measure::Tokens, Period::MINUTE, 100)]);
    let cells: Arc<Cells> = Arc::default();
    let share = Arc::new(Share::default());
    share.set_lost(false);
    cells.share(Arc::clone(&share));
    let quotas = quotas(Counting::UNKNOWN, &Allowance::default(), &model, &cells);
    let clock = Paused(tokio::time::Instant::now());
    let ask = async || {
        let mut now = Moment::of(&clock);
        let reserved =
            crate::lease::reserve((&clock, &mut now), |now| quotas.reserve((0, "m"), tokens(20, 20), now));
        reserved.await
    };
    // Nobody answers: it is refused in time.
    let refused = ask().await.unwrap_err();
    assert_eq!(refused.never, None);
    // Tokio's timers go by whole milliseconds.
    assert!((LEASE_WAIT..LEASE_WAIT * 11 / 10).contains(&clock.mono()), "{:?}", clock.mono());
    // The others answer: each of the two quotas is asked in its turn.
    let mut tally = Tally::default();
    let answers = async {
        loop {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let now = Moment::of(&clock);
            for cell in share.take_wanted() {
                let Some(ask) = cell.plan(now) else { continue };
                let Ask::Slots(wanted) = &ask else { panic!("a window") };
                let name = format!("{:?}", cell.measure);
                let asked = Asked { now: Duration::from_millis(now.unix_ms), nodes: 2 };
                let answer = Answer::Slots(tally.slots(&name, asked, wanted));
                cell.hear(now, now, &ask, &answer);
            }
        }
    };
    let held = tokio::select! {
        held = ask() => held.unwrap(),
        () = answers => unreachable!(),
    };
    assert!(held.is_some());
}
