//! Records as lines of JSON, written by one thread off the request path.

use std::io::Write;
use std::thread::JoinHandle;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::sync::mpsc::OwnedPermit;
use wye_types::record::{Outcome, RecordSlot, Records, RequestRecord};

/// The bounded queue. Full means that new requests are refused, never that one is served unrecorded.
pub(crate) struct Queue(mpsc::Sender<RequestRecord>);

struct Slot(OwnedPermit<RequestRecord>);

impl Records for Queue {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        let permit = self.0.clone().try_reserve_owned().ok()?;
        Some(Box::new(Slot(permit)))
    }
}

impl RecordSlot for Slot {
    fn send(self: Box<Self>, record: RequestRecord) {
        self.0.send(record);
    }
}

/// Starts the writer. It ends, with everything written, once the queue is dropped.
pub(crate) fn start<W: Write + Send + 'static>(
    places: usize,
    mut to: W,
    line: fn(&RequestRecord) -> String,
) -> (Queue, JoinHandle<()>) {
    const BATCH: usize = 256;
    let (sender, mut receiver) = mpsc::channel(places);
    let writer = std::thread::spawn(move || {
        let mut batch = Vec::with_capacity(BATCH);
        while receiver.blocking_recv_many(&mut batch, BATCH) > 0 {
            let mut text = String::new();
            for record in batch.drain(..) {
                text.push_str(&line(&record));
                text.push('\n');
            }
            // Records whose reader has gone away have nowhere to go.
            drop(to.write_all(text.as_bytes()).and_then(|()| to.flush()));
        }
    });
    (Queue(sender), writer)
}

/// A record as one line of JSON.
pub(crate) fn json_line(record: &RequestRecord) -> String {
    let attempts: Vec<Value> = record
        .attempts
        .iter()
        .map(|attempt| {
            let (outcome, code) = match attempt.outcome {
                Outcome::Served => ("served", None),
                Outcome::Cancelled => ("cancelled", None),
                Outcome::Failed(code) => ("failed", Some(code.name())),
            };
            json!({
                "deployment": attempt.deployment.to_string(),
                "account": attempt.account,
                "started_ms": millis(attempt.started),
                "took_ms": millis(attempt.took),
                "status": attempt.status,
                "outcome": outcome,
                "code": code,
            })
        })
        .collect();
    let usage = record.usage.as_ref().map(|usage| {
        json!({
            "input": usage.input,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write,
            "cache_write_1h": usage.cache_write_1h,
            "audio_in": usage.audio_in,
            "output": usage.output,
            "reasoning": usage.reasoning,
            "audio_out": usage.audio_out,
            "source": record.usage_source.name(),
        })
    });
    json!({
        "id": record.id.to_string(),
        "at_ms": record.at_ms,
        "dialect": record.dialect.name(),
        "model": record.asked,
        "key": record.key,
        "stream": record.stream,
        "request_bytes": record.request_bytes,
        "status": record.status,
        "code": record.code.map(wye_types::Code::name),
        "served": record.served.as_ref().map(ToString::to_string),
        "attempts": attempts,
        "usage": usage,
        "first_content_ms": record.first_content.map(millis),
        "total_ms": millis(record.total),
        "overhead_ms": millis(record.overhead),
        "warnings": record.warnings,
    })
    .to_string()
}

/// A record as one line for a person who watches the demo.
pub(crate) fn short_line(record: &RequestRecord) -> String {
    let served = record.served.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
    let failed: Vec<String> = record
        .attempts
        .iter()
        .filter_map(|attempt| match attempt.outcome {
            Outcome::Failed(code) => Some(format!("{} {}", attempt.deployment, code.name())),
            _ => None,
        })
        .collect();
    let after = if failed.is_empty() { String::new() } else { format!(" after {}", failed.join(", ")) };
    let tokens = record.usage.map_or_else(String::new, |u| format!(", {} tokens", u.total()));
    format!("  {} {} → {served}{after}, {} ms{tokens}", record.status, record.asked, record.total.as_millis())
}

fn millis(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
