//! A fleet for one test and a raw HTTP/1.1 client for it.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_sim::{Fleet, FleetHandle, Script};

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The body as it came, where it is no text.
    pub(crate) bytes: Vec<u8>,
    /// The body ended as its head promised.
    pub(crate) whole: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The lines of a stream of JSON lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.body.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    /// The `data:` payloads of a stream that are JSON.
    pub(crate) fn events(&self) -> Vec<Value> {
        let lines = self.body.lines().filter_map(|l| l.strip_prefix("data: "));
        lines.filter(|l| *l != "[DONE]").map(|l| serde_json::from_str(l).unwrap()).collect()
    }
}

pub(crate) async fn fleet(script: &str) -> FleetHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Fleet::start(Script::from_yaml(script).unwrap(), listener, &TaskTracker::new(), CancellationToken::new())
}

pub(crate) async fn send(fleet: &FleetHandle, head: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(fleet.addr()).await.unwrap();
    let text =
        format!("{head}\r\nhost: sim\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// Reads until the connection ends; an error instead of an end keeps what came before it.
pub(crate) async fn read(mut stream: TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(n) = stream.read(&mut chunk).await {
        if n == 0 {
            break;
        }
        bytes.extend_from_slice(&chunk[..n]);
    }
    let head_end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let (head, raw) = (String::from_utf8(bytes[..head_end].to_vec()).unwrap(), &bytes[head_end + 4..]);
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> =
        lines.filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    let mut answer = Answer { status, headers, body: String::new(), bytes: raw.to_vec(), whole: false };
    if answer.header("transfer-encoding") == Some("chunked") {
        (answer.bytes, answer.whole) = unchunk(raw);
    } else {
        answer.whole = answer.header("content-length") == Some(raw.len().to_string().as_str());
    }
    answer.body = String::from_utf8_lossy(&answer.bytes).into_owned();
    Some(answer)
}

fn unchunk(mut raw: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(at) = raw.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&raw[..at]).unwrap(), 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        let rest = &raw[at + 2..];
        body.extend_from_slice(&rest[..size]);
        raw = &rest[size + 2..];
    }
    (body, false)
}

pub(crate) async fn call(fleet: &FleetHandle, head: &str, body: &Value) -> Answer {
    read(send(fleet, head, &body.to_string()).await).await.unwrap()
}

pub(crate) async fn get(fleet: &FleetHandle, path: &str) -> Answer {
    read(send(fleet, &format!("GET {path} HTTP/1.1"), "").await).await.unwrap()
}

pub(crate) async fn openai(fleet: &FleetHandle, body: &Value) -> Answer {
    call(fleet, "POST /o/v1/chat/completions HTTP/1.1", body).await
}

pub(crate) async fn anthropic(fleet: &FleetHandle, body: &Value) -> Answer {
    call(fleet, "POST /a/v1/messages HTTP/1.1\r\nanthropic-version: 2023-06-01", body).await
}

pub(crate) async fn gemini(fleet: &FleetHandle, model: &str, body: &Value) -> Answer {
    call(fleet, &format!("POST /g/v1beta/models/{model}:generateContent HTTP/1.1"), body).await
}

pub(crate) async fn gemini_stream(fleet: &FleetHandle, model: &str, body: &Value) -> Answer {
    let path = format!("/g/v1beta/models/{model}:streamGenerateContent?alt=sse");
    call(fleet, &format!("POST {path} HTTP/1.1"), body).await
}

pub(crate) async fn responses(fleet: &FleetHandle, body: &Value) -> Answer {
    call(fleet, "POST /o/v1/responses HTTP/1.1", body).await
}

pub(crate) async fn completions(fleet: &FleetHandle, body: &Value) -> Answer {
    call(fleet, "POST /o/v1/completions HTTP/1.1", body).await
}

pub(crate) async fn cohere(fleet: &FleetHandle, body: &Value) -> Answer {
    call(fleet, "POST /c/v2/chat HTTP/1.1", body).await
}

pub(crate) async fn ollama(fleet: &FleetHandle, body: &Value) -> Answer {
    call(fleet, "POST /l/api/chat HTTP/1.1", body).await
}

pub(crate) async fn bedrock(fleet: &FleetHandle, method: &str, body: &Value) -> Answer {
    call(fleet, &format!("POST /b/model/{method} HTTP/1.1"), body).await
}

/// Adds fields to a body.
pub(crate) fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Longer than anything here takes, shorter than anybody waits.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}

pub(crate) const PLAIN: &str = "
seed: 7
epoch: 1790000000
providers:
  o:
    dialects: [openai_chat, openai_responses, openai_completions]
    models: { m: {}, r: { reasoning: true } }
  a: { dialect: anthropic_messages, models: { m: {}, r: { reasoning: true } } }
  g: { dialect: gemini, models: { m: {}, r: { reasoning: true } } }
  c: { dialect: cohere, models: { m: {}, r: { reasoning: true } } }
  l: { dialect: ollama, models: { m: {}, r: { reasoning: true } } }
  b: { dialect: bedrock_converse, models: { m: {}, 'a.r-v1:0': { reasoning: true } } }
";
