//! Each scripted fault × streamed or not × alone or with a healthy target behind it: what the client saw, what was
//! tried, what was recorded. A client's part of the table is its snapshot; what must hold for every row is checked here.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;
use wye_types::record::{Outcome, RequestRecord};
use wye_types::{Code, DialectId};

use super::support::{Answer, Call, PATIENCE, TIMEOUTS, TestApp, attempts, code};

const OPENAI: DialectId = DialectId::OpenAiChat;
const ANTHROPIC: DialectId = DialectId::AnthropicMessages;
const GEMINI: DialectId = DialectId::Gemini;
const RESPONSES: DialectId = DialectId::OpenAiResponses;
const OLLAMA: DialectId = DialectId::Ollama;
const COMPLETIONS: DialectId = DialectId::OpenAiCompletions;
const COHERE: DialectId = DialectId::Cohere;
const BEDROCK: DialectId = DialectId::BedrockConverse;

/// What the healthy target says.
const BACKUP: &str = "The backup answers.";
/// Keys of the fleet; no client may ever see one.
const SECRET: &str = "sk-sim-";

/// Faults as scripts write them; `down` is a provider nobody listens for.
const FAULTS: &[&str] = &[
    "{ status: 400 }",
    "{ status: 401 }",
    "{ status: 402 }",
    "{ status: 403 }",
    "{ status: 404 }",
    "{ status: 413 }",
    "{ status: 422 }",
    "{ status: 429 }",
    "{ status: 429, retry_after: 7s }",
    "{ status: 500 }",
    "{ status: 502 }",
    "{ status: 503 }",
    "{ status: 503, retry_after: 9s }",
    "{ status: 504 }",
    "{ status: 529 }",
    "{ status: 501 }",
    "reset",
    "refuse",
    "down",
    "stall_first",
    "stall_body",
    "{ stall_after_events: 3 }",
    "{ cut_after_events: 0 }",
    "{ cut_after_events: 3 }",
    "{ error_after_events: 0 }",
    "{ error_after_events: 3 }",
    "{ text_200: \"Sorry, the SERVICE IS OVERLOADED now.\" }",
    "error_in_200",
    "empty",
    "garbage",
    "{ slow_first: 250ms }",
    "drip",
];

/// Those that every pair of dialects is tried with.
const SOME: &[&str] = &[
    "{ status: 400 }",
    "{ status: 401 }",
    "{ status: 404 }",
    "{ status: 429, retry_after: 7s }",
    "{ status: 500 }",
    "{ status: 529 }",
    "stall_body",
    "{ cut_after_events: 3 }",
    "{ error_after_events: 4 }",
    "{ cut_after_events: 8 }",
    "{ text_200: \"Sorry, the SERVICE IS OVERLOADED now.\" }",
    "error_in_200",
    "empty",
    "garbage",
    "{ slow_first: 250ms }",
];

#[derive(Clone, Copy)]
struct Case {
    client: DialectId,
    provider: DialectId,
    fault: &'static str,
    stream: bool,
    backup: bool,
}

struct Row {
    case: Case,
    answer: Answer,
    record: RequestRecord,
    calls: u64,
}

/// The providers behind a client, and what they are made to do.
type Providers = &'static [(DialectId, &'static [&'static str])];

fn cases(client: DialectId, providers: Providers) -> Vec<Case> {
    let mut cases = Vec::new();
    for (provider, faults) in providers {
        for fault in *faults {
            for stream in [false, true] {
                for backup in [false, true] {
                    cases.push(Case { client, provider: *provider, fault, stream, backup });
                }
            }
        }
    }
    cases
}

async fn run(case: Case) -> Row {
    let Case { client, provider, fault, stream, backup } = case;
    let (down, faults) = if fault == "down" {
        ("true", String::new())
    } else {
        ("false", format!("\n    faults: [{{ fault: {fault} }}]"))
    };
    let script = format!(
        r#"
providers:
  faulty:
    dialect: {provider}
    down: {down}
    keys: [sk-sim-faulty]
    models: {{ m: {{}} }}{faults}
  backup:
    dialect: openai_chat
    keys: [sk-sim-backup]
    models: {{ m: {{}} }}
    faults: [{{ fault: {{ text_200: "{BACKUP}" }} }}]
"#
    );
    // Elsewhere the first piece of a stream is sent as it comes, so that it can break off after it.
    let keywords = if fault.contains("text_200") { r#"["service is overloaded"]"# } else { "[]" };
    let targets = if backup { "[faulty/m, backup/m]" } else { "[faulty/m]" };
    // Only what is late is to be opened early: elsewhere the status tells more.
    let heartbeat = if fault.contains("slow_first") { "100ms" } else { "10s" };
    let config = format!(
        r#"
discover: false
sse_heartbeat: {heartbeat}
providers:
  faulty: {{ dialect: {provider}, base_url: "@faulty@", api_key: sk-sim-faulty }}
  backup: {{ dialect: openai_chat, base_url: "@backup@", api_key: sk-sim-backup }}
routes:
  r: {{ targets: {targets}, timeouts: {TIMEOUTS}, retry: {{ keywords: {keywords} }} }}
"#
    );
    let mut app = TestApp::start(&script, &config).await;
    let (answer, record) = app.recorded(Call::chat(client, "r", stream, "Tell me something.")).await;
    Row { case, answer, record, calls: app.fleet.counts().requests }
}

/// The part of the table that is about one client.
async fn told_and_recorded(client: DialectId, providers: Providers) {
    let cases = cases(client, providers).into_iter().enumerate();
    // In any order, since some faults take as long as the route's limits allow.
    let running = futures_util::stream::iter(cases).map(|(at, case)| async move { (at, run(case).await) });
    let mut rows: Vec<(usize, Row)> =
        tokio::time::timeout(PATIENCE * 5, running.buffer_unordered(16).collect()).await.unwrap();
    rows.sort_by_key(|(at, _)| *at);
    let mut table = String::from(
        "| client ← provider | fault | stream | targets | status | x-wye-code | retry-after | error in stream | attempts | \
         served by | recorded | calls made | usage |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for (_, row) in &rows {
        writeln!(table, "{}", line(row)).unwrap();
    }
    insta::with_settings!({snapshot_path => "faults", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(client.name(), table);
    });
    let broken: Vec<String> = rows
        .iter()
        .flat_map(|(_, row)| {
            let at = line(row);
            broken_rules(row).into_iter().map(move |rule| format!("{rule}\n    {at}"))
        })
        .collect();
    assert!(broken.is_empty(), "{} broken rules:\n{}", broken.len(), broken.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_and_recorded_for_openai_chat() {
    told_and_recorded(
        OPENAI,
        &[(OPENAI, FAULTS), (ANTHROPIC, SOME), (GEMINI, SOME), (RESPONSES, SOME), (BEDROCK, SOME)],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_and_recorded_for_anthropic_messages() {
    told_and_recorded(ANTHROPIC, &[(OPENAI, SOME), (ANTHROPIC, SOME)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_and_recorded_for_gemini() {
    told_and_recorded(GEMINI, &[(OPENAI, SOME), (GEMINI, SOME)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_and_recorded_for_openai_responses() {
    told_and_recorded(RESPONSES, &[(RESPONSES, SOME), (ANTHROPIC, SOME)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_and_recorded_for_openai_completions() {
    told_and_recorded(COMPLETIONS, &[(COMPLETIONS, SOME), (OPENAI, SOME)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_and_recorded_for_ollama() {
    told_and_recorded(OLLAMA, &[(OLLAMA, SOME), (OPENAI, SOME)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_and_recorded_for_cohere() {
    told_and_recorded(COHERE, &[(COHERE, SOME), (OPENAI, SOME)]).await;
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

/// The error that stands in a stream after its 200.
fn in_stream(answer: &Answer) -> Option<Value> {
    if answer.status == 200 { answer.error() } else { None }
}

fn error_word(error: &Value) -> String {
    // Ollama's errors are sentences, and so are Cohere's within a stream.
    if error.is_string() {
        return "in words".to_owned();
    }
    ["code", "type", "status", "error_type"]
        .iter()
        .filter_map(|key| error.get(*key))
        .filter(|v| !v.is_null())
        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
        .collect::<Vec<_>>()
        .join(" ")
}

fn line(row: &Row) -> String {
    let Row { case, answer, record, .. } = row;
    let served = match (answer.header("x-wye-provider"), &record.served) {
        ("", None) => "–".to_owned(),
        ("", Some(served)) => format!("{} (record)", served.provider),
        (name, Some(served)) if served.provider == name => name.to_owned(),
        (name, other) => format!("{name}, but recorded {other:?}"),
    };
    format!(
        "| {} ← {} | `{}` | {} | {} | {} | {} | {} | {} | {} | {} | {} {} | {} | {} |",
        case.client,
        case.provider,
        case.fault.trim_matches(['{', '}', ' ']),
        if case.stream { "yes" } else { "no" },
        if case.backup { "two" } else { "one" },
        answer.status.as_u16(),
        or_dash(answer.header("x-wye-code")),
        or_dash(answer.header("retry-after")),
        in_stream(answer).map_or_else(|| "–".to_owned(), |e| error_word(&e)),
        answer.header("x-wye-attempts"),
        served,
        record.status,
        code(record),
        attempts(record),
        record.usage_source.name(),
    )
}

fn broken_rules(row: &Row) -> Vec<String> {
    let Row { case, answer, record, calls } = row;
    let mut broken = Vec::new();
    let mut rule = |holds: bool, what: &str| {
        if !holds {
            broken.push(what.to_owned());
        }
    };
    let status = answer.status.as_u16();
    let upstream = record.attempts.first().and_then(|a| a.status);
    let error = answer.error();
    let seen = format!("{:?}{}{record:?}", answer.headers, answer.text());
    rule(!seen.contains(SECRET), "a provider's key is seen");
    rule(record.status == status, "the record's status is the client's");
    rule(record.total < Duration::from_secs(6), "the route's time limits are kept");
    rule(record.stream == case.stream, "the record knows whether it was a stream");
    rule(record.attempts.len() as u64 >= *calls, "every call made is recorded");
    rule((error.is_some()) == (record.code.is_some()), "an error is recorded as one, success is not");
    rule(!matches!(status, 401..=404), "401 to 404 of a provider are never the client's");
    rule(
        !matches!(status, 429 | 503) || !answer.header("retry-after").is_empty(),
        "a 429 or 503 has a Retry-After",
    );
    if status >= 400 {
        rule(answer.header("x-wye-code") == code(record), "x-wye-code is the record's code");
        rule(answer.header("content-type") == "application/json", "errors are JSON");
        rule(!answer.header("x-wye-decision-id").is_empty(), "errors have a decision id");
    }
    if matches!(upstream, Some(400 | 413 | 422)) {
        rule(status == upstream.unwrap_or(0), "a client fault keeps its status");
        rule(record.attempts.len() == 1, "a client fault is not tried again");
    }
    if let Some(401..=404) = upstream {
        rule(
            if case.backup { status == 200 } else { status == 502 },
            "an account's or deployment's fault fails over, else it is a 502",
        );
    }
    let failed_over = record.served.as_ref().is_some_and(|d| d.provider == "backup");
    if failed_over {
        rule(
            status == 200 && answer.said() == BACKUP,
            "after failover only the second target's content is seen",
        );
        rule(error.is_none(), "after failover no error is seen");
        rule(record.attempts.len() == 2, "failover is two attempts");
        rule(matches!(record.attempts[0].outcome, Outcome::Failed(_)), "the first of which failed");
    }
    if record.served.is_some() {
        let outcome = record.code.map_or(Outcome::Served, Outcome::Failed);
        rule(
            record.attempts.last().is_some_and(|a| a.outcome == outcome),
            "the last attempt served, or broke as the record says",
        );
        rule(record.usage.is_some(), "an answer has usage, reported or estimated");
    }
    let gave_up =
        error.as_ref().is_some_and(|_| record.served.is_none() && record.code != Some(Code::CallerRejected));
    if gave_up && status >= 400 && case.client == OPENAI {
        let told = error.as_ref().and_then(|e| e.pointer("/details/attempts")).and_then(Value::as_array);
        let whole = told.is_some_and(|told| told.len() == record.attempts.len());
        rule(whole || status == 501, "error.details lists all attempts");
    }
    if case.stream && status == 200 && case.client == OPENAI && error.is_none() {
        rule(answer.text().trim_end().ends_with("data: [DONE]"), "a good stream ends with [DONE]");
    }
    broken
}
