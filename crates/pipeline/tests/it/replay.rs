//! Every request that real clients sent is served by every provider dialect, in the client's own words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::{BlockKind, ChatRequest, ChatResponse, Finish, OutputFormat};
use wye_wire::dialect;

use crate::captured::{self, Captured, Kind};
use crate::house::{Ask, Got, House, PROVIDERS, deep, read};
use crate::shape;

/// Requests that no target can serve as they are, and why.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "openai-python#7",
        "sim-anthropic/",
        "its only message is a sound, which Anthropic's models cannot be sent",
    ),
    ("openai-python#7", "sim-responses/", "its only message is a sound, which Responses does not take"),
    (
        "google-genai#3",
        "sim-gemini/gemini-3-deep",
        "its call has no seal, which this vendor refuses of its own clients; they are not second-guessed",
    ),
];

#[tokio::test]
async fn every_captured_request_is_served_by_every_dialect() {
    let all = captured::all();
    if all.is_empty() {
        return;
    }
    let house = House::new().await;
    let mut table = String::new();
    let mut problems = Vec::new();
    for request in &all {
        let what = match &request.kind {
            Kind::Chat(_) => "",
            Kind::Count(_) => " | counted",
            Kind::Models => " | answered by the server",
            Kind::Service(..) => " | served by every provider that has it",
            Kind::Later => " | later",
        };
        writeln!(table, "{:<26} {}{what}", request.name, request.call).unwrap();
        if let Kind::Count(ask) = &request.kind {
            count(&house, &request.name, ask, &mut problems).await;
        }
        let Kind::Chat(ask) = &request.kind else { continue };
        for (provider, _) in PROVIDERS {
            let mut lines = BTreeSet::new();
            for model in ["plain", deep(provider)] {
                let target = format!("{provider}/{model}");
                replay(&house, request, ask, &target, (&mut lines, &mut problems)).await;
            }
            for line in lines {
                writeln!(table, "    {provider:<10} {line}").unwrap();
            }
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
    insta::assert_snapshot!("warnings", table);
}

async fn count(house: &House, name: &str, ask: &Ask, problems: &mut Vec<String>) {
    for (provider, _) in PROVIDERS {
        match house.count(&ask.aimed(&format!("{provider}/plain"), false)).await {
            Err(error) => problems.push(format!("{name} -> {provider}: {}", error.message)),
            Ok(got) => {
                let body: Value = serde_json::from_slice(&got.body).unwrap_or_default();
                let tokens = body.get("input_tokens").or_else(|| body.get("totalTokens"));
                if tokens.and_then(Value::as_u64).unwrap_or(0) == 0 {
                    problems.push(format!("{name} -> {provider}: {body}"));
                }
            }
        }
        house.received();
    }
}

async fn replay(
    house: &House,
    request: &Captured,
    ask: &Ask,
    target: &str,
    (lines, problems): (&mut BTreeSet<String>, &mut Vec<String>),
) {
    let mut said = Vec::new();
    for stream in [false, true] {
        let aimed = ask.aimed(target, stream);
        let place = format!("{} -> {target}{}", request.name, if stream { " (stream)" } else { "" });
        let refused = REFUSED.iter().any(|(name, to, _)| *name == request.name && target.starts_with(to));
        let got = match house.ask(&aimed).await {
            Ok(got) => got,
            Err(error) => {
                if !refused {
                    problems.push(format!("{place}: {} {}", error.code.name(), error.message));
                }
                house.received();
                continue;
            }
        };
        if refused {
            assert!(got.status == 400, "{place}: is served after all");
            house.received();
            continue;
        }
        let found = check(&aimed, &got, target, house);
        problems.extend(found.iter().map(|what| format!("{place}: {what}")));
        lines.extend(got.warnings.iter().cloned());
        said.push(read(&aimed, &got.body).map(|answer| essence(&answer)).unwrap_or_default());
    }
    if let [whole, streamed] = said.as_slice()
        && whole != streamed
    {
        problems.push(format!("{} -> {target}: whole {whole:?}, streamed {streamed:?}", request.name));
    }
}

fn check(ask: &Ask, got: &Got, target: &str, house: &House) -> Vec<String> {
    let mut problems = Vec::new();
    let received = house.received();
    if got.status != 200 || got.served != target {
        problems.push(format!("{} from {:?}: {}", got.status, got.served, got.text()));
        return problems;
    }
    problems.extend(shape::problems(ask, &got.text()));
    match read(ask, &got.body) {
        Err(error) => problems.push(error),
        Ok(answer) => problems.extend(content(ask, &answer, &got.warnings)),
    }
    let [arrived] = received.as_slice() else {
        problems.push(format!("{} requests reached the fleet", received.len()));
        return problems;
    };
    let (provider, model) = target.split_once('/').unwrap();
    if PROVIDERS.iter().any(|(name, dialect)| *name == provider && *dialect == ask.dialect) {
        let expected = patched(ask, model);
        // As texts: trees are equal whatever the order of their fields.
        let (sent, came) = (expected.to_string(), arrived.body.to_string());
        if sent != came {
            problems.push(difference(&sent, &came));
        }
        for name in ["anthropic-beta", "anthropic-version"] {
            let sent = ask.headers.get(name).map(|v| v.to_str().unwrap());
            if ask.dialect == DialectId::AnthropicMessages
                && sent.is_some()
                && arrived.headers.get(name).map(String::as_str) != sent
            {
                problems.push(format!("{name} did not arrive"));
            }
        }
    }
    problems
}

/// A request in the provider's own dialect, with the fields that the gateway sets.
fn patched(ask: &Ask, model: &str) -> Value {
    let mut body = ask.body.clone();
    if ask.dialect == DialectId::Gemini {
        return body;
    }
    body["model"] = json!(model);
    if ask.dialect == DialectId::OpenAiChat && ask.stream() {
        let fields = body.as_object_mut().unwrap();
        let options = fields.entry("stream_options").or_insert_with(|| json!({}));
        options["include_usage"] = json!(true);
    }
    body
}

/// The first place where two texts part.
fn difference(sent: &str, arrived: &str) -> String {
    let at = sent.bytes().zip(arrived.bytes()).take_while(|(a, b)| a == b).count().saturating_sub(20);
    let piece = |text: &str| text.chars().skip(at).take(120).collect::<String>();
    format!("not as it was sent: {} became {}", piece(sent), piece(arrived))
}

fn asked(ask: &Ask) -> ChatRequest {
    dialect(ask.dialect).read_request(ask.body.to_string().as_bytes(), &ask.path).unwrap()
}

/// What an answer lacks of what was asked for.
fn content(ask: &Ask, answer: &ChatResponse, warnings: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let asked = asked(ask);
    let Some(choice) = answer.choices.first() else { return vec!["no choice".to_owned()] };
    let text: String = choice.content.iter().filter_map(|b| b.as_text()).collect();
    let calls = choice.content.iter().filter(|b| matches!(b.kind, BlockKind::ToolCall(_))).count();
    if text.is_empty() && calls == 0 && choice.finish != Some(Finish::Length) {
        problems.push("neither text nor calls".to_owned());
    }
    if choice.finish.is_none() {
        problems.push("no finish reason".to_owned());
    }
    let usage_due = !ask.stream() || ask.dialect != DialectId::OpenAiChat || asked.include_usage;
    if usage_due != answer.usage.is_some() {
        problems.push(format!("usage is {:?}", answer.usage));
    }
    // Anthropic has no word for "some JSON"; the warning says so.
    let kept = |loss: &String| loss.starts_with("response_format");
    let free = asked.format == OutputFormat::Text || warnings.iter().any(kept);
    if !free && calls == 0 && serde_json::from_str::<Value>(&text).is_err() {
        problems.push(format!("not the format asked for: {text}"));
    }
    problems
}

/// What an answer says, whole or streamed.
fn essence(answer: &ChatResponse) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for choice in &answer.choices {
        let text: String = choice.content.iter().filter_map(|b| b.as_text()).collect();
        said.push(text);
        for block in &choice.content {
            match &block.kind {
                BlockKind::ToolCall(call) => {
                    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
                    said.push(format!("{} {arguments}", call.name));
                }
                BlockKind::Reasoning(text) if !text.is_empty() => said.push(format!("thought {text}")),
                _ => {}
            }
        }
        said.push(format!("{:?}", choice.finish));
    }
    said
}
