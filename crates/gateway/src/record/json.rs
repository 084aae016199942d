//! A record as one line of JSON, written by hand: it is written for every request, and a general serializer spends three
//! times as many instructions on keys that never change.

use std::fmt::Write as _;
use std::time::Duration;

use wye_types::record::{AttemptRecord, Outcome, RequestRecord};
use wye_types::usage::Units;
use wye_types::{Code, DeploymentId, Usage};

/// Writes a record as one line of JSON, without its end.
pub(crate) fn json_line(record: &RequestRecord, to: &mut Vec<u8>) {
    let mut line = Line(to);
    line.raw("{\"id\":\"");
    // Memory takes every byte, so there is no error to pass on.
    let _ = write!(line, "{}", record.id);
    line.raw("\",\"at_ms\":").number(record.at_ms);
    line.raw(",\"kind\":").text(record.kind.name());
    line.raw(",\"dialect\":").text(record.dialect.name());
    line.raw(",\"model\":").text(&record.asked);
    line.raw(",\"key\":").maybe(record.key.as_deref(), Line::text);
    line.raw(",\"stream\":").raw(if record.stream { "true" } else { "false" });
    line.raw(",\"request_bytes\":").number(record.request_bytes);
    line.raw(",\"status\":").number(record.status.into());
    line.raw(",\"code\":").maybe(record.code.map(Code::name), Line::text);
    line.raw(",\"served\":").maybe(record.served.as_deref(), Line::deployment);
    line.raw(",\"attempts\":").list(&record.attempts, Line::attempt);
    let usage = record.usage.as_ref().map(|usage| (usage, record.usage_source.name()));
    line.raw(",\"usage\":").maybe(usage, Line::usage);
    line.raw(",\"units\":").units(&record.units);
    line.raw(",\"cost_nano\":").maybe(record.cost, Line::number);
    line.raw(",\"cost_basis\":").maybe(record.cost_basis, Line::text);
    line.raw(",\"price_version\":").maybe(record.price_version.as_deref(), Line::text);
    line.raw(",\"first_content_ms\":").maybe(record.first_content, Line::millis);
    line.raw(",\"total_ms\":").millis(record.total);
    line.raw(",\"overhead_ms\":").millis(record.overhead);
    line.raw(",\"warnings\":").list(&record.warnings, |line, warning| line.text(warning));
    if let Some(inner) = &record.inner {
        let _ = write!(line, ",\"parent\":\"{}\",\"purpose\":\"{}\"", inner.parent, inner.purpose.name());
    }
    line.raw("}");
}

/// A line that is being written.
struct Line<'a>(&'a mut Vec<u8>);

impl Line<'_> {
    fn raw(&mut self, json: &str) -> &mut Self {
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => drop(self.raw("null")),
        }
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.raw("[");
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]");
    }

    fn number(&mut self, mut number: u64) {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            // The remainder is a digit.
            digits[at] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.0.extend_from_slice(&digits[at..]);
    }

    /// Milliseconds, to the microsecond, always with a point.
    fn millis(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_nanos().saturating_add(500) / 1000).unwrap_or(u64::MAX);
        self.number(micros / 1000);
        let rest = micros % 1000;
        self.raw(".");
        let digits = [rest / 100, rest / 10 % 10, rest % 10].map(|digit| b'0' + digit as u8);
        let length = 1 + digits[1..].iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        self.0.extend_from_slice(&digits[..length]);
    }

    fn text(&mut self, text: &str) {
        self.raw("\"").escaped(text).raw("\"");
    }

    fn deployment(&mut self, deployment: &DeploymentId) {
        self.raw("\"").escaped(&deployment.provider).raw("/").escaped(&deployment.model).raw("\"");
    }

    /// What stands between the quotes of a JSON string.
    fn escaped(&mut self, text: &str) -> &mut Self {
        let special = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\');
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| special(&byte)) {
            self.raw(&rest[..at]);
            match rest.as_bytes()[at] {
                b'\n' => drop(self.raw("\\n")),
                plain @ (b'"' | b'\\') => self.0.extend_from_slice(&[b'\\', plain]),
                control => drop(write!(self, "\\u{control:04x}")),
            }
            rest = &rest[at + 1..];
        }
        self.raw(rest)
    }

    fn attempt(&mut self, attempt: &AttemptRecord) {
        let (outcome, code) = match attempt.outcome {
            Outcome::Served => ("served", None),
            Outcome::Cancelled => ("cancelled", None),
            Outcome::Failed(code) => ("failed", Some(code.name())),
        };
        self.raw("{\"deployment\":").deployment(&attempt.deployment);
        self.raw(",\"account\":").number(attempt.account as u64);
        self.raw(",\"started_ms\":").millis(attempt.started);
        self.raw(",\"took_ms\":").millis(attempt.took);
        self.raw(",\"status\":").maybe(attempt.status, |line, status| line.number(status.into()));
        self.raw(",\"outcome\":").text(outcome);
        self.raw(",\"code\":").maybe(code, Self::text);
        self.raw("}");
    }

    fn units(&mut self, units: &Units) {
        self.raw("{");
        let mut first = true;
        for (name, count) in units.each() {
            if let Some(count) = count {
                self.raw(if first { "\"" } else { ",\"" }).raw(name).raw("\":").number(count);
                first = false;
            }
        }
        self.raw("}");
    }

    fn usage(&mut self, (usage, source): (&Usage, &str)) {
        self.raw("{\"input\":").number(usage.input);
        self.raw(",\"cache_read\":").maybe(usage.cache_read, Self::number);
        self.raw(",\"cache_write\":").maybe(usage.cache_write, Self::number);
        self.raw(",\"cache_write_1h\":").maybe(usage.cache_write_1h, Self::number);
        self.raw(",\"audio_in\":").maybe(usage.audio_in, Self::number);
        self.raw(",\"image_in\":").maybe(usage.image_in, Self::number);
        self.raw(",\"output\":").number(usage.output);
        self.raw(",\"reasoning\":").maybe(usage.reasoning, Self::number);
        self.raw(",\"audio_out\":").maybe(usage.audio_out, Self::number);
        self.raw(",\"image_out\":").maybe(usage.image_out, Self::number);
        self.raw(",\"source\":").text(source);
        self.raw("}");
    }
}

impl std::fmt::Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.raw(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use wye_types::record::{AttemptRecord, Outcome, Phases, RequestRecord, Role, UsageSource};
    use wye_types::usage::Units;
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
            role: Role::default(),
            phases: Phases::default(),
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
            units: Units { images: Some(1), pages: Some(2), ..Units::default() },
            cost: Some(12),
            cost_basis: Some("catalog"),
            price_version: Some("v1".into()),
            total: Duration::from_millis(4),
            warnings: vec!["w".to_owned()],
            ..RequestRecord::default()
        };
        let mut line = Vec::new();
        json_line(&record, &mut line);
        insta::assert_snapshot!(String::from_utf8(line.clone()).unwrap());
        // What was written by hand is what a serializer would have written.
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(serde_json::to_vec(&value).unwrap(), line);
        let mut empty = Vec::new();
        json_line(&RequestRecord::default(), &mut empty);
        insta::assert_snapshot!(String::from_utf8(empty).unwrap());
    }

    #[test]
    fn every_text_and_time_is_written_as_json_means_it() {
        let control: String = (0u8..0x80).map(char::from).collect();
        for text in ["", "plain", "é\u{2028}😀", "\"", "\\n", "end\\", &control] {
            let record = RequestRecord { asked: text.to_owned(), ..RequestRecord::default() };
            let mut line = Vec::new();
            json_line(&record, &mut line);
            let read: serde_json::Value = serde_json::from_slice(&line).unwrap();
            assert_eq!(read["model"], text);
        }
        for (micros, written) in
            [(0, "0.0"), (1, "0.001"), (20, "0.02"), (300, "0.3"), (45_060, "45.06"), (7_000_100, "7000.1")]
        {
            let record = RequestRecord { total: Duration::from_micros(micros), ..RequestRecord::default() };
            let mut line = Vec::new();
            json_line(&record, &mut line);
            let line = String::from_utf8(line).unwrap();
            assert!(line.contains(&format!("\"total_ms\":{written},")), "{line}");
        }
        let longest = RequestRecord { at_ms: u64::MAX, ..RequestRecord::default() };
        let mut line = Vec::new();
        json_line(&longest, &mut line);
        assert!(String::from_utf8(line).unwrap().contains("\"at_ms\":18446744073709551615,"));
    }
}
