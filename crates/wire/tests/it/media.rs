//! Recordings of images, sound and transcripts: what is asked is found, what is answered is read and counted.

use serde_json::{Value, json};
use wye_types::Kind;
use wye_types::usage::Ledger;
use wye_wire::Shape;
use wye_wire::dialect::dialect;
use wye_wire::service::{Head, Reading, Service, Told, service};

use crate::corpus::Case;
use crate::vendor::same;

/// What a check is called, and what it came to.
pub(crate) type Check = (String, Result<(), String>);

/// The kind of a recording, and whose words it is in.
fn kind(case: &Case) -> Option<(Kind, Shape)> {
    let path = case.request["path"].as_str().unwrap_or("");
    let kinds = [Kind::Images, Kind::ImageEdits, Kind::ImageVariations, Kind::Speech];
    let mut kinds = kinds.into_iter().chain([Kind::Transcriptions, Kind::Translations]);
    let kind = kinds.find(|kind| path.ends_with(kind.path()))?;
    let told_in_json = kind == Kind::Transcriptions && case.request["body"]["input_audio"].is_object();
    Some((kind, if told_in_json { Shape::OpenRouter } else { Shape::OpenAi }))
}

/// The checks of a recording; `None` if it is of another kind.
pub(crate) fn checks(case: &Case) -> Option<Vec<Check>> {
    let (kind, shape) = kind(case)?;
    let words = service(kind)?;
    let mut checks = Vec::new();
    let body = &case.request["body"];
    let (head, request) = if body.is_object() && body.get("__multipart__").is_none() {
        let request = body.to_string().into_bytes();
        let head = words.scan(shape, &request).map_err(|error| error.message);
        checks.push((
            "scan".to_owned(),
            head.as_ref().map_err(Clone::clone).and_then(|h| same(&json!(h.model), &body["model"])),
        ));
        (head.ok(), request)
    } else {
        (None, Vec::new())
    };
    // Of forms only the answers were kept: what the gateway reads of one besides the model is not needed for that.
    let head = head.unwrap_or_else(plain);
    if case.status() >= 400 || case.feature == "error_body" {
        let status = if case.status() >= 400 { case.status() } else { 400 };
        let error = dialect(wye_types::DialectId::OpenAiChat).read_error(status, &case.body());
        let told = !error.message.is_empty() && error.status >= 400;
        checks.push((format!("error {:?}", error.fault), same(&told, &true)));
        return Some(checks);
    }
    let media_type = case.response["headers"]["content-type"].as_str().unwrap_or("application/json");
    if !words.is_read_whole(shape, media_type) {
        let counted = words.begun(&head).map(|ledger| ledger.units.characters);
        let characters = body["input"].as_str().map(|text| text.chars().count() as u64);
        checks.push(("passed on as it is".to_owned(), same(&counted, &Some(characters))));
        return Some(checks);
    }
    let bytes = case.body();
    let reading = Reading {
        from: shape,
        to: shape,
        media_type,
        body: &bytes,
        request: &request,
        head: &head,
        model: "m",
        now_s: 0,
    };
    match words.read_answer(&reading) {
        Err(error) => checks.push(("answer".to_owned(), Err(format!("{error:?}")))),
        Ok(told) => checks.extend(answer(case, words, &told)),
    }
    Some(checks)
}

fn plain() -> Head {
    let body = br#"{"model":"m","prompt":"p"}"#;
    service(Kind::Images).unwrap().scan(Shape::OpenAi, body).unwrap()
}

fn answer(case: &Case, _: &dyn Service, told: &Told) -> Vec<Check> {
    let body = &case.response["body"];
    let mut checks = vec![("answer".to_owned(), same(&told.content, &true))];
    if body["audio_data"].is_string() {
        let begins = told.body.as_deref().map(|sound| sound.starts_with(b"ID3"));
        checks.push((
            "sound out of JSON".to_owned(),
            same(&(begins, told.media_type), &(Some(true), Some("audio/mpeg"))),
        ));
        return checks;
    }
    checks.push(("same bytes".to_owned(), same(&told.body, &None)));
    let ledger = told.ledger.unwrap_or_default();
    if let Some(images) = body["data"].as_array() {
        checks.push(("images".to_owned(), same(&ledger.units.images, &Some(images.len() as u64))));
    }
    if body["usage"].is_object() {
        checks.push(("usage".to_owned(), same(&counted(&ledger), &reported(&body["usage"]))));
    }
    checks
}

/// What the ledger says: tokens, milliseconds heard, nano-dollars.
fn counted(ledger: &Ledger) -> [Option<u64>; 3] {
    let tokens = ledger.tokens.total();
    [(tokens > 0).then_some(tokens), ledger.units.heard_ms, ledger.reported]
}

/// The same, as the vendor wrote it.
fn reported(usage: &Value) -> [Option<u64>; 3] {
    let number = |name: &str| usage[name].as_f64();
    let thousandths = |n: f64, times: f64| (n * times).round() as u64;
    let seconds = number("seconds").or_else(|| number("prompt_audio_seconds"));
    let ticks = usage["cost_in_usd_ticks"].as_u64().map(|ticks| ticks / 10);
    [
        usage["total_tokens"].as_u64(),
        seconds.map(|s| thousandths(s, 1e3)),
        ticks.or_else(|| number("cost").map(|cost| thousandths(cost, 1e9))),
    ]
}
