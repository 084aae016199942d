//! What a decision costs: a request to `wye/auto` over fleets of several sizes, beside the same request to one deployment.
//! `make decide-bench` prints a table; the figures are those of the whole explanation of a request, which parses it, finds
//! the route, decides and tells why.
#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::expect_used, reason = "nothing can be measured if these fail")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio_util::task::TaskTracker;
use wye_config::{Format, Sources, load};
use wye_live::{Builder, Limiting};
use wye_pipeline::chance::{Chance, ProcessClock};
use wye_pipeline::{Live, Pipeline, Question};
use wye_types::record::{RecordSlot, Records};
use wye_types::{Clock, DialectId};
use wye_wire::dialect::PathAsk;

/// Providers of a fleet.
const PROVIDERS: usize = 10;
/// What is asked of each route.
const BODY: &str = r#"{"model":"MODEL","messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"Explain how a breaker works, step by step, in a short paragraph."}],"max_tokens":200}"#;

/// Nobody is recorded.
struct Nowhere;

impl Records for Nowhere {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        None
    }

    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>> {
        None
    }
}

/// A fleet of so many deployments.
fn fleet(size: usize, clock: &Arc<dyn Clock>) -> Arc<Live> {
    let mut text = "discover: false\naccess: { allow_open: true }\nproviders:\n".to_owned();
    for provider in 0..PROVIDERS {
        let _ = writeln!(text, "  p{provider}:");
        let _ = writeln!(text, "    dialect: openai_chat\n    base_url: http://p{provider}.example/v1");
        let _ = writeln!(text, "    api_key: k\n    models:");
        for model in 0..size.div_ceil(PROVIDERS) {
            let cents = 1 + model % 97;
            let price = format!("{{ input: 0.{cents:02}, output: {cents} }}");
            let name = format!("m{model}-{}b", 1 + model % 400);
            let _ = writeln!(text, "      - {{ id: {name}, context: 128000, price: {price} }}");
        }
    }
    let sources = Sources {
        env: &|_| None,
        vault: &|_| None,
        file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        local: &[],
    };
    let config = load(&text, Format::Yaml, &sources).expect("the configuration is read");
    let mut builder = Builder::new(TaskTracker::new(), Limiting::new(Arc::clone(clock)));
    builder.build(&config).expect("and built")
}

/// The median of what a request for a model takes.
fn median(pipeline: &Pipeline, live: &Arc<Live>, model: &str, times: usize) -> Duration {
    let body = BODY.replace("MODEL", model);
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let question = Question {
                live: Arc::clone(live),
                key: None,
                dialect: DialectId::OpenAiChat,
                path: PathAsk::default(),
                headers: HeaderMap::new(),
                body: body.clone().into(),
                grams: false,
            };
            let begun = pipeline.clock().mono();
            std::hint::black_box(pipeline.explain(question).expect("it is decided"));
            pipeline.clock().mono().saturating_sub(begun)
        })
        .collect();
    taken.sort_unstable();
    taken[taken.len() / 2]
}

fn main() {
    let clock: Arc<dyn Clock> = Arc::new(ProcessClock::start());
    println!("| deployments | to one of them | wye/auto | what it adds | wye/fast |");
    println!("|---:|---:|---:|---:|---:|");
    for size in [10, 100, 1_000, 10_000] {
        let live = fleet(size, &clock);
        let (of, chance) = (Arc::clone(&live), Chance::seeded(1));
        let pipeline = Pipeline::new(of, Arc::clone(&clock), chance, Arc::new(Nowhere));
        let times = if size > 1_000 { 300 } else { 3_000 };
        let of = |model| median(&pipeline, &live, model, times);
        let (one, auto, fast) = (of("p0/m0-1b"), of("wye/auto"), of("wye/fast"));
        println!("| {size} | {one:.1?} | {auto:.1?} | {:.1?} | {fast:.1?} |", auto.saturating_sub(one));
    }
}
