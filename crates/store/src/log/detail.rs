//! From the record of a request to the entry that is kept of it. What no filter asks for becomes JSON, written by hand:
//! it is done for every request, and its keys never change.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use wye_types::record::{
    AttemptRecord, DecisionRecord, Outcome, PassedOver, Phases, RequestRecord, Role, UsageSource,
};
use wye_types::usage::Units;
use wye_types::{DeploymentId, Usage};

use super::Entry;

impl Entry {
    /// What is kept of a request.
    #[must_use]
    pub fn of(record: &RequestRecord) -> Self {
        let served = record.served.as_deref();
        let mut tried: Vec<String> = Vec::new();
        for attempt in &record.attempts {
            if !matches!(attempt.outcome, Outcome::Served) && served != Some(&*attempt.deployment) {
                add(&mut tried, &attempt.deployment);
            }
        }
        let mut passed = Vec::new();
        record.passed_over.iter().for_each(|target| add(&mut passed, &target.deployment));
        let decision = record.decision.as_deref();
        Self {
            id: record.id,
            ended_ms: record.at_ms.saturating_add(whole(record.total.as_millis())),
            kind: record.kind,
            dialect: record.dialect.name().to_owned(),
            asked: clean(&record.asked),
            route: record.route.as_deref().map(clean),
            key: record.key.as_deref().map(clean),
            team: record.team.as_deref().map(clean),
            user: record.user.as_deref().map(clean),
            tags: record.tags.iter().map(|tag| line(clean(tag))).collect(),
            tried,
            passed,
            provider: served.map(|served| clean(&served.provider)),
            model: served.map(|served| clean(&served.model)),
            category: decision.and_then(about).map(str::to_owned),
            status: record.status,
            code: record.code.map(|code| code.name().to_owned()),
            stream: record.stream,
            usage: record.usage,
            estimated: record.usage_source == UsageSource::Estimated,
            cost_nano: record.cost,
            cost_basis: record.cost_basis.map(str::to_owned),
            price_version: record.price_version.as_deref().map(str::to_owned),
            first_us: record.first_content.map(micros),
            total_us: micros(record.total),
            overhead_us: micros(record.overhead),
            detail: detail(record),
            strategy: decision.and_then(|made| made.chain.last()).map(|hop| hop.strategy.to_owned()),
            refusals: refusals(record),
            decision: decision.map(DecisionRecord::to_bytes),
        }
    }
}

/// What a request was thought to be about: the likeliest category, however likely it is, since that is also what rules and
/// teachers go by. Nothing where nobody looked, because the route's order does not depend on it.
fn about(decision: &DecisionRecord) -> Option<&'static str> {
    decision.profile.as_deref()?.categories.first().map(|(name, _)| *name)
}

/// Why targets were not called, each reason once.
fn refusals(record: &RequestRecord) -> Vec<String> {
    let weighed = record.decision.iter().flat_map(|made| &made.candidates);
    let refused = weighed.filter_map(|candidate| candidate.refused.as_ref());
    let mut names: Vec<String> = Vec::new();
    let told = refused.chain(record.passed_over.iter().map(|target| &target.reason));
    let more = record.passed_more.iter().map(|(code, _)| *code);
    for code in told.map(|refusal| refusal.code).chain(more) {
        let name = code.name();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn add(names: &mut Vec<String>, deployment: &DeploymentId) {
    let name = line(clean(&deployment.to_string()));
    if !names.contains(&name) {
        names.push(name);
    }
}

/// PostgreSQL keeps no NUL in a text.
fn clean(text: &str) -> String {
    // Looked for first: nearly every text is taken as it is, which is far cheaper.
    if text.as_bytes().contains(&0) { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}

/// Lists are kept a name a line.
fn line(name: String) -> String {
    if name.contains('\n') { name.replace('\n', " ") } else { name }
}

fn whole(n: u128) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u64 {
    whole(time.as_micros())
}

fn detail(record: &RequestRecord) -> String {
    let mut to = String::with_capacity(192);
    // Writing to a String cannot fail, here and below.
    to.push('{');
    number("\"request_bytes\":", record.request_bytes, &mut to);
    match record.client {
        Some(IpAddr::V4(client)) => {
            for (place, part) in client.octets().into_iter().enumerate() {
                number(if place == 0 { ",\"client\":\"" } else { "." }, part.into(), &mut to);
            }
            to.push('"');
        }
        Some(client @ IpAddr::V6(_)) => {
            let _ = write!(to, ",\"client\":\"{client}\"");
        }
        None => {}
    }
    if let Some(inner) = &record.inner {
        let _ = write!(to, ",\"parent\":\"{}\",\"purpose\":\"{}\"", inner.parent, inner.purpose.name());
    }
    if !record.waited.is_zero() {
        number(",\"waited_us\":", micros(record.waited), &mut to);
    }
    // A decision says it itself.
    if record.decision.is_none() && record.targets > 0 {
        number(",\"targets\":", record.targets as u64, &mut to);
    }
    if let Some(usage) = &record.usage {
        uncommon(usage, &mut to);
    }
    units(&record.units, &mut to);
    list(&record.attempts, "attempts", &mut to, attempt);
    list(&record.passed_over, "passed_over", &mut to, passed_over);
    list(&record.passed_more, "passed_more", &mut to, |(code, count), to| {
        let _ = write!(to, "{{\"code\":\"{code}\",\"count\":{count}}}");
    });
    list(&record.warnings, "warnings", &mut to, |warning, to| text(warning, to));
    to.push('}');
    to
}

/// What stands before a number, and the number. The standard formatter costs ten times what its digits do.
fn number(before: &str, number: u64, to: &mut String) {
    to.push_str(before);
    to.push_str(itoa::Buffer::new().format(number));
}

/// Parts of a usage that have no column of their own.
fn uncommon(usage: &Usage, to: &mut String) {
    let parts = [
        ("cache_write_1h", usage.cache_write_1h),
        ("audio_in", usage.audio_in),
        ("audio_out", usage.audio_out),
        ("image_in", usage.image_in),
        ("image_out", usage.image_out),
    ];
    for (name, count) in parts {
        if let Some(count) = count {
            let _ = write!(to, ",\"{name}\":{count}");
        }
    }
}

/// What was used that is not counted in tokens.
fn units(units: &Units, to: &mut String) {
    let mut first = true;
    for (name, count) in units.each() {
        if let Some(count) = count {
            to.push_str(if first { ",\"units\":{" } else { "," });
            let _ = write!(to, "\"{name}\":{count}");
            first = false;
        }
    }
    if !first {
        to.push('}');
    }
}

fn list<T>(items: &[T], name: &str, to: &mut String, one: impl Fn(&T, &mut String)) {
    if items.is_empty() {
        return;
    }
    to.extend([",\"", name, "\":"]);
    items_of(items, to, one);
}

fn items_of<T>(items: &[T], to: &mut String, one: impl Fn(&T, &mut String)) {
    to.push('[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            to.push(',');
        }
        one(item, to);
    }
    to.push(']');
}

/// Names as a JSON array.
pub(super) fn list_of(names: &[String], to: &mut String) {
    items_of(names, to, |name, to| text(name, to));
}

fn attempt(attempt: &AttemptRecord, to: &mut String) {
    let (outcome, code) = match attempt.outcome {
        Outcome::Served => ("served", None),
        Outcome::Cancelled => ("cancelled", None),
        Outcome::Failed(code) => ("failed", Some(code.name())),
    };
    to.push_str("{\"deployment\":");
    deployment(&attempt.deployment, to);
    number(",\"account\":", attempt.account as u64, to);
    number(",\"started_us\":", micros(attempt.started), to);
    number(",\"took_us\":", micros(attempt.took), to);
    if let Some(status) = attempt.status {
        number(",\"status\":", status.into(), to);
    }
    to.extend([",\"outcome\":\"", outcome, "\""]);
    if let Some(code) = code {
        to.extend([",\"code\":\"", code, "\""]);
    }
    if attempt.role != Role::Primary {
        let _ = write!(to, ",\"role\":\"{}\"", attempt.role.name());
    }
    let Phases { queued, answered, content } = attempt.phases;
    for (name, time) in [("queued_us", queued), ("answered_us", answered), ("content_us", content)] {
        if let Some(time) = time {
            let _ = write!(to, ",\"{name}\":{}", micros(time));
        }
    }
    to.push('}');
}

fn passed_over(target: &PassedOver, to: &mut String) {
    to.push_str("{\"deployment\":");
    deployment(&target.deployment, to);
    let _ = write!(to, ",\"code\":\"{}\",\"reason\":", target.reason.code);
    text(&target.reason.to_string(), to);
    to.push('}');
}

fn deployment(deployment: &DeploymentId, to: &mut String) {
    to.push('"');
    escaped(&deployment.provider, to);
    to.push('/');
    escaped(&deployment.model, to);
    to.push('"');
}

pub(super) fn text(text: &str, to: &mut String) {
    to.push('"');
    escaped(text, to);
    to.push('"');
}

/// What stands between the quotes of a JSON string.
fn escaped(text: &str, to: &mut String) {
    let special = |byte: u8| byte < b' ' || matches!(byte, b'"' | b'\\');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(special) {
        to.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            plain @ (b'"' | b'\\') => to.extend(['\\', char::from(plain)]),
            control => {
                let _ = write!(to, "\\u{control:04x}");
            }
        }
        rest = &rest[at + 1..];
    }
    to.push_str(rest);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wye_types::record::decision::{CandidateRecord, Explanation, Hop, ProfileRecord};
    use wye_types::record::{Refusal, RefusalCode};
    use wye_types::{Code, RequestId};

    use super::*;

    fn deployment(model: &str) -> Arc<DeploymentId> {
        Arc::new(DeploymentId { provider: "corp".into(), model: model.into() })
    }

    fn attempt(model: &str, outcome: Outcome, status: Option<u16>) -> AttemptRecord {
        AttemptRecord {
            deployment: deployment(model),
            account: 1,
            started: Duration::from_micros(300),
            took: Duration::from_millis(20),
            status,
            outcome,
            role: if status.is_some() { Role::Primary } else { Role::Retry },
            phases: Phases { answered: status.map(|_| Duration::from_millis(9)), ..Phases::default() },
        }
    }

    fn decision() -> DecisionRecord {
        DecisionRecord {
            chain: vec![Hop { route: "auto".into(), strategy: "adaptive", reason: None }],
            profile: Some(Box::new(ProfileRecord {
                categories: vec![("code", 0.4), ("maths", 0.3)],
                difficulty: None,
            })),
            candidates: vec![CandidateRecord {
                deployment: deployment("rests"),
                score: None,
                terms: [0.0; 5],
                place: None,
                refused: Some(Refusal::new(RefusalCode::Rests)),
            }],
            ..DecisionRecord::default()
        }
    }

    fn record() -> RequestRecord {
        RequestRecord {
            id: RequestId::v7(1_795_000_000_000, 7),
            at_ms: 1_795_000_000_000,
            asked: "au\0to".to_owned(),
            tags: vec!["a\nb".into()],
            user: Some("u1".to_owned()),
            client: Some([10, 0, 0, 1].into()),
            request_bytes: 12,
            status: 200,
            served: Some(deployment("big")),
            attempts: vec![
                attempt("b\"ad", Outcome::Failed(Code::ProviderUnreachable), Some(503)),
                attempt("b\"ad", Outcome::Failed(Code::ProviderTimeout), None),
                attempt("big", Outcome::Served, Some(200)),
            ],
            usage: Some(Usage { input: 3, audio_in: Some(2), ..Usage::default() }),
            units: Units { images: Some(2), characters: Some(9), ..Units::default() },
            cost: Some(7),
            cost_basis: Some("catalog"),
            price_version: Some("v1".into()),
            kind: wye_types::Kind::Images,
            total: Duration::from_millis(1500),
            waited: Duration::from_millis(2),
            warnings: vec!["top_k: not in \u{1}this dialect".to_owned()],
            passed_over: vec![PassedOver {
                deployment: deployment("dear"),
                reason: Refusal::new(RefusalCode::NotFree),
            }],
            decision: Some(Box::new(decision())),
            ..RequestRecord::default()
        }
    }

    #[test]
    fn an_entry_holds_all_of_a_record() {
        let entry = Entry::of(&record());
        assert_eq!(
            (entry.strategy.as_deref(), entry.refusals.clone()),
            (Some("adaptive"), vec!["rests".to_owned(), "not_free".to_owned()])
        );
        assert_eq!(entry.explanation(), Some(Explanation::of(&decision())));
        assert_eq!(entry.category.as_deref(), Some("code"), "the likeliest");
        let plain = DecisionRecord { profile: None, ..decision() };
        let plain = RequestRecord { decision: Some(Box::new(plain)), ..record() };
        assert_eq!(Entry::of(&plain).category, None, "nobody looked");
        assert_eq!((entry.asked.as_str(), entry.tags.clone()), ("au\u{fffd}to", vec!["a b".to_owned()]));
        assert_eq!(entry.ended_ms, 1_795_000_001_500);
        assert_eq!(entry.tried, ["corp/b\"ad"]);
        assert_eq!(entry.passed, ["corp/dear"]);
        assert_eq!(entry.model.as_deref(), Some("big"));
        assert_eq!((entry.kind.name(), entry.cost_nano), ("images", Some(7)));
        assert_eq!(
            (entry.cost_basis.as_deref(), entry.price_version.as_deref()),
            (Some("catalog"), Some("v1"))
        );
    }

    #[test]
    fn how_many_targets_there_were_is_kept_where_no_decision_says_it() {
        let told = |record: RequestRecord| Entry::of(&record).told().targets;
        assert_eq!(told(RequestRecord { targets: 3, ..record() }), None);
        assert_eq!(told(RequestRecord { targets: 3, decision: None, ..record() }), Some(3));
        assert_eq!(told(RequestRecord { decision: None, ..record() }), None, "it has come to none");
    }

    #[test]
    fn what_a_detail_says_is_read_as_it_was_written() {
        let entry = Entry::of(&record());
        let told = entry.told();
        assert_eq!(
            (told.waited_us, told.warnings.len(), told.passed_over[0].code.as_deref()),
            (2000, 1, Some("not_free"))
        );
        let tries: Vec<_> =
            told.attempts.iter().map(|one| (one.role.as_deref(), one.status, one.answered_us)).collect();
        assert_eq!(
            tries,
            [(None, Some(503), Some(9000)), (Some("retry"), None, None), (None, Some(200), Some(9000))]
        );
        let detail: serde_json::Value = serde_json::from_str(&entry.detail).unwrap();
        let tried = |model: &str| format!("corp/{model}");
        assert_eq!(
            detail,
            serde_json::json!({
                "request_bytes": 12, "client": "10.0.0.1", "waited_us": 2000, "audio_in": 2,
                "units": { "images": 2, "characters": 9 },
                "attempts": [
                    { "deployment": tried("b\"ad"), "account": 1, "started_us": 300, "took_us": 20000, "status": 503, "answered_us": 9000,
                      "outcome": "failed", "code": Code::ProviderUnreachable.name() },
                    { "deployment": tried("b\"ad"), "account": 1, "started_us": 300, "took_us": 20000,
                      "outcome": "failed", "code": Code::ProviderTimeout.name(), "role": "retry" },
                    { "deployment": tried("big"), "account": 1, "started_us": 300, "took_us": 20000, "status": 200, "answered_us": 9000,
                      "outcome": "served" },
                ],
                "passed_over": [{ "deployment": "corp/dear", "code": "not_free", "reason": RefusalCode::NotFree.meaning() }],
                "warnings": ["top_k: not in \u{1}this dialect"],
            })
        );
    }
}
