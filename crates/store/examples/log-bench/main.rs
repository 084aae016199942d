//! Fills a log with millions of requests and measures what issue 4 promises of it: `make log-bench`. Not part of the
//! tests, since it takes minutes and gigabytes.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench that ends at the first surprise, prints a table and reads the clock"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use wye_store::log::retain::{forget, shrink};
use wye_store::log::{Batch, Body, By, Entry, Filter, Keep, Kept, RequestLog, Span};
use wye_store::{Db, Statement};
use wye_types::{Clock, RequestId, Usage};

mod watch;

use watch::{Piece, Wait, Watch, explain};

const DAYS: u64 = 30;
const DAY_MS: u64 = 86_400_000;
const START: u64 = 1_795_046_400_000 / DAY_MS * DAY_MS;
const BATCH: u64 = 1000;
/// One request of so many has its bodies kept.
const BODIES: u64 = 500;
/// And of so many of those one is a megabyte, which hardly compresses.
const LARGE: u64 = 100;
/// A wait that retention must not cause.
const LONG: Duration = Duration::from_millis(50);

/// The end of those days; only what a step takes is real.
struct After(Instant);

impl After {
    fn now() -> Arc<dyn Clock> {
        Arc::new(Self(Instant::now()))
    }
}

impl Clock for After {
    fn mono(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix_ms(&self) -> u64 {
        START + DAYS * DAY_MS
    }
}

/// SplitMix64: the same log each time.
fn chance(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The n-th of so many requests. Common names are common, rare ones rare.
fn entry(n: u64, of: u64) -> Entry {
    const MODELS: [(&str, &str); 8] = [
        ("north", "llama-3.3-70b-versatile"),
        ("north", "llama-3.1-8b-instant"),
        ("south", "gpt-4o-mini"),
        ("south", "gpt-4o"),
        ("east", "claude-3-5-haiku"),
        ("west", "gemini-2.0-flash"),
        ("far", "deepseek-chat"),
        ("here", "qwen2.5:7b"),
    ];
    let r = chance(n);
    let skewed = |bits: u64, most: u64| (bits % most * (bits / 7 % most) / most) as usize;
    let (provider, model) = MODELS[skewed(r >> 8, 8)];
    let failed = r.is_multiple_of(50);
    let rare = n % 100_000 == 77;
    let at = START + n * (DAYS * DAY_MS) / of;
    Entry {
        id: RequestId::v7(at, u128::from(r) << 20 | u128::from(n)),
        ended_ms: at + 1000,
        dialect: "openai_chat".to_owned(),
        asked: "auto".to_owned(),
        route: Some(["auto", "fast", "cheap"][skewed(r >> 16, 3)].to_owned()),
        key: Some(if rare { "rarely".to_owned() } else { format!("key-{}", skewed(r >> 24, 6)) }),
        user: (r >> 32).is_multiple_of(4).then(|| format!("user-{}", (r >> 34) % 500)),
        tags: if rare { vec!["rare".to_owned()] } else { Vec::new() },
        tried: if (r >> 40).is_multiple_of(30) {
            vec!["north/llama-3.1-8b-instant".to_owned()]
        } else {
            Vec::new()
        },
        provider: (!failed).then(|| provider.to_owned()),
        model: (!failed).then(|| model.to_owned()),
        status: if failed { 502 } else { 200 },
        code: failed.then(|| "provider_unreachable".to_owned()),
        stream: r & 2 != 0,
        usage: (!failed).then(|| Usage { input: r >> 52, output: (r >> 44) & 0x3ff, ..Usage::default() }),
        cost_nano: (!failed).then_some(r >> 40),
        first_us: (!failed).then_some(100_000 + (r >> 45)),
        total_us: 300_000 + (r >> 43),
        overhead_us: 60,
        detail: format!(
            "{{\"request_bytes\":{},\"client\":\"10.0.0.{}\",\"attempts\":[{{\"deployment\":\"{provider}/{model}\",\
             \"account\":0,\"started_us\":58,\"took_us\":{},\"status\":200,\"outcome\":\"served\"}}]}}",
            r >> 50,
            r >> 56,
            r >> 43
        ),
        ..Entry::default()
    }
}

/// Bodies of some hundred words each, and a few large ones.
fn body(n: u64, of: u64) -> Body {
    let text = |from: u64, words: u64| {
        let words: Vec<String> = (0..words).map(|k| format!("w{:x}", chance(from + k) % 5000)).collect();
        format!("\"{}\"", words.join(" "))
    };
    if n.is_multiple_of(BODIES * LARGE) {
        let noise: String = (0..65_536).map(|k| format!("{:016x}", chance(n << 16 | k))).collect();
        return Body::new(entry(n, of).id, &Kept { request: noise, ..Kept::default() }).unwrap();
    }
    let kept = Kept { request: text(n, 300), response: text(n << 8, 200), cut: false };
    Body::new(entry(n, of).id, &kept).unwrap()
}

async fn fill(db: &Db, count: u64) {
    let began = Instant::now();
    let mut log = RequestLog::open(db.clone(), "bench").await.unwrap();
    for from in (0..count).step_by(BATCH as usize) {
        let entries = (from..(from + BATCH).min(count)).map(|n| entry(n, count)).collect();
        let with = (from..(from + BATCH).min(count)).filter(|n| n.is_multiple_of(BODIES));
        let bodies = with.map(|n| body(n, count)).collect();
        log.append(&Batch { number: log.next(), entries, bodies, ..Batch::default() }).await.unwrap();
    }
    let took = began.elapsed();
    println!(
        "{count} requests written in {:.0} s, {:.1} µs each",
        took.as_secs_f64(),
        took.as_micros() as f64 / count as f64
    );
}

/// The median of a few, and the longest.
async fn measured<T>(what: &str, run: impl AsyncFn(u64) -> T) -> Duration {
    let mut times = Vec::new();
    for n in 0..7 {
        let began = Instant::now();
        run(n).await;
        times.push(began.elapsed());
    }
    times.sort();
    println!("| {what} | {:.1} | {:.1} |", ms(times[3]), ms(times[6]));
    times[3]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

async fn pages(db: &Db) -> Duration {
    let some = |text: &str| Some(text.to_owned());
    let day = |n: u64| START + n * DAY_MS;
    let filters = [
        ("newest", Filter::default()),
        (
            "of a day, failed",
            Filter { from_ms: Some(day(9)), to_ms: Some(day(10)), failed: Some(true), ..Filter::default() },
        ),
        ("status 502", Filter { status: Some(502), ..Filter::default() }),
        (
            "a common model, streams",
            Filter { model: some("gpt-4o-mini"), stream: Some(true), ..Filter::default() },
        ),
        ("a rare key (1 in 100,000)", Filter { key: some("rarely"), ..Filter::default() }),
        ("a rare tag (1 in 100,000)", Filter { tag: some("rare"), ..Filter::default() }),
        ("an end user", Filter { user: some("user-123"), ..Filter::default() }),
        (
            "tried in vain",
            Filter { tried: some("north/llama-3.1-8b-instant"), failed: Some(true), ..Filter::default() },
        ),
        ("a key that nobody has", Filter { key: some("nobody"), ..Filter::default() }),
        (
            "a route and a key in week 2",
            Filter {
                route: some("cheap"),
                key: some("key-4"),
                from_ms: Some(day(7)),
                to_ms: Some(day(14)),
                ..Filter::default()
            },
        ),
    ];
    let mut all = Vec::new();
    for (what, filter) in filters {
        all.push(
            measured(&format!("page of 50: {what}"), async |page| {
                let mut filter = filter.clone();
                // Each page the one behind the last, as a reader goes on.
                for _ in 0..page.min(2) {
                    let found = filter.find(db, 50).await.unwrap();
                    filter.before = found.next.or(filter.before);
                }
                let began = filter.clone();
                began.find(db, 50).await.unwrap()
            })
            .await,
        );
    }
    all.sort();
    all[all.len() / 2]
}

async fn panels(db: &Db) {
    let (from, to) = (START / 1000 + 5_000, (START + DAYS * DAY_MS) / 1000);
    let day = to - 86_400 - 1_234;
    for (what, by, span, from) in [
        ("30 days, all", By::All, Span::Hour, from),
        ("30 days by deployment", By::Deployment, Span::Hour, from),
        ("30 days by key", By::Key, Span::Hour, from),
        ("30 days, an hour a point", By::Time, Span::Hour, from),
        ("a day, a minute a point", By::Time, Span::Minute, day),
        ("a day by deployment", By::Deployment, Span::Minute, day),
        ("30 days by end user", By::User, Span::Hour, from),
    ] {
        measured(&format!("panel: {what}"), async |_| by.sum(db, span, from, to).await.unwrap()).await;
    }
}

/// Deletes ten days of requests, most bodies and nearly all sums per minute, then makes the file smaller, while requests
/// are logged and somebody writes; tells how long that took, how long a write did, and what long ones waited for. What a
/// write takes on this machine without the job is told too, for as many writes, since others use the machine as well.
async fn retention(db: &Db, watch: &Watch) {
    let mut keep = Keep::new(1 << 16, &[], &[]).unwrap();
    keep.rows = Duration::from_secs(86_400 * (DAYS - 10));
    keep.minutes = Duration::from_secs(86_400 * 2);
    let (forgetting, shrinking) = (db.clone(), db.clone());
    let job = async move {
        let gone = forget(&forgetting, &keep, &After::now()).await.unwrap();
        format!("{} requests, {} bodies, {} sums", gone.requests, gone.bodies, gone.sums)
    };
    Box::pin(beside(db, watch, "retention", job)).await;
    let job = async move {
        let done = shrink(&shrinking, &After::now()).await.unwrap();
        if done { "done" } else { "it cannot" }.to_owned()
    };
    Box::pin(beside(db, watch, "making the file smaller", job)).await;
}

/// Writes a row again and again while a job runs, and as often while none does.
async fn beside(db: &Db, watch: &Watch, what: &str, job: impl Future<Output = String> + Send + 'static) {
    let stop = CancellationToken::new();
    let logging = tokio::spawn(traffic(db.clone(), stop.clone()));
    watch.clear();
    let began = Instant::now();
    let job = tokio::spawn(job);
    let mut waits = Vec::new();
    while !job.is_finished() {
        waits.push(write(db).await);
    }
    let took = began.elapsed();
    let did = job.await.unwrap();
    let told = watch.pieces();
    watch.clear();
    let mut alone = Vec::new();
    for _ in 0..waits.len() {
        alone.push(write(db).await);
    }
    stop.cancel();
    logging.await.unwrap();
    println!("\n{what}: {did}, in {:.0} s\n", took.as_secs_f64());
    let (waits, alone) = (explain(&waits, &told), explain(&alone, &watch.pieces()));
    print_waits(&[(what, &waits), ("nothing, as often", &alone)]);
    print_pieces(&told);
}

/// Logs some requests and a body a few times a second, as the gateway does.
async fn traffic(db: Db, stop: CancellationToken) {
    // A node of its own: what it logs is of the days behind those that are measured, and each time behind the last.
    // None of its bodies is a megabyte: the index takes 50 ms for one, which is nobody's retention.
    let mut log = RequestLog::open(db, "traffic").await.unwrap();
    let days = 1_000_000;
    for from in (days * log.next() + 1..).step_by(40) {
        let entries = (from..from + 40).map(|n| entry(n, days)).collect();
        let bodies = vec![body(from, days)];
        log.append(&Batch { number: log.next(), entries, bodies, ..Batch::default() }).await.unwrap();
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(250)) => {}
            () = stop.cancelled() => return,
        }
    }
}

fn print_waits(all: &[(&str, &[Wait])]) {
    println!(
        "| a write beside | writes | median ms | 99 % | 99.9 % | longest ms | over 50 ms | longest that the job held the \
         writer | of that computing | over 50 ms held |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    for (what, waits) in all {
        let mut times: Vec<Duration> = waits.iter().map(|wait| wait.took).collect();
        times.sort();
        let at = |share: usize| ms(times[(times.len() - 1) * share / 1000]);
        let held = waits.iter().max_by_key(|wait| wait.held).unwrap();
        println!(
            "| {what} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {:.1} | {:.1} | {} |",
            times.len(),
            at(500),
            at(990),
            at(999),
            at(1000),
            times.iter().filter(|time| **time >= LONG).count(),
            ms(held.held),
            ms(held.held_ran),
            waits.iter().filter(|wait| wait.held >= LONG).count(),
        );
    }
    println!("\n| over 50 ms beside | longest part | waits | longest ms |\n|---|---|---|---|");
    for (what, waits) in all {
        let mut causes: BTreeMap<&str, (u32, Duration)> = BTreeMap::new();
        for wait in waits.iter().filter(|wait| wait.took >= LONG) {
            let cause = causes.entry(&wait.cause).or_default();
            *cause = (cause.0 + 1, cause.1.max(wait.took));
        }
        for (cause, (count, longest)) in causes {
            println!("| {what} | {cause} | {count} | {:.1} |", ms(longest));
        }
    }
}

/// What the two threads of the store did beside the job.
fn print_pieces((writer, carried): &(Vec<Piece>, Vec<Piece>)) {
    let mut kinds: BTreeMap<&str, Vec<(Duration, Duration)>> = BTreeMap::new();
    for piece in writer.iter().chain(carried) {
        kinds.entry(piece.what).or_default().push((piece.took(), piece.ran()));
    }
    println!(
        "\n| the store's threads | times | all s | median ms | 99.9 % | longest ms | longest computing ms |\n\
         |---|---|---|---|---|---|---|"
    );
    for (what, mut pieces) in kinds {
        pieces.sort();
        let at = |share: usize| ms(pieces[(pieces.len() - 1) * share / 1000].0);
        println!(
            "| {what} | {} | {:.1} | {:.2} | {:.1} | {:.1} | {:.1} |",
            pieces.len(),
            pieces.iter().map(|piece| piece.0).sum::<Duration>().as_secs_f64(),
            at(500),
            at(999),
            at(1000),
            pieces.iter().map(|piece| ms(piece.1)).fold(0.0, f64::max)
        );
    }
}

/// Writes a row, then rests. Gives from when to when it waited.
async fn write(db: &Db) -> (Instant, Instant) {
    let began = Instant::now();
    let sql = "INSERT INTO meta (name, value) VALUES ('bench', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.change(vec![Statement::new(sql, ["x".into()])]).await.unwrap();
    let ended = Instant::now();
    tokio::time::sleep(Duration::from_millis(3)).await;
    (began, ended)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().unwrap());
    let count = args.next().map_or(5_000_000, |text| text.parse().unwrap());
    let watch = Arc::new(Watch::default());
    tracing::subscriber::set_global_default(Arc::clone(&watch)).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("log-bench.db");
    // A copy of a log can be measured again.
    let filled = file.exists();
    let db = Db::sqlite(&file).await.unwrap();
    if !filled {
        Box::pin(fill(&db, count)).await;
    }
    println!(
        "{} MB\n\n| what | median ms | longest ms |\n|---|---|---|",
        std::fs::metadata(&file).unwrap().len() >> 20
    );
    let page = Box::pin(pages(&db)).await;
    println!("| median of the filters | {:.1} | |", ms(page));
    Box::pin(panels(&db)).await;
    Box::pin(retention(&db, &watch)).await;
    // The file is as long as its pages say once what was written last is in it.
    drop(db);
    println!("the file at the end: {} MB", std::fs::metadata(&file).unwrap().len() >> 20);
}
