//! A record as one line of JSON, written from the record as it stands: no tree is built for it.

use std::fmt::Display;
use std::time::Duration;

use serde::{Serialize, Serializer};
use wye_types::record::{AttemptRecord, Outcome, RequestRecord};
use wye_types::{Code, Usage};

/// Writes a record as one line of JSON, without its end.
pub(crate) fn json_line(record: &RequestRecord, to: &mut Vec<u8>) {
    let before = to.len();
    if serde_json::to_writer(&mut *to, &Record::of(record)).is_err() {
        // Memory takes every byte and every key is a text, so there is no way here; half a line would be worse.
        to.truncate(before);
    }
}

/// The fields of a line, in their order.
#[derive(Serialize)]
struct Record<'a> {
    id: Shown<'a, wye_types::RequestId>,
    at_ms: u64,
    dialect: &'static str,
    model: &'a str,
    key: Option<&'a str>,
    stream: bool,
    request_bytes: u64,
    status: u16,
    code: Option<&'static str>,
    served: Option<Shown<'a, wye_types::DeploymentId>>,
    attempts: Attempts<'a>,
    usage: Option<Used>,
    first_content_ms: Option<f64>,
    total_ms: f64,
    overhead_ms: f64,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Attempt<'a> {
    deployment: Shown<'a, wye_types::DeploymentId>,
    account: usize,
    started_ms: f64,
    took_ms: f64,
    status: Option<u16>,
    outcome: &'static str,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct Used {
    input: u64,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    cache_write_1h: Option<u64>,
    audio_in: Option<u64>,
    output: u64,
    reasoning: Option<u64>,
    audio_out: Option<u64>,
    source: &'static str,
}

impl<'a> Record<'a> {
    fn of(record: &'a RequestRecord) -> Self {
        Self {
            id: Shown(&record.id),
            at_ms: record.at_ms,
            dialect: record.dialect.name(),
            model: &record.asked,
            key: record.key.as_deref(),
            stream: record.stream,
            request_bytes: record.request_bytes,
            status: record.status,
            code: record.code.map(Code::name),
            served: record.served.as_deref().map(Shown),
            attempts: Attempts(&record.attempts),
            usage: record.usage.as_ref().map(|usage| Used::of(usage, record.usage_source.name())),
            first_content_ms: record.first_content.map(millis),
            total_ms: millis(record.total),
            overhead_ms: millis(record.overhead),
            warnings: &record.warnings,
        }
    }
}

impl<'a> Attempt<'a> {
    fn of(attempt: &'a AttemptRecord) -> Self {
        let (outcome, code) = match attempt.outcome {
            Outcome::Served => ("served", None),
            Outcome::Cancelled => ("cancelled", None),
            Outcome::Failed(code) => ("failed", Some(code.name())),
        };
        Self {
            deployment: Shown(&attempt.deployment),
            account: attempt.account,
            started_ms: millis(attempt.started),
            took_ms: millis(attempt.took),
            status: attempt.status,
            outcome,
            code,
        }
    }
}

impl Used {
    const fn of(usage: &Usage, source: &'static str) -> Self {
        Self {
            input: usage.input,
            cache_read: usage.cache_read,
            cache_write: usage.cache_write,
            cache_write_1h: usage.cache_write_1h,
            audio_in: usage.audio_in,
            output: usage.output,
            reasoning: usage.reasoning,
            audio_out: usage.audio_out,
            source,
        }
    }
}

/// Written as it shows itself.
struct Shown<'a, T>(&'a T);

impl<T: Display> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self.0)
    }
}

struct Attempts<'a>(&'a [AttemptRecord]);

impl Serialize for Attempts<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(Attempt::of))
    }
}

/// Milliseconds, to the microsecond.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use wye_types::record::{AttemptRecord, Outcome, RequestRecord, UsageSource};
    use wye_types::{Code, DeploymentId, Usage};

    use super::json_line;

    #[test]
    fn a_line_says_everything_in_its_order() {
        let deployment = Arc::new(DeploymentId { provider: "corp".to_owned(), model: "b\"ig".to_owned() });
        let attempt = |outcome, status| AttemptRecord {
            deployment: Arc::clone(&deployment),
            account: 1,
            started: Duration::from_micros(1500),
            took: Duration::from_nanos(2_000_400),
            status,
            outcome,
        };
        let record = RequestRecord {
            at_ms: 7,
            asked: "r\n".to_owned(),
            key: Some("alice".to_owned()),
            status: 200,
            served: Some(Arc::clone(&deployment)),
            attempts: vec![
                attempt(Outcome::Failed(Code::GatewayOverloaded), None),
                attempt(Outcome::Served, Some(200)),
            ],
            usage: Some(Usage { input: 3, output: 2, reasoning: Some(1), ..Usage::default() }),
            usage_source: UsageSource::Reported,
            total: Duration::from_millis(4),
            warnings: vec!["w".to_owned()],
            ..RequestRecord::default()
        };
        let mut line = Vec::new();
        json_line(&record, &mut line);
        insta::assert_snapshot!(String::from_utf8(line).unwrap());
        let mut empty = Vec::new();
        json_line(&RequestRecord::default(), &mut empty);
        insta::assert_snapshot!(String::from_utf8(empty).unwrap());
    }
}
