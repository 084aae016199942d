//! Where the gateway connects to, and to whom it tells a key: to the providers that the configuration names, once they
//! have proved who they are, and to nobody that a request or an answer names.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener as Waiting};
use std::sync::Arc;

use data_encoding::BASE64;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_util::task::TaskTracker;
use wye_config::KeepBodies;
use wye_types::DialectId;

use super::desk::{Ask, Desk};
use super::support::{CLIENTS, Call, TestApp};

/// A certificate for localhost that nobody but itself vouches for, and its key, which opens nothing else.
const CERTIFICATE: &str = "MIIBnDCCAUGgAwIBAgIUdLdyugsDOoB10BjCpnnbEyYhpgUwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTE0NDU0M1oYDzIxMjYxMDI4MTQ0NTQzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARn2vSSNzbamnYR1R5do8+JrPstamiOvYQ3zLKtGQ+pQLCns8BcHMcppGYa2ZdxygIyFiFDjc6GbBzfeU1OFrN7o28wbTAdBgNVHQ4EFgQUSha65baETmpyMCyQ6Vj0cG9Nkn4wHwYDVR0jBBgwFoAUSha65baETmpyMCyQ6Vj0cG9Nkn4wDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIhAIY0tLcMuCK70OZHHvx5tdwAm9iZa4awUCjdQ23xRsJsAiEA6sCNG/XprD7jGqFeg1c+6hFKigguDdoHIGIdHB3p9XY=";
const ITS_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgI0ueJwdj5bzgtxR9N471oJExHNzmdNSdI+SkeUhYeEihRANCAARn2vSSNzbamnYR1R5do8+JrPstamiOvYQ3zLKtGQ+pQLCns8BcHMcppGYa2ZdxygIyFiFDjc6GbBzfeU1OFrN7";

/// A provider whose certificate is worth nothing. Gives what each connection told it; `None` if there was no session.
async fn impostor(tracker: &TaskTracker) -> (u16, mpsc::Receiver<Option<String>>) {
    let of = |text: &str| BASE64.decode(text.as_bytes()).unwrap();
    let key = PrivateKeyDer::try_from(of(ITS_KEY)).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![of(CERTIFICATE).into()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, told) = mpsc::channel(16);
    tracker.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let said = listen(&acceptor, stream).await;
            if sender.send(said).await.is_err() {
                return;
            }
        }
    });
    (port, told)
}

async fn listen(acceptor: &TlsAcceptor, stream: TcpStream) -> Option<String> {
    let mut session = acceptor.accept(stream).await.ok()?;
    let mut said = vec![0; 4096];
    let read = session.read(&mut said).await.ok()?;
    said.truncate(read);
    drop(session.write_all(b"HTTP/1.1 500 no\r\ncontent-length: 0\r\n\r\n").await);
    Some(String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test]
async fn a_provider_that_cannot_prove_who_it_is_hears_neither_key_nor_prompt() {
    let tracker = TaskTracker::new();
    let (port, mut told) = impostor(&tracker).await;
    for name in ["localhost", "127.0.0.1"] {
        let config = |more: &str| {
            format!(
                "discover: false\nproviders: {{ p: {{ dialect: openai_chat, base_url: 'https://{name}:{port}/v1', \
                 api_key: sk-of-the-owner{more} }} }}"
            )
        };
        let mut app = TestApp::start("providers: {}", &config("")).await;
        for stream in [false, true] {
            let (answer, record) = app.recorded(Call::ask("p/m", stream)).await;
            assert!([502, 503].contains(&answer.status.as_u16()), "{}", answer.text());
            assert!(record.code.is_some());
            assert_eq!(told.recv().await.unwrap(), None, "the session was broken off");
        }
        // The same provider is told everything where the owner says that its certificate does not matter.
        let mut lax = TestApp::start("providers: {}", &config(", tls_verify: false")).await;
        drop(lax.recorded(Call::ask("p/m", false)).await);
        let said = told.recv().await.unwrap().unwrap();
        assert!(said.contains("sk-of-the-owner"), "{said}");
    }
}

/// Somebody who must never be called.
struct Bait(Waiting);

impl Bait {
    fn new() -> Self {
        let listener = Waiting::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/picture.png", self.0.local_addr().unwrap())
    }

    /// A connection would stand in the listener's queue before whoever made it went on.
    fn was_left_alone(&self, why: &str) {
        let seen = self.0.accept().map(|(_, from)| from);
        assert_eq!(seen.unwrap_err().kind(), ErrorKind::WouldBlock, "{why}");
    }
}

/// A question about a picture at a URL, and all else in a client's dialect that holds one.
fn about(client: DialectId, url: &str) -> Option<Value> {
    Some(match client {
        DialectId::OpenAiChat => json!({"messages": [{"role": "user", "content": [
            {"type": "text", "text": "what is this?"},
            {"type": "image_url", "image_url": {"url": url}},
            {"type": "file", "file": {"file_data": url, "filename": "a.pdf"}},
        ]}]}),
        DialectId::OpenAiResponses => json!({"input": [{"role": "user", "content": [
            {"type": "input_text", "text": "what is this?"},
            {"type": "input_image", "image_url": url},
            {"type": "input_file", "file_url": url},
        ]}]}),
        DialectId::AnthropicMessages => json!({"max_tokens": 9, "messages": [{"role": "user", "content": [
            {"type": "text", "text": "what is this?"},
            {"type": "image", "source": {"type": "url", "url": url}},
            {"type": "document", "source": {"type": "url", "url": url}},
        ]}]}),
        DialectId::Gemini => json!({"contents": [{"role": "user", "parts": [
            {"text": "what is this?"},
            {"fileData": {"mimeType": "image/png", "fileUri": url}},
        ]}]}),
        DialectId::Cohere => json!({"messages": [{"role": "user", "content": [
            {"type": "text", "text": "what is this?"},
            {"type": "image_url", "image_url": {"url": url}},
        ]}]}),
        DialectId::Ollama => json!({"messages": [
            {"role": "user", "content": "what is this?", "images": [url]},
        ]}),
        _ => return None,
    })
}

#[tokio::test]
async fn what_a_request_names_is_not_fetched() {
    let bait = Bait::new();
    let speaks = ["openai_chat", "openai_responses", "anthropic_messages", "gemini", "cohere", "ollama"];
    let each = |more: fn(&str) -> String| {
        let all: Vec<String> =
            speaks.iter().map(|name| format!("  to_{name}: {{ dialect: {name}{} }}", more(name))).collect();
        format!("providers:\n{}\n", all.join("\n"))
    };
    let script = each(|_| ", models: { m: {} }".to_owned());
    let config = each(|name| format!(", base_url: '@to_{name}@'"));
    let mut app = TestApp::start(&script, &format!("discover: false\n{config}")).await;
    let mut served = 0;
    for client in CLIENTS {
        let Some(body) = about(client, &bait.url()) else { continue };
        for provider in speaks {
            let mut call = Call::chat(client, &format!("to_{provider}/m"), false, "");
            let mut whole: Value = serde_json::from_slice(&call.body).unwrap();
            whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            call.body = whole.to_string().into();
            let (answer, record) = app.recorded(call).await;
            let told = format!("{client:?} to {provider}: {}", answer.text());
            bait.was_left_alone(&told);
            assert!(answer.status.as_u16() < 500, "{told}");
            served += usize::from(record.served.is_some());
        }
    }
    assert!(served >= 12, "pictures are passed on as they are, where the provider takes them: {served}");
}

#[tokio::test]
async fn a_providers_redirect_is_not_followed() {
    let bait = Bait::new();
    let tracker = TaskTracker::new();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let url = bait.url();
    tracker.spawn(async move {
        for status in ["301", "302", "303", "307", "308"] {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            drop(stream.read(&mut [0; 4096]).await);
            let head = format!(
                "HTTP/1.1 {status} go\r\nlocation: {url}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            drop(stream.write_all(head.as_bytes()).await);
        }
    });
    let config = format!(
        "discover: false\nproviders: {{ p: {{ dialect: openai_chat, base_url: '{base}', api_key: sk-x }} }}"
    );
    let mut app = TestApp::start("providers: {}", &config).await;
    for _ in 0..5 {
        let (answer, record) = app.recorded(Call::ask("p/m", false)).await;
        assert!(answer.status.as_u16() >= 400 && record.code.is_some(), "{}", answer.text());
        bait.was_left_alone(&answer.text());
    }
}

#[tokio::test]
async fn a_provider_that_an_operator_names_is_not_called_for_it() {
    let (desk, admin) = Desk::set_up("discover: false").await;
    let bait = Bait::new();
    let body = json!({"dialect": "openai_chat", "base_url": bait.url(), "api_key": "vault:none"});
    let edit =
        json!({"kind": "provider", "name": "p", "body": {"dialect": "openai_chat", "base_url": bait.url()}});
    for (ask, status) in [
        (Ask::post("/api/v1/config/check", &json!({"edits": [edit]})), 204),
        (Ask::new("PUT", "/api/v1/config/items/provider/q").json(&json!({"body": body, "base": 0})), 400),
        (Ask::post("/api/v1/config/changes", &json!({"edits": [edit], "base": 0})), 200),
    ] {
        let seen = desk.call(ask.bearer(&admin)).await;
        assert_eq!(seen.status, status, "{}", seen.text());
        bait.was_left_alone(&seen.text());
    }
}

#[tokio::test]
async fn a_request_is_one_request_of_its_callers_and_calls_no_door_again() {
    const CLIENT: &str = "203.0.113.7";
    let config = "discover: false\n\
                  access: { trusted_proxies: [127.0.0.0/8] }\n\
                  keys: { ci: { key: sesame-sesame-sesame-1, limits: { rpd: 1000 } } }\n\
                  providers: { a: { dialect: openai_chat, base_url: '@a@' }, b: { dialect: gemini, base_url: '@b@' } }\n\
                  routes: { chat: { strategy: ordered, targets: [a/m, b/m] } }";
    let script = "providers:\n  a: { dialect: openai_chat, faults: [{ fault: { status: 500 } }], models: { m: {} } }\n  \
                  b: { dialect: gemini, models: { m: {} } }";
    let mut app = TestApp::start_with(script, config, |config| config.log.bodies = KeepBodies::All).await;
    let count = Call::post(
        "/v1/messages/count_tokens",
        json!({"model": "chat", "messages": [{"role": "user", "content": "hi"}]}).to_string(),
    );
    let mut calls = vec![count];
    for client in CLIENTS {
        calls.extend([false, true].map(|stream| Call::chat(client, "chat", stream, "hi")));
        calls.push(Call::chat(client, "nobody", false, "hi"));
    }
    let total = calls.len() as u64;
    for call in calls {
        let path = call.path.clone();
        let call =
            call.with("authorization", "Bearer sesame-sesame-sesame-1").with("x-forwarded-for", CLIENT);
        // With one record: a call of a door would leave another, or be refused for want of the caller's key.
        let (answer, record) = app.recorded(call).await;
        let told = format!("{path}: {}", answer.text());
        assert_eq!(record.key.as_deref(), Some("ci"), "{told}");
        assert_eq!(record.client.map(|ip| ip.to_string()).as_deref(), Some(CLIENT), "{told}");
    }
    let left: Vec<u64> = app
        .cells
        .all()
        .into_iter()
        .filter(|(id, _)| id.owner == "key ci")
        .map(|(_, cell)| cell.view(wye_limits::Moment::of(app.pipeline.clock())).left)
        .collect();
    assert_eq!(left, [1000 - total], "each counted once");
}
