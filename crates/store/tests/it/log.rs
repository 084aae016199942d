//! The request log.

use std::collections::BTreeMap;

use wye_store::log::{
    Amount, Batch, Body, By, Daily, Entry, Filter, Flow, Found, Kept, Largest, Only, RequestLog, Series,
    Span, recent,
};
use wye_store::{Db, StoreError};
use wye_types::{Kind, RequestId, Usage};

crate::on_both![
    pages_are_whole_and_in_order,
    a_ledger_is_read_as_it_was_counted,
    filters_find_what_they_say,
    a_decision_is_read_with_its_request_alone,
    sums_agree_with_the_rows_whoever_wrote_them,
    sums_of_some_requests_are_of_those_alone,
    flows_and_series_add_up_to_all_requests,
    what_was_spent_a_day_is_told_apart_like_everything_else,
    what_is_replayed_counts_once,
    bodies_whose_places_are_side_by_side_all_find_one,
    texts_are_found_in_any_script_and_nothing_is_syntax,
    a_search_is_bounded_in_time_and_goes_on_where_it_gave_up,
    what_was_written_lately_is_found_by_when_it_ended,
];

const START: u64 = 1_795_000_000_000;

fn entry(n: u64) -> Entry {
    let failed = n.is_multiple_of(7);
    Entry {
        // A request every 100 seconds, over a day and a half.
        id: RequestId::v7(START + n * 100_000, u128::from(n) << 40),
        ended_ms: START + n * 100_000 + 900,
        kind: if n.is_multiple_of(11) { Kind::Images } else { Kind::Chat },
        dialect: "openai_chat".to_owned(),
        asked: "auto".to_owned(),
        route: Some(if n.is_multiple_of(2) { "auto" } else { "fast" }.to_owned()),
        key: (n.is_multiple_of(3)).then(|| "ci".to_owned()),
        team: (n.is_multiple_of(4)).then(|| "search".to_owned()),
        user: Some(format!("u{}", n % 50)),
        tags: if n.is_multiple_of(10) { vec!["beta".to_owned(), format!("t%{}", n % 3)] } else { Vec::new() },
        tried: if n.is_multiple_of(9) { vec!["openai/gpt".to_owned()] } else { Vec::new() },
        passed: if n == 77 { vec!["corp/dear".to_owned()] } else { Vec::new() },
        provider: (!failed).then(|| "groq".to_owned()),
        model: (!failed).then(|| if n == 1000 { "rare" } else { "llama" }.to_owned()),
        category: None,
        status: if failed { 502 } else { 200 },
        code: failed.then(|| "provider_unavailable".to_owned()),
        stream: n.is_multiple_of(5),
        usage: (!failed).then(|| Usage { input: 10, cache_read: Some(4), output: 3, ..Usage::default() }),
        estimated: n.is_multiple_of(2),
        cost_nano: (n.is_multiple_of(2) && !failed).then_some(50),
        cost_basis: (!failed).then(|| if n.is_multiple_of(2) { "catalog" } else { "unknown" }.to_owned()),
        price_version: (!failed).then(|| "1a2b".to_owned()),
        first_us: (!failed).then_some(n + 1),
        total_us: 1000 * (n + 1),
        overhead_us: 7,
        detail: format!("{{\"n\":{n}}}"),
        strategy: n.is_multiple_of(6).then(|| "adaptive".to_owned()),
        refusals: if n.is_multiple_of(60) {
            vec!["rests".to_owned(), "context".to_owned()]
        } else {
            Vec::new()
        },
        decision: None,
    }
}

fn batch(log: &RequestLog, entries: &[Entry]) -> Batch {
    Batch { number: log.next(), entries: entries.to_vec(), ..Batch::default() }
}

/// Writes as a process does that was started anew.
async fn anew(db: &Db, node: &str, entries: &[Entry]) {
    let mut log = RequestLog::open(db.clone(), node).await.unwrap();
    log.append(&batch(&log, entries)).await.unwrap();
}

async fn filled(db: &Db) -> Vec<Entry> {
    let entries: Vec<Entry> = (0..1300).map(entry).collect();
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    for part in entries.chunks(300) {
        log.append(&batch(&log, part)).await.unwrap();
    }
    entries
}

async fn all(db: &Db, filter: Filter, page: u32) -> Vec<Entry> {
    let (mut out, mut filter) = (Vec::new(), filter);
    loop {
        let found = filter.find(db, page).await.unwrap();
        out.extend(found.entries);
        match found.next {
            Some(next) => filter.before = Some(next),
            None => return out,
        }
    }
}

async fn pages_are_whole_and_in_order(db: Db) {
    let mut written = filled(&db).await;
    written.reverse();
    assert_eq!(all(&db, Filter::default(), 37).await, written);
    let within = Filter { from_ms: Some(START + 100_000), to_ms: Some(START + 300_000), ..Filter::default() };
    assert_eq!(all(&db, within, 1).await, [entry(2), entry(1)]);
}

async fn a_decision_is_read_with_its_request_alone(db: Db) {
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let decided = Entry { decision: Some(bytes), ..entry(6) };
    anew(&db, "a", &[entry(5), decided.clone()]).await;
    assert_eq!(all(&db, Filter::default(), 9).await, [entry(6), entry(5)]);
    assert_eq!(Entry::whole(&db, decided.id).await.unwrap(), Some(decided));
    assert_eq!(Entry::whole(&db, entry(5).id).await.unwrap(), Some(entry(5)));
    assert_eq!(Entry::whole(&db, entry(7).id).await.unwrap(), None);
}

async fn a_ledger_is_read_as_it_was_counted(db: Db) {
    let counted = Usage {
        input: 3,
        audio_in: Some(2),
        cache_write: Some(1),
        cache_write_1h: Some(4),
        output: 5,
        image_out: Some(6),
        ..Usage::default()
    };
    let detail = r#"{"cache_write_1h":4,"audio_in":2,"image_out":6,"units":{"searches":7}}"#.to_owned();
    let whole = Entry { usage: Some(counted), detail, ..entry(1) };
    let units = Entry { usage: None, detail: r#"{"units":{"images":1}}"#.to_owned(), ..entry(2) };
    let none = Entry { usage: None, ..entry(3) };
    anew(&db, "a", &[whole.clone(), units.clone(), none.clone()]).await;
    let read = async |entry: Entry| Entry::whole(&db, entry.id).await.unwrap().unwrap().ledger();
    let ledger = read(whole).await.unwrap();
    assert_eq!((ledger.tokens, ledger.units.searches), (counted, Some(7)));
    assert_eq!(read(units).await.unwrap().units.images, Some(1));
    assert_eq!(read(none).await, None);
}

async fn filters_find_what_they_say(db: Db) {
    let written = filled(&db).await;
    let some = |text: &str| Some(text.to_owned());
    type Case = (Filter, fn(&Entry) -> bool);
    let cases: Vec<Case> = vec![
        (Filter { model: some("rare"), ..Filter::default() }, |e| e.model.as_deref() == Some("rare")),
        (Filter { key: some("ci"), route: some("fast"), ..Filter::default() }, |e| {
            e.key.is_some() && e.route.as_deref() == Some("fast")
        }),
        (Filter { failed: Some(true), ..Filter::default() }, |e| e.code.is_some()),
        (Filter { failed: Some(false), stream: Some(true), ..Filter::default() }, |e| {
            e.code.is_none() && e.stream
        }),
        (Filter { status: Some(502), ..Filter::default() }, |e| e.status == 502),
        (Filter { user: some("u7"), ..Filter::default() }, |e| e.user.as_deref() == Some("u7")),
        (Filter { team: some("search"), failed: Some(true), ..Filter::default() }, |e| {
            e.team.is_some() && e.code.is_some()
        }),
        (Filter { tag: some("t%1"), ..Filter::default() }, |e| e.tags.contains(&"t%1".to_owned())),
        (Filter { tag: some("t%"), ..Filter::default() }, |_| false),
        (Filter { tried: some("openai/gpt"), ..Filter::default() }, |e| !e.tried.is_empty()),
        (Filter { tried: some("groq/rare"), key: some("ci"), ..Filter::default() }, |_| false),
        (Filter { tried: some("groq/rare"), ..Filter::default() }, |e| e.model.as_deref() == Some("rare")),
        (Filter { passed: some("corp/dear"), user: some("u27"), ..Filter::default() }, |e| {
            !e.passed.is_empty()
        }),
        (Filter { strategy: some("adaptive"), user: some("u6"), ..Filter::default() }, |e| {
            e.strategy.is_some() && e.user.as_deref() == Some("u6")
        }),
        (Filter { refusal: some("context"), ..Filter::default() }, |e| !e.refusals.is_empty()),
        (Filter { refusal: some("rest"), ..Filter::default() }, |_| false),
        (Filter { kind: Some(Kind::Images), ..Filter::default() }, |e| e.kind == Kind::Images),
        (Filter { kind: Some(Kind::Chat), user: some("u7"), ..Filter::default() }, |e| {
            e.kind == Kind::Chat && e.user.as_deref() == Some("u7")
        }),
        (Filter { kind: Some(Kind::Rerank), ..Filter::default() }, |_| false),
        (Filter { provider: some("' OR 1=1 --"), ..Filter::default() }, |_| false),
    ];
    for (filter, holds) in cases {
        let mut wanted: Vec<Entry> = written.iter().filter(|e| holds(e)).cloned().collect();
        wanted.reverse();
        assert_eq!(all(&db, filter.clone(), 50).await, wanted, "{filter:?}");
    }
}

async fn sums_agree_with_the_rows_whoever_wrote_them(db: Db) {
    let written = filled(&db).await;
    // A second node, and a first one that was started anew and gets a request of an old hour.
    anew(&db, "b", &[entry(5000)]).await;
    let late = Entry { id: RequestId::v7(START + 50, 1), ..entry(2) };
    anew(&db, "a", std::slice::from_ref(&late)).await;
    let (from, to) = (START / 1000 - 86_400, START / 1000 + 9_000_000);
    for span in [Span::Minute, Span::Hour, Span::Day] {
        let sum = &By::All.sum(&db, span, from, to).await.unwrap()[0];
        assert_eq!(sum.requests, 1302);
        assert_eq!(sum.failed, written.iter().filter(|e| e.code.is_some()).count() as u64);
        assert_eq!(sum.input, 14 * (sum.requests - sum.failed));
        assert_eq!(sum.total_us.count(), 1302);
        assert_eq!(sum.cost_nano / 50 + sum.unpriced, sum.requests - sum.failed);
    }
    let models = By::Deployment.sum(&db, Span::Day, from, to).await.unwrap();
    let names: Vec<(&str, u64)> = models.iter().map(|s| (s.of.as_str(), s.requests)).collect();
    assert_eq!(names[2], ("groq/rare", 1));
    assert_eq!((names[0].0, names[1].0), ("", "groq/llama"));
    let kinds = By::Kind.sum(&db, Span::Hour, from, to).await.unwrap();
    let kinds: Vec<(&str, u64)> = kinds.iter().map(|s| (s.of.as_str(), s.requests)).collect();
    let images = written.iter().filter(|e| e.kind == Kind::Images).count() as u64;
    assert_eq!(kinds, [("chat", 1302 - images), ("images", images)]);
    let hours = By::Time.sum(&db, Span::Hour, START / 1000, START / 1000 + 7200).await.unwrap();
    assert!(hours.len() >= 2 && hours.iter().all(|h| h.requests >= 16), "{hours:?}");
}

async fn sums_of_some_requests_are_of_those_alone(db: Db) {
    let written = filled(&db).await;
    let (from, to) = (START / 1000, START / 1000 + 9_000_000);
    let some = |text: &str| Some(text.to_owned());
    type Case = (Only, fn(&Entry) -> bool);
    let cases: [Case; 4] = [
        (Only { key: some("ci"), ..Only::default() }, |e| e.key.is_some()),
        (Only { route: some("fast"), provider: some("groq"), ..Only::default() }, |e| {
            e.route.as_deref() == Some("fast") && e.provider.is_some()
        }),
        (Only { model: some("rare"), ..Only::default() }, |e| e.model.as_deref() == Some("rare")),
        (Only { key: some("' OR 1=1"), ..Only::default() }, |_| false),
    ];
    for (only, fits) in cases {
        let fitting: Vec<&Entry> = written.iter().filter(|entry| fits(entry)).collect();
        for by in [By::All, By::Time, By::Provider, By::Code] {
            let sums = by.sum_of(&db, Span::Hour, (from, to), &only).await.unwrap();
            assert_eq!(
                sums.iter().map(|sum| sum.requests).sum::<u64>(),
                fitting.len() as u64,
                "{by:?} {only:?}"
            );
            let failed = fitting.iter().filter(|entry| entry.code.is_some()).count() as u64;
            assert_eq!(sums.iter().map(|sum| sum.failed).sum::<u64>(), failed, "{by:?} {only:?}");
        }
    }
}

async fn flows_and_series_add_up_to_all_requests(db: Db) {
    let written = filled(&db).await;
    let range = (START / 1000, START / 1000 + 9_000_000);
    let sum = |amounts: &mut dyn Iterator<Item = Amount>| {
        let mut all = Amount::default();
        amounts.for_each(|amount| all.add(&amount));
        all
    };
    let all = By::All.sum(&db, Span::Hour, range.0, range.1).await.unwrap().remove(0);
    let all = Amount {
        requests: all.requests,
        failed: all.failed,
        input: all.input,
        output: all.output,
        cost_nano: all.cost_nano,
    };
    let whole = Flow::of(&db, Span::Hour, range, 200).await.unwrap();
    assert_eq!((sum(&mut whole.links.iter().map(|link| link.amount)), whole.others), (all, 0));
    let most = &whole.links[0];
    assert_eq!((most.key.as_str(), most.deployment.as_str()), ("", "groq/llama"));
    let fits = |e: &&Entry| e.key.is_none() && e.route.as_deref() == Some(&most.route) && e.code.is_none();
    assert_eq!(most.amount.requests, written.iter().filter(fits).count() as u64);
    let cut = Flow::of(&db, Span::Hour, range, 2).await.unwrap();
    assert_eq!((&cut.links[..], cut.others), (&whole.links[..2], whole.links.len() - 2));
    assert_eq!(sum(&mut cut.links.iter().map(|link| link.amount).chain([cut.rest])), all);

    let only = Only::default();
    let over = (Span::Hour, range.0, range.1);
    let deployments = (By::Deployment, &only);
    let series = Series::of(&db, deployments, over, (Largest::Requests, 8)).await.unwrap();
    let names: Vec<Option<&str>> = series.iter().map(|one| one.of.as_deref()).collect();
    assert_eq!(names, [Some("groq/llama"), Some(""), Some("groq/rare")]);
    let points =
        |series: &[Series]| sum(&mut series.iter().flat_map(|one| &one.points).map(|(_, amount)| *amount));
    assert_eq!(points(&series), all);
    assert!(series[0].points.windows(2).all(|pair| pair[0].0 + 3600 == pair[1].0), "{:?}", series[0].points);
    // What is dear comes before what is often asked; the rest of them is one, with no name.
    let dear = Series::of(&db, deployments, over, (Largest::Cost, 2)).await.unwrap();
    let names: Vec<Option<&str>> = dear.iter().map(|one| one.of.as_deref()).collect();
    assert_eq!(names, [Some("groq/llama"), Some("groq/rare"), None]);
    assert_eq!(points(&dear), all);
    let ci = Only { key: Some("ci".to_owned()), ..Only::default() };
    let of_ci = Series::of(&db, (By::Route, &ci), over, (Largest::Tokens, 8)).await.unwrap();
    assert_eq!(points(&of_ci).requests, written.iter().filter(|e| e.key.is_some()).count() as u64);
    assert!(
        Series::of(&db, (By::Key, &only), (Span::Day, 0, 1), (Largest::Cost, 8)).await.unwrap().is_empty()
    );
}

async fn what_was_spent_a_day_is_told_apart_like_everything_else(db: Db) {
    const DAY_MS: u64 = 86_400_000;
    let written = filled(&db).await;
    // Another node, on a day of its own.
    let later = entry(1728);
    anew(&db, "b", std::slice::from_ref(&later)).await;
    let range = (START / 1000, START / 1000 + 9_000_000);
    type Named = fn(&Entry) -> Vec<String>;
    let cases: [(By, Named); 6] = [
        (By::All, |_| vec![String::new()]),
        (By::Key, |e| vec![e.key.clone().unwrap_or_default()]),
        (By::Deployment, |e| {
            vec![
                e.provider.as_ref().map_or(String::new(), |p| format!("{p}/{}", e.model.as_deref().unwrap())),
            ]
        }),
        (By::Team, |e| e.team.iter().cloned().collect()),
        (By::Tag, |e| e.tags.clone()),
        (By::User, |e| e.user.iter().cloned().collect()),
    ];
    for (by, named) in cases {
        let mut expected: BTreeMap<String, BTreeMap<u64, u64>> = BTreeMap::new();
        for entry in written.iter().chain([&later]) {
            for name in named(entry) {
                let day = expected.entry(name).or_default().entry(entry.at_ms() / DAY_MS).or_default();
                *day += entry.cost_nano.unwrap_or(0);
            }
        }
        let expected: Vec<Daily> =
            expected.into_iter().map(|(of, days)| Daily { of, days: days.into_iter().collect() }).collect();
        assert!(expected.iter().any(|one| one.days.len() > 1), "{by:?}: over more than a day");
        assert_eq!(Daily::of(&db, by, range).await.unwrap(), expected, "{by:?}");
    }
    let some = ["u2".to_owned(), "nobody".to_owned()];
    let found = Daily::among(&db, By::User, &some, range).await.unwrap();
    assert_eq!(found.iter().map(|one| one.of.as_str()).collect::<Vec<_>>(), ["u2"]);
    assert!(Daily::among(&db, By::User, &[], range).await.unwrap().is_empty());
    assert!(Daily::of(&db, By::Key, (0, 1)).await.unwrap().is_empty(), "nothing was spent then");
}

async fn what_is_replayed_counts_once(db: Db) {
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    let first = batch(&log, &[entry(1), entry(2)]);
    log.append(&first).await.unwrap();
    // The same batch again; one of a number that was used, of which one request is new; one that was never written.
    let mut next = RequestLog::open(db.clone(), "a").await.unwrap();
    next.replay(&first).await.unwrap();
    next.replay(&Batch { entries: vec![entry(2), entry(3)], ..first.clone() }).await.unwrap();
    next.replay(&Batch { number: 9, entries: vec![entry(4)], ..Batch::default() }).await.unwrap();
    assert_eq!(next.append(&first).await, Err(StoreError::Conflict));
    assert_eq!(next.next(), 10);
    assert_eq!(all(&db, Filter::default(), 9).await.len(), 4);
    assert_eq!(By::All.sum(&db, Span::Day, 0, u64::MAX / 2).await.unwrap()[0].requests, 4);
}

fn body(n: u64, request: &str, response: &str) -> Body {
    let kept = Kept { request: request.to_owned(), response: response.to_owned(), cut: false };
    Body::new(entry(n).id, &kept).unwrap()
}

async fn bodies_whose_places_are_side_by_side_all_find_one(db: Db) {
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    // The same millisecond, and of the chance nearly the same or the same of what a place is made of.
    let ids = [5, 4, 5, 4, 3, 6].into_iter().zip(0..).map(|(near, n)| RequestId::v7(START, near << 53 | n));
    let ids: Vec<RequestId> = ids.collect();
    for (n, id) in ids.iter().enumerate() {
        let kept = Kept { request: format!("\"body {n}\""), ..Kept::default() };
        let bodies = vec![Body::new(*id, &kept).unwrap()];
        let batch = Batch { number: log.next(), bodies, ..Batch::default() };
        assert_eq!(log.append(&batch).await, Ok(()), "body {n}");
    }
    for (n, id) in ids.iter().enumerate() {
        let kept = Body::of(&db, *id).await.unwrap();
        assert_eq!(kept.unwrap().request, format!("\"body {n}\""));
    }
}

async fn texts_are_found_in_any_script_and_nothing_is_syntax(db: Db) {
    let texts = [
        r#"{"messages":[{"role":"user","content":"Grüße an das Schöne"}]}"#,
        r#"{"messages":[{"role":"user","content":"ภาษาไทยไม่มีช่องว่าง"}]}"#,
        r#"{"messages":[{"role":"user","content":"我爱自然语言处理"}]}"#,
        r#"{"messages":[{"role":"user","content":"he said \"a OR b\" AND 100% of it*"}]}"#,
        r#"{"messages":[{"role":"user","content":"NEAR(x) ^col:val 'q' {y}"}]}"#,
        "nothing of JSON \\ at all_",
    ];
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    let mut batch = batch(&log, &(0..6).map(entry).collect::<Vec<_>>());
    batch.bodies = (0..).zip(texts).map(|(n, text)| body(n, text, r#"{"answer":"Common"}"#)).collect();
    // One whose place is taken.
    let twin = Entry { id: RequestId(entry(0).id.0 + 1), ..entry(0) };
    let kept = Kept { request: "\"twin\"".to_owned(), ..Kept::default() };
    batch.bodies.push(Body::new(twin.id, &kept).unwrap());
    batch.entries.push(twin.clone());
    log.append(&batch).await.unwrap();
    let now = START + 1_000_000;
    let find = async |text: &str, filter: Filter| {
        let filter = Filter { text: Some(text.to_owned()), ..filter };
        let found = filter.find_text(&db, now, 50).await.unwrap();
        assert_eq!(found.next, None, "{text}");
        found.entries.iter().rev().map(|e| (e.at_ms() - START) / 100_000).collect::<Vec<_>>()
    };
    for (text, wanted) in [
        ("schön", vec![0]),
        ("GRÜSSE", vec![]),
        ("ไม่มีช่อง", vec![1]),
        ("语言", vec![2]),
        ("我爱自然语言处理", vec![2]),
        ("爱", vec![2]),
        ("\"a OR b\"", vec![3]),
        ("a or b\" and 100%", vec![3]),
        ("100_", vec![]),
        ("it*", vec![3]),
        ("NEAR(x) ^col:val 'q' {y}", vec![4]),
        ("content", vec![]),
        ("of json \\", vec![5]),
        ("all_", vec![5]),
        ("twin", vec![0]),
        ("common", vec![0, 1, 2, 3, 4, 5]),
        ("", vec![0, 0, 1, 2, 3, 4, 5]),
    ] {
        assert_eq!(find(text, Filter::default()).await, wanted, "{text}");
    }
    let fast = Filter { route: Some("fast".to_owned()), ..Filter::default() };
    assert_eq!(find("common", fast).await, [1, 3, 5]);
    assert_eq!(Body::of(&db, twin.id).await.unwrap().unwrap().request, "\"twin\"");
    assert_eq!(Body::of(&db, entry(2).id).await.unwrap().unwrap().request, texts[2]);
    assert_eq!(Body::of(&db, entry(9).id).await.unwrap(), None);
}

async fn a_search_is_bounded_in_time_and_goes_on_where_it_gave_up(db: Db) {
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    let mut batch = batch(&log, &(0..1300).map(entry).collect::<Vec<_>>());
    batch.bodies = (0..1300).map(|n| body(n, "\"some text\"", "")).collect();
    log.append(&batch).await.unwrap();
    let now = START + 1300 * 100_000;
    let last_day = Filter { text: Some("some".to_owned()), ..Filter::default() };
    let (mut found, mut filter) = (0, last_day.clone());
    loop {
        let page = filter.find_text(&db, now, 100).await.unwrap();
        found += page.entries.len();
        let Some(next) = page.next else { break };
        filter.before = Some(next);
    }
    assert_eq!(found, 863, "a request every 100 s");
    // Too short for the index, and in no body: each page looks into so many and no more.
    let page = Filter { text: Some("zz".to_owned()), from_ms: Some(START), ..last_day };
    assert_eq!(page.find_text(&db, now, 1).await.unwrap(), Found { entries: Vec::new(), next: None });
}

async fn what_was_written_lately_is_found_by_when_it_ended(db: Db) {
    let at = |n: u64, lasted: u64| Entry {
        id: RequestId::v7(START + n * 1000, u128::from(n)),
        ended_ms: START + n * 1000 + lasted,
        decision: Some(vec![7, u8::try_from(n).unwrap()]),
        ..Entry::default()
    };
    // The first lasts longer than all others take together.
    let entries = [at(0, 200_000), at(30, 10), at(31, 9), at(90, 10)];
    anew(&db, "a", &entries[1..]).await;
    anew(&db, "b", &entries[..1]).await;
    let minute = (START / 1000) - (START / 1000) % 60;
    let counts: u64 = recent::arrived(&db, minute).await.unwrap().values().sum();
    assert_eq!(counts, 4, "of both nodes");
    assert!(recent::arrived(&db, minute + 600).await.unwrap().is_empty());
    let ids = |found: Vec<(u64, RequestId)>| found.into_iter().map(|(_, id)| id).collect::<Vec<_>>();
    let all = (START, START + 1_000_000);
    let [first, second, third, last] = [0, 1, 2, 3].map(|n: usize| entries[n].id);
    assert_eq!(ids(recent::ended(&db, all, 0).await.unwrap()), [second, third, last, first]);
    assert_eq!(ids(recent::ended(&db, all, START + 31_009).await.unwrap()), [third, last, first]);
    assert_eq!(ids(recent::ended(&db, (START + 31_000, START + 90_000), 0).await.unwrap()), [third]);
    let missing = RequestId::v7(START, 99);
    let found = recent::several(&db, &[first, missing, third]).await.unwrap();
    assert_eq!(found.iter().map(|entry| entry.id).collect::<Vec<_>>(), [third, first]);
    assert_eq!(found[1].decision, Some(vec![7, 0]));
    assert!(recent::several(&db, &[]).await.unwrap().is_empty());
}
