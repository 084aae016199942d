//! `wye route`: where a prompt would go, and why: what it is thought to be about, how hard, and which letters said so. It is
//! asked of a gateway that has just started: nobody has been called, so that nobody is known to be slow or to rest.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use clap::Args;
use http::HeaderMap;
use tokio_util::task::TaskTracker;
use wye_live::{Builder, Limiting};
use wye_pipeline::chance::{Chance, ProcessClock};
use wye_pipeline::{Live, Pipeline, Question};
use wye_types::record::{RecordSlot, Records};
use wye_types::{Clock, DialectId};
use wye_wire::dialect::PathAsk;

use super::why::page;
use super::{Failure, Source};
use crate::state::{DATABASE, State};
use crate::telemetry::say;
use crate::{catalog, load};

/// The most bytes that are read of a prompt.
const MOST: u64 = 16 << 20;

/// Options of `wye route`.
#[derive(Debug, Args)]
pub(crate) struct Route {
    /// What a user would ask; - reads it from standard input
    prompt: String,
    /// The name that a client would send as model
    #[arg(long, short, value_name = "NAME", default_value = "wye/auto")]
    model: String,
    /// The client key that would send it
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Show every candidate, however many there are
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    source: Source,
}

/// Nothing is recorded.
struct Nowhere;

impl Records for Nowhere {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        None
    }

    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>> {
        None
    }
}

pub(super) async fn route(route: Route) -> Result<(), Failure> {
    let prompt =
        if route.prompt == "-" { tokio::task::spawn_blocking(input).await } else { Ok(Ok(route.prompt)) };
    let prompt = prompt.map_err(|error| Failure::happened(error.to_string()))??;
    let clock: Arc<dyn Clock> = Arc::new(ProcessClock::start());
    let live = Box::pin(live(route.source, &clock)).await?;
    // Chance is what a decision shows; two of the same prompt may differ where it counts.
    let chance = Chance::seeded(clock.unix_ms());
    let pipeline = Pipeline::new(Arc::clone(&live), clock, chance, Arc::new(Nowhere));
    let body = serde_json::json!({
        "model": route.model,
        "messages": [{ "role": "user", "content": prompt }],
    });
    let question = Question {
        live,
        key: route.key,
        dialect: DialectId::OpenAiChat,
        path: PathAsk::default(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_string()),
        grams: true,
    };
    let explained = pipeline.explain(question).map_err(|error| {
        let hint = if error.param.as_deref() == Some("key") { " with --key NAME" } else { "" };
        Failure::asked(format!("{}{hint}", error.message))
    })?;
    say(&page::asked(&explained, if route.all { usize::MAX } else { page::USUAL }));
    Ok(())
}

/// What a gateway would serve. Where nothing is remembered yet, asking leaves no traces.
async fn live(source: Source, clock: &Arc<dyn Clock>) -> Result<Arc<Live>, Failure> {
    if load::variable("DATABASE_URL").is_some() || source.data.join(DATABASE).is_file() {
        return Ok(Arc::clone(&State::of_command(source).await?.live));
    }
    let config = load::config(&source).await?;
    let limits = Limiting::new(Arc::clone(clock));
    let mut builder = Builder::new(TaskTracker::new(), limits).knowing(catalog::snapshot().read().await?);
    builder.build(&config).map_err(|problems| Failure::asked(problems.join("\n")))
}

fn input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(MOST).read_to_end(&mut bytes);
    read.map_err(|error| Failure::happened(format!("standard input cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::asked("the prompt is no UTF-8 text"))
}
