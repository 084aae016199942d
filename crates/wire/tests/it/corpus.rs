//! Every recording is decoded and encoded again; the table says what was checked of which.
//!
//! The recordings live beside the repository (`../shared`, or where `WYE_SHARED` says).

use std::fmt::Write as _;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wye_types::chat::{BlockKind, ChatRequest, ChatResponse, Finish};
use wye_types::event::StreamEvent;
use wye_types::{DialectId, Map};
use wye_wire::assemble::{Assembler, explode};
use wye_wire::dialect::{
    Dialect, PathAsk, ReadError, ReasoningField, Seen, StreamAsk, ThinkingField, WriteOptions, dialect,
};
use wye_wire::frames::Frames;

use crate::fold::{events, events_of, fold, stream};
use crate::media;
use crate::services;
use crate::vendor::{self, last_usage, numbers, plain_request, plain_response, same};

const FOREIGN: &str = "streams are written for other dialects, which have no such blocks";

/// What cannot hold for a case, and why: (case, check, reason).
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "anthropic/anthropic_messages__cached_usage__01",
        "response",
        "the recording's split of cache writes does not add up to their sum",
    ),
    ("anthropic/anthropic_messages__stream_builtin_tools__01", "written again", FOREIGN),
    ("anthropic/anthropic_messages__stream_builtin_tools__02", "written again", FOREIGN),
    ("anthropic/anthropic_messages__stream_builtin_tools__03", "written again", FOREIGN),
    ("azure/openai_responses__stream_builtin_tools__01", "written again", FOREIGN),
    ("openai/openai_responses__stream_builtin_tools__01", "written again", FOREIGN),
    ("xai/openai_responses__stream_builtin_tools__01", "written again", FOREIGN),
    ("gemini/openai_chat__tools__01", "response", "the call has no id; one is made up"),
    ("mistral/openai_chat__reasoning__01", "response", "thinking parts become reasoning_content"),
];

/// A recording.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) api: String,
    pub(crate) feature: String,
    pub(crate) request: Value,
    pub(crate) response: Value,
}

impl Case {
    pub(crate) fn dialect(&self) -> Option<DialectId> {
        match (self.api.as_str(), self.provider.as_str()) {
            ("openai.chat", _) => Some(DialectId::OpenAiChat),
            ("anthropic.messages", _) | ("count_tokens", "anthropic") => Some(DialectId::AnthropicMessages),
            ("gemini.generate", _) | ("count_tokens", "gemini") => Some(DialectId::Gemini),
            ("openai.responses", _) | ("count_tokens", "openai") => Some(DialectId::OpenAiResponses),
            ("openai.completions", _) => Some(DialectId::OpenAiCompletions),
            // Its first version is another API, and is answered with 404 for the models that spoke it.
            ("cohere.chat", _) if self.request["path"] == "/v1/chat" => None,
            ("cohere.chat", _) => Some(DialectId::Cohere),
            ("ollama.chat", _) => Some(DialectId::Ollama),
            ("bedrock.converse", _) => Some(DialectId::BedrockConverse),
            _ => None,
        }
    }

    /// What is not of a dialect, and where that is checked.
    fn elsewhere(&self) -> String {
        match self.api.as_str() {
            // `wye-server` sends these through `/pass/…` and compares every byte.
            "anthropic.complete"
            | "bedrock.invoke"
            | "cohere.chat"
            | "files_batches"
            | "gemini.interactions"
            | "ocr"
            | "ollama.generate" => format!("passed: {}", self.api),
            "models" if self.status() >= 400 => format!("passed: {}", self.api),
            // `wye-providers` reads them by its rows.
            "models" => "list of models".to_owned(),
            api => format!("later: {api}"),
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.response["status"].as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(200)
    }

    /// The model and method in the path, where the dialect puts them there.
    fn path(&self) -> PathAsk {
        let path = self.request["path"].as_str().unwrap_or("");
        if self.api == "bedrock.converse" {
            let (model, method) = path.trim_start_matches("/model/").split_once('/').unwrap_or((path, ""));
            let model = Some(model.replace("%3A", ":"));
            return PathAsk { model, stream: method == "converse-stream", sse: false };
        }
        let last = path.rsplit('/').next().unwrap_or("");
        let (model, method) = last.split_once(':').unwrap_or((last, ""));
        PathAsk {
            model: matches!(self.api.as_str(), "gemini.generate" | "count_tokens").then(|| model.to_owned()),
            stream: method.starts_with("stream"),
            sse: self.request["query"]["alt"] == "sse",
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        match &self.response["body"] {
            Value::String(text) => text.clone().into_bytes(),
            body => body.to_string().into_bytes(),
        }
    }

    pub(crate) fn stream(&self) -> Option<Vec<u8>> {
        if let Some(binary) = self.response["body_base64"].as_str() {
            return Some(STANDARD.decode(binary).unwrap());
        }
        if let Some(values) = self.response["ndjson"].as_array() {
            // Lines as they came, the last one after the last line's end.
            let lines: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            return Some(lines.join("\n").into_bytes());
        }
        let lines: Vec<&str> = self.response["sse"].as_array()?.iter().filter_map(Value::as_str).collect();
        let end = if self.response["line_ending"] == "crlf" { "\r\n" } else { "\n" };
        let mut bytes = lines.join(end);
        if lines.last().is_some_and(|line| !line.is_empty()) {
            bytes.push_str(end);
        }
        Some(bytes.into_bytes())
    }
}

pub(crate) fn shared() -> PathBuf {
    std::env::var_os("WYE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

pub(crate) fn cases(root: &Path) -> Vec<Case> {
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    index
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let text = std::fs::read_to_string(root.join(format!("{}.json", columns[0]))).unwrap();
            let mut case: Value = serde_json::from_str(&text).unwrap();
            Case {
                id: columns[0].to_owned(),
                provider: columns[1].to_owned(),
                api: columns[2].to_owned(),
                feature: columns[3].to_owned(),
                request: case["request"].take(),
                response: case["response"].take(),
            }
        })
        .collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that does not run must say so loudly")]
fn every_recording_decodes_and_encodes() {
    let root = shared().join("wire/dev");
    if !root.join("INDEX.tsv").exists() {
        eprintln!("\n*** NOT RUN: the recordings are not at {} (set WYE_SHARED) ***\n", root.display());
        return;
    }
    let mut table = String::from("provider | feature | case | checks\n");
    let mut broken = Vec::new();
    let cases = cases(&root);
    let checked = on_every_core(&cases, |case| {
        let mut broken = Vec::new();
        let mut checks = Checks { case, done: Vec::new(), broken: &mut broken };
        match (case.dialect().filter(|id| vendor::of(*id).is_some()), services::of(case)) {
            (Some(id), _) => checks.run(id),
            (None, Some(service)) => {
                for (name, result) in services::check(case, service) {
                    checks.check(&name, result);
                }
            }
            (None, None) => match media::checks(case) {
                Some(found) => found.into_iter().for_each(|(name, result)| checks.check(&name, result)),
                None => checks.done.push(case.elsewhere()),
            },
        }
        (checks.done.join(", "), broken)
    });
    for (case, (done, failed)) in cases.iter().zip(checked) {
        writeln!(table, "{} | {} | {} | {done}", case.provider, case.feature, case.id).unwrap();
        broken.extend(failed);
    }
    assert!(broken.is_empty(), "{} checks failed:\n{}", broken.len(), broken.join("\n"));
    insta::with_settings!({snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("corpus", table);
    });
}

/// Does something with every item, on as many threads as there are cores; results in the order of the items.
fn on_every_core<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(some)).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

struct Checks<'a> {
    case: &'a Case,
    done: Vec<String>,
    broken: &'a mut Vec<String>,
}

impl Checks<'_> {
    fn check(&mut self, name: &str, result: Result<(), String>) {
        let exception = EXCEPTIONS.iter().find(|(case, check, _)| *case == self.case.id && *check == name);
        match (result, exception) {
            (Ok(()), None) => self.done.push(name.to_owned()),
            (Err(_), Some((_, _, reason))) => self.done.push(format!("{name} (not: {reason})")),
            (Ok(()), Some(_)) => {
                self.broken.push(format!("{}: {name} holds; take it off the exceptions", self.case.id));
            }
            (Err(why), None) => self.broken.push(format!("{}: {name}: {why}", self.case.id)),
        }
    }

    fn run(&mut self, id: DialectId) {
        let d = dialect(id);
        if self.case.request["body"].is_object() {
            self.request(d);
        }
        if self.case.api == "count_tokens" {
            let count = d.read_count(&self.case.body());
            let again = count.and_then(|n| d.read_count(&d.write_count(n)));
            return self.check("count", same(&again.is_some(), &true).and(same(&again, &count)));
        }
        if self.case.status() >= 400 {
            let error = d.read_error(self.case.status(), &self.case.body());
            let told = !error.message.is_empty() && error.status >= 400;
            return self.check(&format!("error {:?}", error.fault), same(&told, &true));
        }
        match self.case.stream() {
            Some(bytes) => self.stream(id, &bytes),
            None => self.whole(d),
        }
    }

    fn request(&mut self, d: &dyn Dialect) {
        let (case, path) = (self.case, self.case.path());
        let body = case.request["body"].to_string().into_bytes();
        if case.api == "count_tokens" {
            let written = d.read_count_request(&body, &path).map(|chat| {
                let written = d.write_count_request(&chat, &options(&chat, &body));
                written.map(|written| (written.losses, plain_request(d.id(), tree(&written.body))))
            });
            let wanted = Ok(Some((Vec::new(), plain_request(d.id(), tree(&body)))));
            return self.check("count request", same(&written, &wanted));
        }
        let chat = match d.read_request(&body, &path) {
            Ok(chat) => chat,
            Err(e) => return self.check("request", Err(e.message)),
        };
        let head = d.scan(&body, &path);
        let agrees = head.map(|h| (h.model == chat.model, h.stream == chat.stream));
        self.check("scan", same(&agrees, &Ok((true, true))));
        let written = d.write_request(&chat, &options(&chat, &body));
        let losses = if written.losses.is_empty() { Ok(()) } else { Err(format!("{:?}", written.losses)) };
        self.check("no loss", losses);
        let (was, now) = (tree(&body), tree(&written.body));
        self.check("request", same(&plain_request(d.id(), now), &plain_request(d.id(), was)));
        let again = d.read_request(&written.body, &path).map(|mut again| {
            // The writer always asks for usage.
            again.include_usage = chat.include_usage;
            let options = options(&again, &written.body);
            (again.clone(), tree(&d.write_request(&again, &options).body))
        });
        match again {
            Ok((_, twice)) => self.check("fixed point", same(&twice, &tree(&written.body))),
            Err(e) => self.check("fixed point", Err(e.message)),
        }
    }

    fn whole(&mut self, d: &dyn Dialect) {
        let body = self.case.body();
        let answer = match d.read_response(&body) {
            Ok(answer) => answer,
            Err(ReadError::Upstream(error)) => {
                let peeked = d.peek_response(&body, &StreamAsk::default()).error;
                return self.check(&format!("error in 200 {:?}", error.fault), same(&peeked, &Some(*error)));
            }
            Err(ReadError::Malformed(why)) => return self.check("response", Err(why)),
        };
        let written = d.write_response(&answer);
        self.check(
            "response",
            same(&plain_response(d.id(), tree(&written)), &plain_response(d.id(), tree(&body))),
        );
        let again = d.read_response(&written);
        self.check("fixed point of the response", same(&again.as_ref(), &Ok(&answer)));
        let bare = bare(answer.clone());
        self.check("fold", same(&fold(d.id(), explode(&bare)), &bare));
        let seen = d.peek_response(&body, &StreamAsk { want_text: true, ..StreamAsk::default() });
        let peeked = (seen.usage, seen.text, seen.error);
        self.check("peek", same(&peeked, &(answer.usage, text_of(&answer), None)));
        if let Some(usage) = answer.usage {
            self.check("usage", numbers(d.id(), &tree(&body), &usage));
        }
    }

    fn stream(&mut self, id: DialectId, bytes: &[u8]) {
        let whole = events(id, bytes);
        let failed = whole.iter().find_map(|event| match event {
            StreamEvent::Error(error) => Some(error.clone()),
            _ => None,
        });
        let ended = matches!(whole.last(), Some(StreamEvent::End | StreamEvent::Error(_)));
        let name = failed.as_ref().map_or("stream".to_owned(), |e| format!("stream error {:?}", e.fault));
        self.check(&name, if ended { Ok(()) } else { Err("the stream has no end".to_owned()) });
        for (name, step) in [("byte by byte", 1), ("by 7", 7), ("by 4096", 4096)] {
            let read = same(&events_of(id, bytes.chunks(step)), &whole);
            let relayed = same(&relayed(id, bytes.chunks(step), &full()), &relayed(id, [bytes], &full()));
            self.check(name, read.and(relayed));
        }
        self.check("cut everywhere", cut_everywhere(id, bytes));
        let folded = fold(id, whole.clone());
        if failed.is_none() {
            let mut again = fold(id, events(id, &stream(id, &whole)));
            // What a call cost is for the ledger; the client is told it only where it asks.
            if let (Some(again), Some(read)) = (&mut again.usage, &folded.usage) {
                again.reported = read.reported;
            }
            if id == DialectId::Gemini {
                // Its clients do not read the time of creation.
                again.created = folded.created;
            }
            self.check("written again", same(&again, &folded));
            // Hidden reasoning may use up the limit before a word is said.
            let content =
                folded.choices.iter().any(|c| !c.content.is_empty() || c.finish == Some(Finish::Length));
            self.check("content", same(&(content || self.case.feature.contains("error")), &true));
        }
        self.relay(id, bytes, &folded, failed.is_some());
        if let Some(usage) = folded.usage {
            let reported = last_usage(id, &data_of(id, bytes));
            self.check("usage", numbers(id, &reported, &usage));
        }
    }

    fn relay(&mut self, id: DialectId, bytes: &[u8], folded: &ChatResponse, failed: bool) {
        let (out, seen) = relayed(id, [bytes], &full());
        let raw = raw_events(id, bytes);
        let added = out.strip_prefix(raw.as_slice()).map(<[u8]>::to_vec);
        let fine = match &added {
            Some(added) => matches!(added.as_slice(), b"" | b"\n" | b"data: [DONE]\n\n"),
            // Nothing is passed on after an error.
            None if failed => raw.starts_with(&out),
            // Their clients must not see the end marker of OpenAI's older dialect.
            None => {
                matches!(id, DialectId::AnthropicMessages | DialectId::OpenAiResponses)
                    && !String::from_utf8_lossy(&out).contains("[DONE]")
            }
        };
        let told = || {
            added
                .as_ref()
                .map_or_else(|| "other bytes".to_owned(), |a| String::from_utf8_lossy(a).into_owned())
        };
        self.check("relay", if fine { Ok(()) } else { Err(told()) });
        let text = text_of(folded);
        let counts = (seen.text == text || folded.choices.len() > 1, seen.usage == folded.usage || failed);
        self.check(
            "seen",
            if counts == (true, true) {
                Ok(())
            } else {
                Err(format!("{:?} / {:?} {text}", seen, folded.usage))
            },
        );
        if id == DialectId::OpenAiChat {
            let (out, _) = relayed(id, [bytes], &StreamAsk::default());
            let hidden = data_of(id, &out).iter().all(|chunk| {
                chunk["choices"].as_array().is_none_or(|c| !c.is_empty()) || !chunk["usage"].is_object()
            });
            self.check("usage hidden", same(&hidden, &true));
        }
    }
}

/// Cuts the stream in two at every byte. Only the event around the cut can come out differently, so each pair of
/// neighbours is decoded by itself: cutting whole streams would take time with the square of their length.
fn cut_everywhere(id: DialectId, bytes: &[u8]) -> Result<(), String> {
    let raw: Vec<Vec<u8>> = decoded(id, [bytes]).into_iter().map(|(_, _, raw)| raw).collect();
    for pair in raw.windows(2).chain(raw.chunks(1)) {
        let pair = pair.concat();
        let whole = decoded(id, [pair.as_slice()]);
        if let Some(at) = (0..=pair.len()).find(|at| {
            let (a, b) = pair.split_at(*at);
            decoded(id, [a, b]) != whole
        }) {
            return Err(format!("cut at {at} of {}", String::from_utf8_lossy(&pair)));
        }
    }
    Ok(())
}

fn decoded<'a>(id: DialectId, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let mut decoder = Frames::new(dialect(id).framing());
    let mut out = Vec::new();
    let mut drain = |decoder: &mut Frames| {
        while let Some(event) = decoder.next_event() {
            out.push((event.name.to_owned(), event.data.to_vec(), event.raw.to_vec()));
        }
    };
    for piece in pieces {
        decoder.push(piece).unwrap();
        drain(&mut decoder);
    }
    decoder.finish();
    drain(&mut decoder);
    out
}

/// A client that wants everything.
fn full() -> StreamAsk {
    StreamAsk { include_usage: true, want_text: true, sse: true, ..StreamAsk::default() }
}

fn relayed<'a>(
    id: DialectId,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    ask: &StreamAsk,
) -> (Vec<u8>, Seen) {
    let mut decoder = Frames::new(dialect(id).framing());
    let mut relay = dialect(id).relay(ask);
    let (mut out, mut all) = (Vec::new(), Seen::default());
    let mut add = |seen: Seen| {
        all.text.push_str(&seen.text);
        all.usage = seen.usage.or(all.usage);
        all.content |= seen.content;
        all.end |= seen.end;
        all.error = seen.error.or(all.error.take());
    };
    for piece in pieces {
        decoder.push(piece).unwrap();
        while let Some(event) = decoder.next_event() {
            add(relay.relay(&event, &mut out));
        }
    }
    decoder.finish();
    while let Some(event) = decoder.next_event() {
        add(relay.relay(&event, &mut out));
    }
    add(relay.finish(&mut out));
    (out, all)
}

fn raw_events(id: DialectId, bytes: &[u8]) -> Vec<u8> {
    let mut decoder = Frames::new(dialect(id).framing());
    decoder.push(bytes).unwrap();
    decoder.finish();
    let mut out = Vec::new();
    while let Some(event) = decoder.next_event() {
        out.extend_from_slice(event.raw);
        if id == DialectId::Ollama {
            // A value is cut out of its line.
            out.push(b'\n');
        }
    }
    out
}

fn data_of(id: DialectId, bytes: &[u8]) -> Vec<Value> {
    let mut decoder = Frames::new(dialect(id).framing());
    decoder.push(bytes).unwrap();
    decoder.finish();
    let mut out = Vec::new();
    while let Some(event) = decoder.next_event() {
        out.extend(serde_json::from_slice::<Value>(event.data));
    }
    out
}

fn options(chat: &ChatRequest, body: &[u8]) -> WriteOptions {
    let body = String::from_utf8_lossy(body);
    let reasoning_field = if body.contains("\"reasoning_content\"") {
        ReasoningField::ReasoningContent
    } else {
        ReasoningField::ReasoningDetails
    };
    let effort = body.contains("\"reasoning_effort\"") && reasoning_field == ReasoningField::ReasoningDetails;
    WriteOptions {
        model: chat.model.clone(),
        developer_role: true,
        reasoning_field: if effort { ReasoningField::None } else { reasoning_field },
        thinking: if effort || reasoning_field == ReasoningField::ReasoningContent {
            ThinkingField::Effort
        } else {
            ThinkingField::Reasoning
        },
        foreign_seals: true,
        ..WriteOptions::default()
    }
}

fn tree(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn text_of(answer: &ChatResponse) -> String {
    let blocks = answer.choices.iter().flat_map(|c| &c.content);
    blocks
        .filter_map(|block| match &block.kind {
            BlockKind::Text(text) | BlockKind::Refusal(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// The answer without what streams do not carry, and as a stream would cut it into blocks.
fn bare(mut answer: ChatResponse) -> ChatResponse {
    answer.rest = Map::new();
    for choice in &mut answer.choices {
        choice.rest = Map::new();
        for block in &mut choice.content {
            block.rest = Map::new();
            block.cache = None;
        }
        choice.content.retain(|b| !matches!(b.kind, BlockKind::Media(_) | BlockKind::ToolResult(_)));
    }
    let mut assembler = Assembler::new(answer.from);
    for event in explode(&answer) {
        assembler.push(event);
    }
    let joined = assembler.finish();
    for (choice, joined) in answer.choices.iter_mut().zip(joined.choices) {
        if choice.content.len() != joined.content.len() {
            choice.content = joined.content;
        }
    }
    answer
}
