//! The cases that were translated and really sent: what we would have sent, beside what the provider answered; and the
//! provider's answer as the client would have got it, beside what the client's own vendor answers.
//!
//! The translated requests themselves were not kept, only what came of them. So ours is held to the answers: what was
//! called must be offered, what was thought or shaped must be asked for, where the provider echoes the request it must
//! echo ours, and what it refused must not be in ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, ChatRequest, ChatResponse, Finish, ThinkingBudget, Tool};
use wye_types::error::Fault;
use wye_types::event::StreamEvent;
use wye_wire::dialect;
use wye_wire::dialect::{ReadError, WriteOptions};
use wye_wire::event_stream;

use crate::fold::{events, fold, stream};
use crate::same_case::{cases, path, protocols};

/// What an answer holds, as far as every dialect has it.
#[derive(Debug, PartialEq, Clone)]
struct Essence {
    text: String,
    calls: Vec<(String, Value)>,
    end: &'static str,
    prompt: u64,
    output: u64,
}

fn essence(answer: &ChatResponse) -> Essence {
    let choice = answer.choices.first();
    let (mut text, mut calls) = (String::new(), Vec::new());
    for block in choice.into_iter().flat_map(|choice| &choice.content) {
        match &block.kind {
            BlockKind::Text(more) | BlockKind::Refusal(more) => text.push_str(more),
            BlockKind::ToolCall(call) => {
                calls.push((call.name.clone(), serde_json::from_str(&call.arguments).unwrap_or_default()));
            }
            _ => {}
        }
    }
    let end = match choice.and_then(|choice| choice.finish.as_ref()) {
        None => "nothing",
        Some(Finish::ContentFilter | Finish::Refusal) => "refused",
        Some(Finish::Length) => "length",
        Some(Finish::ToolCalls) => "calls",
        Some(_) => "whole",
    };
    let usage = answer.usage.unwrap_or_default();
    Essence { text, calls, end, prompt: usage.prompt_total(), output: usage.output_total() }
}

/// What is written for a client of the dialect and read by one, whole and as a stream.
fn as_client(id: DialectId, answer: &ChatResponse, told: &[StreamEvent]) -> [Essence; 2] {
    let whole = dialect(id).read_response(&dialect(id).write_response(answer)).unwrap();
    let streamed = fold(id, events(id, &stream(id, told)));
    [essence(&whole), essence(&streamed)]
}

/// Every place in a JSON tree, arrays' elements as one, without what stands in free-form objects.
fn places(tree: &Value, at: &str, out: &mut BTreeSet<String>) {
    match tree {
        Value::Object(map) => {
            for (key, value) in map {
                let place = format!("{at}/{key}");
                if !["args", "input", "parsed", "metadata"].contains(&key.as_str()) {
                    places(value, &place, out);
                }
                out.insert(place);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| places(item, at, out)),
        _ => {}
    }
}

/// The places that every answer of a vendor's own has.
fn always(all: &[(String, Value)]) -> BTreeMap<DialectId, BTreeSet<String>> {
    let mut always: BTreeMap<DialectId, BTreeSet<String>> = BTreeMap::new();
    for (_, case) in all {
        for (protocol, id) in protocols() {
            for turn in ["response", "followup-response"] {
                let body = &case["protocols"][protocol][turn];
                if dialect(id).read_response(body.to_string().as_bytes()).is_err() {
                    continue;
                }
                let mut now = BTreeSet::new();
                places(body, "", &mut now);
                let kept = match always.remove(&id) {
                    Some(before) => before.intersection(&now).cloned().collect(),
                    None => now,
                };
                always.insert(id, kept);
            }
        }
    }
    always
}

/// Places that a vendor's own answers always have and ours leave out: (dialect, place, reason).
const LEFT_OUT: &[(DialectId, &str, &str)] = &[
    (DialectId::OpenAiChat, "/usage/prompt_tokens_details", "counts that the other vendor does not report"),
    (
        DialectId::OpenAiChat,
        "/usage/completion_tokens_details",
        "counts that the other vendor does not report",
    ),
    (
        DialectId::AnthropicMessages,
        "/usage/cache_creation",
        "cache writes by lifetime, which no other vendor has",
    ),
    (DialectId::AnthropicMessages, "/content/type", "an answer that was all hidden thoughts has no content"),
    (
        DialectId::Gemini,
        "/usageMetadata/promptTokensDetails",
        "counts by modality, which no other vendor has",
    ),
    (DialectId::OpenAiResponses, "/billing", "who pays is the vendor's own to know"),
    (DialectId::OpenAiResponses, "/output_text", "added by the SDK, not on the wire"),
    (DialectId::OpenAiResponses, "/output/", "an answer that was all hidden thoughts has no output"),
    (DialectId::OpenAiResponses, "/text/verbosity", "a setting of the vendor's models"),
];

/// Where our request cannot have what the answer shows: (case, pair, reason).
const CHOICES: &[(&str, &str, &str)] = &[(
    "responsesToolSearchInputParam",
    "responses_to_anthropic",
    "functions of a namespace are offered at once, under a name that holds the namespace",
)];

/// What the answer shows of the request it answers, and ours does not have.
fn missing(ours: &ChatRequest, answer: &ChatResponse) -> Vec<String> {
    let offered: BTreeSet<&str> = ours
        .tools
        .iter()
        .filter_map(|tool| match tool {
            Tool::Function(function) => Some(function.name.as_str()),
            Tool::Foreign(_) => None,
        })
        .collect();
    let mut out = Vec::new();
    for block in answer.choices.iter().flat_map(|choice| &choice.content) {
        match &block.kind {
            BlockKind::ToolCall(call) if !offered.contains(call.name.as_str()) => {
                out.push(format!("{} is called, not offered", call.name));
            }
            _ => {}
        }
    }
    let cut = answer.choices.iter().any(|choice| choice.finish == Some(Finish::Length));
    if cut && ours.sampling.max_tokens.is_none() {
        out.push("the answer was cut, ours sets no limit".to_owned());
    }
    out
}

/// What a provider refused in their translation, and would refuse in ours.
fn refusable(ours: &ChatRequest) -> Option<String> {
    match (ours.reasoning.and_then(|r| r.budget), ours.sampling.max_tokens) {
        (Some(ThinkingBudget::Tokens(budget)), Some(max))
            if ours.from == DialectId::AnthropicMessages && budget >= max =>
        {
            Some(format!("a budget of {budget} with a limit of {max}"))
        }
        _ => None,
    }
}

/// The chunks of a stream, framed as the vendor frames them.
fn framed(id: DialectId, chunks: &[Value]) -> Option<Vec<u8>> {
    if id == DialectId::BedrockConverse {
        let mut out = Vec::new();
        for (name, event) in chunks.iter().filter_map(Value::as_object).flatten() {
            event_stream::write_event(&mut out, name, event.to_string().as_bytes());
        }
        return Some(out);
    }
    let mut out = String::new();
    for chunk in chunks {
        match id {
            DialectId::AnthropicMessages | DialectId::OpenAiResponses => {
                write!(out, "event: {}\ndata: {chunk}\n\n", chunk["type"].as_str()?).unwrap();
            }
            DialectId::OpenAiChat => write!(out, "data: {chunk}\n\n").unwrap(),
            DialectId::Gemini => write!(out, "data: {chunk}\r\n\r\n").unwrap(),
            _ => return None,
        }
    }
    if id == DialectId::OpenAiChat {
        out.push_str("data: [DONE]\n\n");
    }
    Some(out.into_bytes())
}

/// The dialects of a pair's name, `<from>_to_<to>`.
fn ends(pair: &str) -> Option<(&str, DialectId, DialectId)> {
    let (from, to) = pair.split_once("_to_")?;
    let of = |name: &str| protocols().into_iter().find(|(protocol, _)| *protocol == name);
    Some((of(from)?.0, of(from)?.1, of(to)?.1))
}

/// Our request for the pair: the case's own, read and written for the other's model.
fn ours(from: DialectId, to: DialectId, body: &Value, answered: &Value) -> (ChatRequest, usize) {
    let model = ["model", "modelVersion"].iter().find_map(|key| answered[*key].as_str()).unwrap_or("m");
    let chat = dialect(from).read_request(body.to_string().as_bytes(), &path()).unwrap();
    let options = WriteOptions { model: model.to_owned(), ..WriteOptions::default() };
    let written = dialect(to).write_request(&chat, &options);
    (dialect(to).read_request(&written.body, &path()).unwrap(), written.losses.len())
}

#[test]
fn what_was_translated_and_sent_is_what_we_would_send_and_tell() {
    let all = cases();
    if all.is_empty() {
        return;
    }
    let always = always(&all);
    let (mut table, mut broken) = (String::from("case: direction | request | answer | stream\n"), Vec::new());
    for (name, case) in &all {
        for (pair, captured) in case["captured_by_translation"].as_object().into_iter().flatten() {
            let Some((protocol, from, to)) = ends(pair) else {
                writeln!(table, "{name}: {pair} | later").unwrap();
                continue;
            };
            let body = &case["protocols"][protocol]["request"];
            let (sent, losses) = ours(from, to, body, &captured["response"]);
            let mut tell = Tell { name, pair, from, to, always: &always, broken: &mut broken };
            let answered = tell.answer(&sent, &captured["response"]);
            let streamed = tell.stream(&captured["streaming_response"]);
            let lost = if losses == 0 { String::new() } else { format!(", {losses} lost") };
            writeln!(table, "{name}: {pair} | sent{lost} | {answered} | {streamed}").unwrap();
        }
    }
    assert!(broken.is_empty(), "{} do not hold:\n{}", broken.len(), broken.join("\n"));
    insta::assert_snapshot!("translated", table);
}

/// One case in one direction.
struct Tell<'a> {
    name: &'a str,
    pair: &'a str,
    from: DialectId,
    to: DialectId,
    always: &'a BTreeMap<DialectId, BTreeSet<String>>,
    broken: &'a mut Vec<String>,
}

impl Tell<'_> {
    fn hold(&mut self, fine: bool, why: impl FnOnce() -> String) {
        if !fine {
            self.broken.push(format!("{}: {}: {}", self.name, self.pair, why()));
        }
    }

    /// What the provider answered, held to our request and told to the client.
    fn answer(&mut self, sent: &ChatRequest, body: &Value) -> String {
        let refusable = refusable(sent);
        self.hold(refusable.is_none(), || refusable.unwrap_or_default());
        if body.is_null() {
            return "-".to_owned();
        }
        let answer = match dialect(self.to).read_response(body.to_string().as_bytes()) {
            Ok(answer) => answer,
            Err(ReadError::Upstream(error)) if body["error"].is_string() => {
                return refused(body, &error.message);
            }
            Err(error) => {
                self.hold(body["error"].is_string(), || format!("{error:?}"));
                return refused(body, body["error"].as_str().unwrap_or_default());
            }
        };
        let choice = CHOICES.iter().find(|(name, pair, _)| (*name, *pair) == (self.name, self.pair));
        let lacking = missing(sent, &answer);
        match choice {
            Some(_) => self.hold(!lacking.is_empty(), || "a choice that is none any more".to_owned()),
            None => self.hold(lacking.is_empty(), || lacking.join(", ")),
        }
        let wanted = essence(&answer);
        for got in as_client(self.from, &answer, &wye_wire::assemble::explode(&answer)) {
            self.hold(got == wanted, || format!("told {got:?}, not {wanted:?}"));
        }
        let written: Value = serde_json::from_slice(&dialect(self.from).write_response(&answer)).unwrap();
        let mut has = BTreeSet::new();
        places(&written, "", &mut has);
        for place in self.always.get(&self.from).into_iter().flatten() {
            let left = LEFT_OUT.iter().any(|(id, out, _)| *id == self.from && place.starts_with(out));
            let name = self.from;
            self.hold(left || has.contains(place), || format!("no {place} in an answer of {name}"));
        }
        let kinds: BTreeSet<&str> =
            answer.choices.iter().flat_map(|choice| &choice.content).map(kind).collect();
        let kinds = kinds.into_iter().collect::<Vec<_>>().join("+");
        choice.map_or(kinds.clone(), |choice| format!("{kinds} ({})", choice.2))
    }

    /// The same of a stream.
    fn stream(&mut self, chunks: &Value) -> String {
        let Some(list) = chunks.as_array() else {
            return if chunks.is_null() { "-".to_owned() } else { refused(chunks, "") };
        };
        let Some(bytes) = framed(self.to, list) else { return "a whole answer".to_owned() };
        let told = events(self.to, &bytes);
        self.hold(told.last() == Some(&StreamEvent::End), || format!("no end: {:?}", told.last()));
        let folded = fold(self.to, told.clone());
        let wanted = essence(&folded);
        for got in as_client(self.from, &folded, &told) {
            self.hold(got == wanted, || format!("streamed {got:?}, not {wanted:?}"));
        }
        format!("{} in {} chunks", wanted.end, list.len())
    }
}

/// Errors as the official SDKs tell them: `Error: 400 the vendor's words`, or a body inside.
fn told_error(text: &str) -> Option<(u16, Vec<u8>)> {
    let body = text
        .find('{')
        .map(|at| text[at..].trim())
        .filter(|body| serde_json::from_str::<Value>(body).is_ok_and(|tree| !tree["error"].is_null()));
    let number = |word: &str| word.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u16>().ok();
    let status = text.split_whitespace().find_map(number).filter(|n| (400..600).contains(n))?;
    let words = text.split_once(&format!("{status} ")).map_or(text, |(_, words)| words);
    let body =
        body.map_or_else(|| serde_json::json!({"error": {"message": words}}).to_string(), str::to_owned);
    Some((status, body.into_bytes()))
}

/// The requests that a vendor refused are well-formed, so that our readers take them; what the vendor said of them is
/// read as the fault it is, and told to clients of every dialect.
#[test]
fn what_vendors_refused_is_read_as_a_bad_request() {
    let mut seen = 0;
    for (name, case) in cases() {
        for (protocol, id) in protocols() {
            let turns = &case["protocols"][protocol];
            let Some((status, body)) = turns["error"]["error"].as_str().and_then(told_error) else {
                continue;
            };
            seen += 1;
            let error = dialect(id).read_error(status, &body);
            assert_eq!((error.status, error.fault), (400, Fault::BadRequest), "{name} {protocol}: {error:?}");
            assert!(error.message.len() > 20, "{name} {protocol}: {error:?}");
            let read = dialect(id).read_request(turns["request"].to_string().as_bytes(), &path());
            assert!(read.is_ok(), "{name} {protocol}: only the vendor can know: {read:?}");
        }
    }
    assert!(seen > 4 || cases().is_empty(), "{seen} errors");
}

fn kind(block: &Block) -> &'static str {
    match &block.kind {
        BlockKind::Text(_) => "text",
        BlockKind::Refusal(_) => "refusal",
        BlockKind::Media(_) => "media",
        BlockKind::Reasoning(_) | BlockKind::Redacted => "thoughts",
        BlockKind::ToolCall(_) => "call",
        BlockKind::ToolResult(_) => "result",
        BlockKind::Foreign(_) => "foreign",
    }
}

/// Their translation did not get through: by their own refusal, or the provider's.
fn refused(body: &Value, message: &str) -> String {
    let said = body["error"].as_str().unwrap_or(message);
    let who = if said.starts_with("Conversion") { "not translated there" } else { "refused there" };
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(110).collect();
    format!("{who}: {said}")
}
