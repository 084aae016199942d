//! Usage in real recorded answers → ledger → money, vendor by vendor. The figures are reckoned by hand in the comments, in
//! dollars a million tokens, which are millionths of a dollar a token.

use std::path::PathBuf;

use serde_json::Value;
use wye_catalog::{Basis, Cost, Service, cost};
use wye_types::usage::{Ledger, Units};
use wye_types::{DialectId, Kind, Usage};
use wye_wire::dialect::dialect;
use wye_wire::scan::TopLevel;
use wye_wire::service::{Head, Reading, Shape, service};

use crate::embedded::{CATALOG, NOW};

/// The body of a recorded answer. `None`, with a notice, where the recordings are not at hand.
#[expect(clippy::print_stderr, reason = "a test that does not run must say so loudly")]
fn body(name: &str) -> Option<Value> {
    let shared = std::env::var_os("WYE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(file) = std::fs::read(shared.join(format!("wire/dev/{name}.json"))) else {
        eprintln!("\n*** NOT RUN: {name} is not in {} (set WYE_SHARED) ***\n", shared.display());
        return None;
    };
    let mut recording: Value = serde_json::from_slice(&file).unwrap();
    let body = recording["response"]["body"].take();
    Some(body.as_str().map_or(body.clone(), |text| serde_json::from_str(text).unwrap()))
}

/// What a recorded chat says that it used.
fn chat(from: DialectId, name: &str) -> Option<Ledger> {
    let answer = dialect(from).read_response(body(name)?.to_string().as_bytes()).unwrap();
    Some(Ledger::from(answer.usage.unwrap()))
}

/// What a recorded call of another kind says that it used.
fn call(kind: Kind, shape: Shape, name: &str) -> Option<Ledger> {
    let body = body(name)?.to_string();
    let head = Head {
        model: "m".to_owned(),
        stream: false,
        user: None,
        top: TopLevel::default(),
        text_bytes: 0,
        units: Units::default(),
    };
    let told = service(kind).unwrap().read_answer(&Reading {
        from: shape,
        to: shape,
        media_type: "application/json",
        body: body.as_bytes(),
        request: b"{}",
        head: &head,
        model: "m",
        now_s: 0,
    });
    told.unwrap().ledger
}

fn priced(provider: &str, model: &str, ledger: &Ledger, at: u64) -> Cost {
    let found = CATALOG.find(Some(provider), model).unwrap();
    assert_eq!(found.basis(), Basis::Catalog, "{provider}/{model}");
    cost(ledger, found.prices().map(|prices| (&**prices, found.basis())), at, Service::Standard)
}

const CHAT: DialectId = DialectId::OpenAiChat;
const RESPONSES: DialectId = DialectId::OpenAiResponses;

/// Recording, its dialect, provider, model, and what it cost in nano-dollars.
const CHATS: &[(&str, DialectId, &str, &str, u64)] = &[
    // 8 × 4 + 4012 cached × 0.4 + 4 × 20 = 1716.8: what is cached stands inside the prompt's 4020.
    ("openai/openai_chat__cached_usage__01", CHAT, "openai", "gpt-5.6-sol", 1_716_800),
    // 1 × 0.15 + 13 cached × 0.075 + 26 × 0.6 = 16.725
    ("openai/openai_responses__cached_usage__01", RESPONSES, "openai", "gpt-4o-mini", 16_725),
    // 1207 × 1.1 + 535 × 4.4 = 3681.7: 320 of the 535 are thoughts, which cost what the rest costs.
    ("openai/openai_responses__builtin_tools__02", RESPONSES, "openai", "o4-mini", 3_681_700),
    // 4658 × 1 + 120 × 5 = 5258
    (
        "anthropic/anthropic_messages__builtin_tools__01",
        DialectId::AnthropicMessages,
        "anthropic",
        "claude-haiku-4-5-20251001",
        5_258_000,
    ),
    // 6 × 0.3 + 5770 cached × 0.03 + 1 × 2.5 = 177.4
    ("gemini/gemini_generate__cached_usage__01", DialectId::Gemini, "gemini", "gemini-2.5-flash", 177_400),
    // 267 × 0.3 + (24 + 67 thoughts, which stand beside the 24) × 2.5 = 307.6
    ("gemini/gemini_generate__multimodal_in__01", DialectId::Gemini, "gemini", "gemini-2.5-flash", 307_600),
    // On a Saturday, off-peak: 116 × 0.15 + 256 cached × 0.003 + 12 × 0.6 = 25.368
    ("deepseek/openai_chat__cached_usage__01", CHAT, "deepseek", "deepseek-v4-flash", 25_368),
    // 10 × 0.3 + 2 cached × 0.075 + (1 + 228 thoughts, which stand beside the 1) × 0.5 = 117.65
    ("xai/openai_chat__reasoning__01", CHAT, "xai", "grok-3-mini", 117_650),
    // 84 × 0.15 + 67 (57 of them thoughts) × 0.6 = 52.8
    ("groq/openai_chat__reasoning__01", CHAT, "groq", "openai/gpt-oss-120b", 52_800),
    // 77 × 0.15 + 16 cached × 0.015 + 29 × 0.6 = 29.19
    ("mistral/openai_chat__cached_usage__01", CHAT, "mistral", "mistral-small-latest", 29_190),
    // 3 × 3 + 2240 cached × 0.3 + 329 written × 3.75 + 100 × 15 = 3414.75, the figure that the reseller says too.
    (
        "openrouter/openai_chat__cached_usage__01",
        CHAT,
        "openrouter",
        "anthropic/claude-sonnet-4.6",
        3_414_750,
    ),
    // 98 × 2.5 + 19 × 10 = 435: the vendor bills these, though it counts 1509 with its own words and its cache.
    ("cohere/cohere_chat__cached_usage__01", DialectId::Cohere, "cohere", "command-a-03-2025", 435_000),
    // 141 × 0.33 + 322 × 2.75 = 932.03
    (
        "bedrock/bedrock_converse__tools__01",
        DialectId::BedrockConverse,
        "bedrock",
        "us.amazon.nova-2-lite-v1:0",
        932_030,
    ),
];

#[test]
fn recorded_chats_cost_what_the_price_pages_say() {
    for (name, from, provider, model, nano) in CHATS {
        let Some(ledger) = chat(*from, name) else { return };
        // Where the vendor says the sum itself, it is what the price page says.
        assert!(ledger.reported.is_none_or(|said| said == *nano), "{name}: {:?}", ledger.reported);
        let ledger = Ledger { reported: None, ..ledger };
        let cost = priced(provider, model, &ledger, NOW);
        assert_eq!((cost.total, cost.basis), (Some(*nano), Basis::Catalog), "{name}: {:?}", ledger.tokens);
        let billed: u64 = cost.lines.iter().filter(|line| line.rate.is_some()).map(|line| line.count).sum();
        assert_eq!(billed, ledger.tokens.paid().total(), "{name}: each token on one line");
    }
}

#[test]
fn peak_hours_cost_double() {
    let Some(body) = body("deepseek/openai_chat__cached_usage__01") else { return };
    let answer = dialect(CHAT).read_response(body.to_string().as_bytes()).unwrap();
    let ledger = Ledger::from(answer.usage.unwrap());
    // Monday the 23rd, 02:00 UTC.
    let monday = NOW - 12 * 3600 + 2 * 86_400 + 2 * 3600;
    assert_eq!(priced("deepseek", "deepseek-v4-flash", &ledger, monday).total, Some(50_736));
}

#[test]
fn vendors_own_figures_agree_with_the_price_list_and_win() {
    let told = |ledger: Option<Ledger>, nano| {
        let Some(ledger) = ledger else { return };
        let cost = cost(&ledger, None, NOW, Service::Standard);
        assert_eq!((cost.total, cost.basis), (Some(nano), Basis::Reported));
    };
    told(chat(CHAT, "openrouter/openai_chat__cached_usage__01"), 3_414_750);
    told(chat(CHAT, "xai/openai_chat__reasoning__01"), 117_650);
    // A search of the web stands in the figure, which no price list of the model knows: 0.007 dollars more.
    told(chat(CHAT, "openrouter/openai_chat__chat__01"), 7_637_029);
    told(call(Kind::Embeddings, Shape::OpenAi, "openrouter/embeddings__embeddings__01"), 140);
    // The vendor's 200,000,000 ticks are 0.02 dollars, the price of one picture.
    told(call(Kind::Images, Shape::OpenAi, "xai/images__images__01"), 20_000_000);
    let one = Ledger { units: Units { images: Some(1), ..Units::default() }, ..Ledger::default() };
    assert_eq!(priced("xai", "grok-imagine-image", &one, NOW).total, Some(20_000_000));
}

#[test]
fn questions_to_documents_are_billed_by_the_question() {
    let Some(ledger) = call(Kind::Rerank, Shape::Cohere, "cohere/rerank__rerank__01") else { return };
    // 2 dollars a thousand questions.
    assert_eq!(ledger.units.search_units, Some(1));
    assert_eq!(priced("cohere", "rerank-v3.5", &ledger, NOW).total, Some(2_000_000));
}

#[test]
fn embeddings_and_sound_have_their_prices() {
    let prompt = |name: &str| body(name).map(|body| body["usage"]["prompt_tokens"].as_u64().unwrap());
    let tokens = |input: u64| Ledger::from(Usage { input, ..Usage::default() });
    let Some(openai) = prompt("openai/embeddings__embeddings__01") else { return };
    // 8 × 0.1 = 0.8
    assert_eq!(priced("openai", "text-embedding-ada-002", &tokens(openai), NOW).total, Some(800));
    let Some(mistral) = prompt("mistral/embeddings__embeddings__01") else { return };
    // 11 × 0.1 = 1.1
    assert_eq!(priced("mistral", "mistral-embed", &tokens(mistral), NOW).total, Some(1100));
    let Some(heard) = body("openai/audio_transcriptions__audio_transcriptions__01") else { return };
    let seconds = heard["usage"]["seconds"].as_u64().unwrap();
    let heard =
        Ledger { units: Units { heard_ms: Some(seconds * 1000), ..Units::default() }, ..Ledger::default() };
    // 7 s at 0.006 dollars a minute
    assert_eq!(priced("openai", "whisper-1", &heard, NOW).total, Some(700_000));
}

/// No successful answer of these was recorded; their counts are the example's.
#[test]
fn fees_pictures_and_vectors_without_a_recording() {
    let chat = Ledger::from(Usage { input: 1000, output: 100, ..Usage::default() });
    // 1000 × 1 + 100 × 1 = 1100, and 12 dollars a thousand requests.
    assert_eq!(priced("perplexity", "sonar", &chat, NOW).total, Some(13_100_000));
    // 1000 × 0.06; an embedding has no answer to pay.
    let vectors = Ledger::from(Usage { input: 1000, ..Usage::default() });
    assert_eq!(priced("voyage", "voyage-3.5", &vectors, NOW).total, Some(60_000));
    // 40 text × 5 + 200 of a picture × 8 + 1056 of the new picture × 32 = 35592
    let picture = Usage { input: 40, image_in: Some(200), image_out: Some(1056), ..Usage::default() };
    let picture = Ledger { units: Units { images: Some(1), ..Units::default() }, ..Ledger::from(picture) };
    assert_eq!(priced("openai", "gpt-image-1.5", &picture, NOW).total, Some(35_592_000));
    // 1200 characters × 15
    let aloud = Ledger { units: Units { characters: Some(1200), ..Units::default() }, ..Ledger::default() };
    assert_eq!(priced("openai", "tts-1", &aloud, NOW).total, Some(18_000_000));
}
