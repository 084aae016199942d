//! Forms with files: relayed while they come, or kept until it is known whereto.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wye_types::record::{Outcome, UsageSource};
use wye_types::{Code, Kind};

use super::support::{Answer, Call, PATIENCE, TestApp, attempts};

const PATH: &str = "/v1/audio/transcriptions";
/// More than is held in memory.
const LARGE: usize = 3 << 20;

async fn app(faults: &str) -> TestApp {
    app_with(faults, "").await
}

async fn app_with(faults: &str, more: &str) -> TestApp {
    app_of(faults, more, "base_url: \"@b@\", api_key: sk-b }\n  router").await
}

async fn app_priced(more: &str, b: &str) -> TestApp {
    app_of("[]", more, b).await
}

async fn app_of(faults: &str, more: &str, b: &str) -> TestApp {
    let script = format!(
        "providers:
  a: {{ dialect: openai_chat, keys: [sk-a], models: {{ m: {{}} }}, faults: {faults} }}
  b: {{ dialect: openai_chat, keys: [sk-b], models: {{ n: {{}} }} }}"
    );
    let config = format!(
        "
discover: false
{more}
providers:
  a: {{ dialect: openai_chat, base_url: \"@a@\", api_key: sk-a }}
  b: {{ dialect: openai_chat, {b}: {{ like: openrouter, base_url: \"@b@\", api_key: sk-b }}
  stranger: {{ dialect: openai_chat, base_url: \"@a@\", api_key: sk-wrong }}
routes:
  r: {{ targets: [a/m, b/n] }}
  forced: {{ targets: [{{ deployment: b/n, params: {{ language: de, prompt: null }} }}] }}
"
    );
    TestApp::start(&script, &config).await
}

/// A part of a form: its head behind `form-data; `, and its content.
type Part = (&'static str, Vec<u8>);

fn text(name: &'static str, value: &str) -> Part {
    (name, value.as_bytes().to_vec())
}

fn model(name: &str) -> Part {
    text("name=\"model\"", name)
}

/// Sound that is the same every time and in which no two parts are alike.
fn sound(length: usize) -> Part {
    let bytes = (0..length as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8);
    ("name=\"file\"; filename=\"a b.wav\"\r\nContent-Type: audio/wav", bytes.collect())
}

fn written(parts: &[Part]) -> Vec<u8> {
    let mut out = Vec::new();
    for (head, content) in parts {
        out.extend(format!("--xyz\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
        out.extend(content);
        out.extend(b"\r\n");
    }
    out.extend(b"--xyz--\r\n");
    out
}

fn form(path: &str, parts: &[Part]) -> Call {
    raw(path, written(parts))
}

fn raw(path: &str, body: Vec<u8>) -> Call {
    let mut call = Call::post(path, body);
    call.headers = vec![("content-type", "multipart/form-data; boundary=xyz".to_owned())];
    call
}

/// What the fleet got of the last form.
fn got(app: &TestApp) -> Value {
    app.fleet.received().pop().unwrap().body
}

/// What the file is when it arrives whole.
async fn sum_of(app: &TestApp, length: usize) -> Value {
    app.send(form(PATH, &[model("b/n"), sound(length)])).await;
    got(app)["file"].clone()
}

fn error(answer: &Answer) -> (u16, String, String) {
    let body = answer.json();
    let field = |name: &str| body["error"][name].as_str().unwrap_or("").to_owned();
    (answer.status.as_u16(), field("param"), field("message"))
}

#[tokio::test]
async fn forms_go_on_with_the_model_written_anew() {
    let mut app = app("[]").await;
    for length in [20_000, LARGE] {
        let others = [
            text("name=\"language\"", "en"),
            text("name=\"include[]\"", "a"),
            text("name=\"include[]\"", "b"),
        ];
        for first in [true, false] {
            let mut parts = others.to_vec();
            let (at, file) = if first { (0, parts.len()) } else { (parts.len(), 0) };
            parts.insert(at, model("r"));
            parts.insert(if first { file + 1 } else { file }, sound(length));
            let (answer, record) = app.recorded(form(PATH, &parts)).await;
            assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
            let sent = app.fleet.received().pop().unwrap();
            assert_eq!(sent.headers["authorization"], "Bearer sk-a");
            assert_eq!((&sent.body["model"], &sent.body["language"]), (&json!("m"), &json!("en")));
            assert_eq!(sent.body["include[]"], json!(["a", "b"]));
            let file = &sent.body["file"];
            assert_eq!((&file["filename"], &file["content_type"]), (&json!("a b.wav"), &json!("audio/wav")));
            assert_eq!(file["bytes"], length, "first {first}");
            assert_eq!(*file, sum_of(&app, length).await);
            app.record().await;
            assert!(sent.headers.contains_key("content-length"), "{length} {first}: {:?}", sent.headers);
            let usage = record.usage.unwrap();
            let heard = (length as u64).div_ceil(16_000) * 10;
            assert_eq!((usage.input, usage.audio_in), (0, Some(heard)));
            assert!(usage.output > 0);
            assert_eq!((record.kind, record.asked.as_str()), (Kind::Transcriptions, "r"));
        }
    }
}

#[tokio::test]
async fn the_model_may_stand_outside_the_form() {
    let mut app = app("[]").await;
    for length in [1000, LARGE] {
        for (path, header) in [("/v1/audio/translations?x=1&model=b%2Fn", None), (PATH, Some("b/n"))] {
            let mut call = form(path, &[sound(length)]);
            if let Some(name) = header {
                call = call.with("x-wye-model", name);
            }
            let (answer, record) = app.recorded(call).await;
            assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
            assert_eq!((&got(&app)["model"], &got(&app)["file"]["bytes"]), (&json!("n"), &json!(length)));
            assert_eq!(record.asked, "b/n");
        }
        // It goes before the one in the form, wherever that stands.
        for parts in [vec![model("nobody/x"), sound(length)], vec![sound(length), model("nobody/x")]] {
            let (answer, _) = app.recorded(form(PATH, &parts).with("x-wye-model", "b/n")).await;
            assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
            assert_eq!((&got(&app)["model"], &got(&app)["file"]["bytes"]), (&json!("n"), &json!(length)));
        }
    }
}

#[tokio::test]
async fn what_is_held_or_kept_goes_to_the_next_target() {
    let mut app = app("[{ fault: { status: 500 } }]").await;
    for parts in [vec![model("r"), sound(20_000)], vec![sound(LARGE), model("r")]] {
        let length = parts.iter().map(|(_, content)| content.len()).max().unwrap();
        app.forget_failures();
        let (answer, record) = app.recorded(form(PATH, &parts)).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-wye-provider")), (200, "b"));
        assert_eq!(attempts(&record), "a 500 provider_error, b 200 served");
        let file = got(&app)["file"].clone();
        assert_eq!(file, sum_of(&app, length).await);
        app.record().await;
    }
    // What went by is nobody's any more.
    app.forget_failures();
    let (answer, record) = app.recorded(form(PATH, &[model("r"), sound(LARGE)])).await;
    assert_eq!(answer.status.as_u16(), 500, "{}", answer.text());
    assert_eq!(attempts(&record), "a 500 provider_error");
}

#[tokio::test]
async fn a_provider_that_says_no_early_is_heard() {
    let mut app = app("[]").await;
    for length in [1000, LARGE] {
        let (answer, record) = app.recorded(form(PATH, &[model("stranger/m"), sound(length)])).await;
        assert_eq!(answer.status.as_u16(), 502, "{}", answer.text());
        assert_eq!(record.code, Some(Code::ProviderAuthFailed), "{length}: {}", answer.text());
    }
}

#[tokio::test]
async fn parameters_of_the_configuration_are_set_in_forms() {
    let app = app("[]").await;
    for length in [1000, LARGE] {
        let fields =
            [model("forced"), text("name=\"language\"", "en"), sound(length), text("name=\"prompt\"", "x")];
        let answer = app.send(form(PATH, &fields)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        let got = got(&app);
        assert_eq!((&got["language"], got.get("prompt")), (&json!("de"), None));
        assert_eq!(got["file"]["bytes"], length);
    }
}

#[tokio::test]
async fn transcripts_pass_in_every_format() {
    let mut app = app("[]").await;
    for (format, begins) in [("text", ""), ("srt", "1\n00:"), ("vtt", "WEBVTT")] {
        let fields = [model("a/m"), text("name=\"response_format\"", format), sound(40_000)];
        let (answer, record) = app.recorded(form(PATH, &fields)).await;
        assert!(answer.text().starts_with(begins), "{}", answer.text());
        assert!(answer.header("content-type").starts_with("text/plain"));
        assert_eq!(record.status, 200);
    }
    let fields = [model("a/m"), text("name=\"response_format\"", "verbose_json"), sound(40_000)];
    let (answer, record) = app.recorded(form(PATH, &fields)).await;
    assert_eq!(answer.json()["segments"][0]["end"], 3);
    assert_eq!(record.units.heard_ms, Some(3000));
    let fields = [model("a/m"), text("name=\"stream\"", "true"), sound(40_000)];
    let (answer, record) = app.recorded(form(PATH, &fields)).await;
    let events = answer.events();
    assert_eq!(events.last().unwrap()["type"], "transcript.text.done");
    assert_eq!(events[0]["type"], "transcript.text.delta");
    assert_eq!(record.usage.unwrap().audio_in, Some(30));
    assert!(record.stream);
}

#[tokio::test]
async fn who_takes_sound_in_json_gets_it_so() {
    let mut app = app("[]").await;
    for (length, last) in [(1000, false), (LARGE, false), (LARGE, true)] {
        let mut fields =
            vec![text("name=\"include[]\"", "x"), sound(length), text("name=\"temperature\"", "0.5")];
        fields.insert(if last { 3 } else { 0 }, model("router/n"));
        let (answer, record) = app.recorded(form(PATH, &fields)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        let sent = app.fleet.received().pop().unwrap();
        assert_eq!(sent.headers["content-type"], "application/json");
        assert_eq!((&sent.body["model"], &sent.body["temperature"]), (&json!("n"), &json!(0.5)));
        let file = &sent.body["file"];
        assert_eq!((&file["bytes"], &file["format"]), (&json!(length), &json!("wav")));
        assert_eq!(file["sum"], sum_of(&app, length).await["sum"]);
        app.record().await;
        assert!(record.usage.unwrap().audio_in.is_some());
    }
    let fields = [model("router/n"), text("name=\"response_format\"", "srt"), sound(9)];
    let (status, param, message) = error(&app.send(form(PATH, &fields)).await);
    assert_eq!((status, param.as_str()), (400, "response_format"), "{message}");
    // Clients may say it so themselves.
    let body = json!({"model": "router/n", "input_audio": {"data": "AAAA", "format": "wav"}});
    let answer = app.send(Call::post(PATH, body.to_string())).await;
    assert_eq!((answer.status.as_u16(), &got(&app)["file"]["bytes"]), (200, &json!(3)));
    let body = json!({"model": "a/m", "input_audio": {"data": "AAAA", "format": "wav"}});
    let (status, param, _) = error(&app.send(Call::post(PATH, body.to_string())).await);
    assert_eq!((status, param.as_str()), (400, "input_audio"));
}

#[tokio::test]
async fn a_budget_is_kept_where_nobody_tells_how_long_the_sound_was() {
    let more = "keys: { c: { key: ck, budgets: [{ usd: 0.0015, per: day }] } }";
    let priced =
        "base_url: \"@b@\", api_key: sk-b, models: [{ id: n, price: { heard_second: 0.0001 } }] }\n  router";
    let mut app = app_priced(more, priced).await;
    // Ten seconds at 64 kbit/s, a tenth of a cent.
    let parts = [model("b/n"), text("name=\"response_format\"", "text"), sound(80_000)];
    let ask = || form(PATH, &parts).with("authorization", "Bearer ck");
    let (answer, record) = app.recorded(ask()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(record.usage_source, UsageSource::Estimated);
    assert!(record.cost.is_some_and(|cost| (1_000_000..1_100_000).contains(&cost)), "{:?}", record.cost);
    let answer = app.send(ask()).await;
    assert_eq!(answer.status.as_u16(), 402, "{}", answer.text());
}

#[tokio::test]
async fn images_are_edited_and_varied() {
    let mut app = app("[]").await;
    let image = ("name=\"image[]\"; filename=\"x.png\"\r\nContent-Type: image/png", vec![7; 2000]);
    let mask = ("name=\"mask\"; filename=\"m.png\"\r\nContent-Type: image/png", vec![8; 300]);
    let parts = [
        image.clone(),
        image,
        mask,
        text("name=\"prompt\"", "Paint it black."),
        model("r"),
        text("name=\"n\"", "2"),
    ];
    let (answer, record) = app.recorded(form("/v1/images/edits", &parts)).await;
    assert_eq!(answer.json()["data"].as_array().unwrap().len(), 2, "{}", answer.text());
    assert_eq!(got(&app)["image[]"][1]["bytes"], 2000);
    assert_eq!((record.kind, record.units.images), (Kind::ImageEdits, Some(2)));
    assert_eq!((record.usage.unwrap().image_in, record.usage.unwrap().image_out), (Some(100), Some(400)));
    let image = ("name=\"image\"; filename=\"x.png\"\r\nContent-Type: image/png", vec![7; 2000]);
    let (answer, record) = app.recorded(form("/v1/images/variations", &[model("r"), image])).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!((record.kind, record.units.images), (Kind::ImageVariations, Some(1)));
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_named() {
    let app = app_with("[]", "upload_limit: 6MiB").await;
    let pdf = ("name=\"file\"; filename=\"x.pdf\"\r\nContent-Type: application/pdf", vec![1; 9]);
    let picture = ("name=\"file\"; filename=\"x.png\"\r\nContent-Type: image/png", vec![1; 9]);
    let unnamed = ("name=\"file\"", vec![1; 9]);
    for (parts, status, param, says) in [
        (vec![sound(9)], 400, "model", "?model="),
        (vec![model(""), sound(9)], 400, "model", "empty"),
        (vec![model("r")], 400, "file", "missing"),
        (vec![model("r"), unnamed], 400, "file", "filename"),
        (vec![model("r"), pdf], 400, "file", "application/pdf"),
        (vec![model("r"), picture], 400, "file", "image/png"),
        (vec![model("r"), model("a/m"), sound(9)], 400, "model", "twice"),
        (vec![model("r"), sound(LARGE), model("a/m")], 400, "model", "twice"),
        (vec![model("who/m"), sound(9)], 404, "model", "who"),
        (vec![model("r"), sound(7 << 20)], 413, "", "upload_limit"),
        (vec![model("r"), ("name=\"prompt\"", vec![b'x'; 3 << 20])], 413, "", "1 MiB"),
    ] {
        let answer = app.send(form(PATH, &parts)).await;
        let (got, field, message) = error(&answer);
        assert_eq!((got, field.as_str()), (status, param), "{message}");
        assert!(message.contains(says), "{message}");
    }
    let whole = written(&[model("r"), sound(9)]);
    for (call, status, param) in [
        (raw(PATH, whole[..whole.len() - 8].to_vec()), 400, "body"),
        (raw(PATH, b"nonsense".to_vec()), 400, ""),
        (raw(PATH, Vec::new()), 400, "body"),
        (Call { headers: Vec::new(), ..raw(PATH, whole.clone()) }, 400, "content-type"),
        (raw(PATH, whole.clone()).with("content-encoding", "gzip"), 415, ""),
    ] {
        let (got, field, message) = error(&app.send(call).await);
        assert_eq!((got, field.as_str()), (status, param), "{message}");
    }
}

/// A client that writes byte by byte what it likes.
async fn begin(app: &TestApp, length: usize, begun: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(app.addr).await.unwrap();
    let mut head = format!("POST {PATH} HTTP/1.1\r\nhost: localhost\r\n");
    write!(head, "content-type: multipart/form-data; boundary=xyz\r\ncontent-length: {length}\r\n\r\n")
        .unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(begun).await.unwrap();
    stream
}

#[tokio::test]
async fn who_is_refused_in_the_middle_may_write_on() {
    let app = app("[]").await;
    let pdf = ("name=\"file\"; filename=\"x.pdf\"\r\nContent-Type: application/pdf", vec![1; 300_000]);
    let whole = written(&[model("r"), pdf]);
    let mut stream = begin(&app, whole.len(), &whole[..200]).await;
    for piece in whole[200..].chunks(10_000) {
        stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(PATIENCE, stream.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn who_goes_away_in_the_middle_stops_the_call() {
    let mut app = app("[]").await;
    let whole = written(&[model("r"), sound(LARGE)]);
    let stream = begin(&app, whole.len(), &whole[..2 << 20]).await;
    app.fleet.wait_for_requests(1).await;
    drop(stream);
    tokio::time::timeout(PATIENCE, app.fleet.wait_for_disconnects(1)).await.unwrap();
    let record = app.record().await;
    assert_eq!((record.status, record.code), (499, Some(Code::CallerGone)));
    assert_eq!(record.attempts.len(), 1, "{record:?}");
    assert_ne!(record.attempts[0].outcome, Outcome::Served);
    app.no_record();
}

#[tokio::test]
async fn who_is_refused_while_it_sends_can_go_on_sending_and_is_told() {
    let app = app("[]").await;
    let whole = written(&[model("nobody"), sound(4 * LARGE)]);
    let mut stream = begin(&app, whole.len(), &whole[..LARGE]).await;
    // Whoever reads only when all is sent, as Node does, must not find the connection broken.
    stream.write_all(&whole[LARGE..]).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("nobody"), "{answer}");
}

#[tokio::test]
async fn who_stops_sending_is_told_in_the_end() {
    let mut app = app_with("[]", "body_timeout: 300ms").await;
    let whole = written(&[model("r"), sound(LARGE)]);
    for begun in [whole[..40].to_vec(), written(&[model("r"), sound(LARGE)])[..100_000].to_vec()] {
        let mut stream = begin(&app, whole.len(), &begun).await;
        let mut answer = vec![0; 4096];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut answer)).await.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        if begun.len() > 1000 {
            let record = app.record().await;
            assert_eq!((record.status, record.code), (408, Some(Code::CallerTooSlow)));
        }
    }
}

#[tokio::test]
async fn sound_is_paid_for_where_the_answer_does_not_say_how_long_it_was() {
    let mut app = app("[]").await;
    for (format, source) in [("json", UsageSource::Reported), ("text", UsageSource::Estimated)] {
        let parts = [model("b/n"), text("name=\"response_format\"", format), sound(20_000)];
        let (answer, record) = app.recorded(form(PATH, &parts)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        assert_eq!(record.usage_source, source, "{format}");
        let bytes = written(&parts).len() as u64;
        let thought = (source == UsageSource::Estimated).then(|| bytes.div_ceil(8));
        assert_eq!(record.units.heard_ms, thought, "{format}");
        // Nobody knows what `n` costs, and that is not nought.
        assert_eq!(record.cost, None);
    }
}
