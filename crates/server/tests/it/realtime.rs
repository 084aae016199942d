//! Conversations over a WebSocket: who may begin one, with whom it is held, what is counted, how it ends.

use std::net::Ipv4Addr;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wye_catalog::Rates;
use wye_config::ModelConfig;
use wye_types::money::Price;
use wye_types::record::UsageSource;
use wye_types::{Code, Kind};

use super::limits::{key, monthly};
use super::support::{Call, PATIENCE, TestApp, attempts, code};

/// A provider that listens, and is played by the test.
struct Provider(TcpListener);

impl Provider {
    async fn new() -> Self {
        Self(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap())
    }

    fn url(&self) -> String {
        format!("http://{}/v1", self.0.local_addr().unwrap())
    }

    /// The head of the next call, and the connection it came on.
    async fn call(&self) -> (String, TcpStream) {
        let (mut stream, _) = tokio::time::timeout(PATIENCE, self.0.accept()).await.unwrap().unwrap();
        (head(&mut stream).await, stream)
    }

    async fn agree(&self) -> (String, TcpStream) {
        let (head, mut stream) = self.call().await;
        let yes = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: \
                   s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nsec-websocket-protocol: realtime\r\nset-cookie: a=b\r\n\r\n";
        stream.write_all(yes.as_bytes()).await.unwrap();
        (head, stream)
    }

    async fn refuse(&self, status: &str, body: &str) {
        let (_, mut stream) = self.call().await;
        let no = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(no.as_bytes()).await.unwrap();
    }
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = tokio::time::timeout(PATIENCE, stream.read_u8()).await.unwrap();
        head.push(
            byte.unwrap_or_else(|e| {
                super::support::panic(&format!("{e}: {}", String::from_utf8_lossy(&head)))
            }),
        );
    }
    String::from_utf8(head).unwrap()
}

async fn app(one: &Provider, two: &Provider) -> TestApp {
    app_with(one, two, |_| {}).await
}

async fn app_with(one: &Provider, two: &Provider, change: impl FnOnce(&mut wye_config::Config)) -> TestApp {
    let config = format!(
        r#"
discover: false
providers:
  one: {{ like: openai, base_url: "{}", api_key: sk-one }}
  two: {{ like: openai, base_url: "{}", api_key: sk-two }}
  plain: {{ like: anthropic, base_url: "{}", api_key: sk-ant }}
routes:
  talk: {{ targets: [one/gpt-realtime, two/gpt-realtime] }}
"#,
        one.url(),
        two.url(),
        one.url()
    );
    TestApp::start_with("providers: {}", &config, change).await
}

fn ask(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-extensions: permessage-deflate\r\n{more}\r\n"
    )
}

async fn client(app: &TestApp, path: &str, more: &str) -> TcpStream {
    let mut client = TcpStream::connect(app.addr).await.unwrap();
    client.write_all(ask(path, more).as_bytes()).await.unwrap();
    client
}

/// A message as a provider sends one.
fn message(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_be_bytes();
    [&[0x81, 126], &length[..], text.as_bytes()].concat()
}

async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.unwrap().unwrap();
    bytes
}

#[tokio::test]
async fn what_is_said_goes_through_and_what_it_used_is_counted() {
    let (one, two) = (Provider::new().await, Provider::new().await);
    let mut app = app(&one, &two).await;
    let mut client = client(
        &app,
        "/v1/realtime?model=talk",
        "authorization: Bearer sk-client\r\nsec-websocket-protocol: realtime, openai-beta.realtime-v1\r\nopenai-beta: \
         realtime=v1\r\ncookie: c=1\r\n",
    )
    .await;
    let (asked, mut provider) = one.agree().await;
    assert!(asked.starts_with("GET /v1/realtime?model=gpt-realtime HTTP/1.1\r\n"), "{asked}");
    for line in [
        "authorization: Bearer sk-one",
        "upgrade: websocket",
        "connection: upgrade",
        "sec-websocket-version: 13",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-protocol: realtime, openai-beta.realtime-v1",
        "openai-beta: realtime=v1",
    ] {
        assert!(
            asked.to_lowercase().contains(&format!("\r\n{}\r\n", line.to_lowercase())),
            "{line}: {asked}"
        );
    }
    for word in ["sk-client", "cookie", "permessage", "content-type"] {
        assert!(!asked.contains(word), "{word}: {asked}");
    }
    let told = head(&mut client).await;
    assert!(told.starts_with("HTTP/1.1 101 "), "{told}");
    for line in [
        "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=",
        "sec-websocket-protocol: realtime",
        "upgrade: websocket",
        "x-wye-provider: one",
    ] {
        assert!(told.to_lowercase().contains(&format!("\r\n{line}\r\n")), "{line}: {told}");
    }
    assert!(!told.contains("set-cookie"), "{told}");
    let masked = [&[0x81, 0x85, 1, 2, 3, 4][..], b"hello"].concat();
    client.write_all(&masked).await.unwrap();
    let mut heard = vec![0; masked.len()];
    provider.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard, masked);
    let done = |input: u64| {
        let usage =
            json!({"input_tokens": input, "output_tokens": 5, "output_token_details": {"audio_tokens": 4}});
        message(&json!({"type": "response.done", "response": {"usage": usage}}).to_string())
    };
    let said = [message(r#"{"type":"session.created"}"#), done(10), done(20), vec![0x88, 0]].concat();
    provider.write_all(&said).await.unwrap();
    let mut got = vec![0; said.len()];
    client.read_exact(&mut got).await.unwrap();
    assert_eq!(got, said);
    client.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.unwrap();
    drop(client);
    let record = app.record().await;
    assert_eq!((record.kind, record.status, record.code, record.stream), (Kind::Realtime, 101, None, true));
    assert_eq!((record.asked.as_str(), attempts(&record).as_str()), ("talk", "one 101 served"));
    let usage = record.usage.unwrap();
    assert_eq!((usage.input, usage.output, usage.audio_out), (30, 2, Some(8)));
    app.no_record();
}

#[tokio::test]
async fn another_is_asked_until_one_agrees() {
    let (one, two) = (Provider::new().await, Provider::new().await);
    let mut app = app(&one, &two).await;
    let mut client = client(&app, "/v1/realtime?model=talk", "").await;
    one.refuse("500 Internal Server Error", "{}").await;
    let (asked, provider) = two.agree().await;
    assert!(asked.contains("sk-two"));
    assert!(head(&mut client).await.contains("x-wye-attempts: 2"));
    drop(provider);
    assert_eq!(rest(&mut client).await, [0x88, 2, 3, 243]);
    let record = app.record().await;
    assert_eq!(attempts(&record), "one 500 provider_error, two 101 provider_unreachable");
    assert_eq!((record.status, record.code), (101, Some(Code::ProviderUnreachable)));
}

#[tokio::test]
async fn who_is_refused_is_told_why() {
    let (one, two) = (Provider::new().await, Provider::new().await);
    let mut app = app(&one, &two).await;
    let error = r#"{"error":{"message":"no such model","type":"invalid_request_error"}}"#;
    let mut turned_away = client(&app, "/v1/realtime?model=one/gpt-x", "connection: close\r\n").await;
    one.refuse("404 Not Found", error).await;
    let told = head(&mut turned_away).await;
    assert!(
        told.starts_with("HTTP/1.1 502") && told.contains("x-wye-code: provider_model_not_found"),
        "{told}"
    );
    assert_eq!(code(&app.record().await), "provider_model_not_found");
    for (path, status, words) in [
        ("/v1/realtime", "400", "`model` is missing"),
        ("/v1/realtime?model=plain/m", "400", "holds no conversations"),
        ("/v1/realtime?model=nothing", "404", "does not exist"),
    ] {
        let mut turned_away = client(&app, path, "").await;
        let told = head(&mut turned_away).await;
        assert!(told.starts_with(&format!("HTTP/1.1 {status}")), "{told}");
        let mut body = vec![0; 400];
        let read = turned_away.read(&mut body).await.unwrap();
        assert!(String::from_utf8_lossy(&body[..read]).contains(words), "{path}");
        app.record().await;
    }
    let (got, _) = app.recorded(Call::get("/v1/realtime?model=talk")).await;
    assert_eq!((got.status.as_u16(), got.header("sec-websocket-version")), (400, "13"));
}

#[tokio::test]
async fn a_key_comes_in_a_header_or_among_the_protocols_and_its_limits_hold() {
    let (one, two) = (Provider::new().await, Provider::new().await);
    let mut app = app_with(&one, &two, |config| {
        let mut lone = key("lone", |_| {});
        lone.limits.concurrent = Some(1);
        config.keys = vec![lone];
    })
    .await;
    let mut nobody = client(&app, "/v1/realtime?model=talk", "").await;
    assert!(head(&mut nobody).await.starts_with("HTTP/1.1 401"));
    app.record().await;
    let key = "sec-websocket-protocol: realtime, openai-insecure-api-key.sk-lone\r\n";
    let mut talking = client(&app, "/v1/realtime?model=talk", key).await;
    let (asked, mut provider) = one.agree().await;
    assert!(!asked.contains("lone") && asked.contains("realtime\r\n"), "{asked}");
    assert!(head(&mut talking).await.starts_with("HTTP/1.1 101"));
    let mut second = client(&app, "/v1/realtime?model=talk", "authorization: Bearer sk-lone\r\n").await;
    assert!(head(&mut second).await.starts_with("HTTP/1.1 429"));
    app.record().await;
    // The client leaves without a word: so does the gateway.
    drop(talking);
    assert!(rest(&mut provider).await.is_empty());
    let record = app.record().await;
    assert_eq!((record.status, record.code), (101, Some(Code::CallerGone)));
    let mut third = client(&app, "/v1/realtime?model=talk", "authorization: Bearer sk-lone\r\n").await;
    let _provider = one.agree().await;
    assert!(head(&mut third).await.starts_with("HTTP/1.1 101"));
}

#[tokio::test]
async fn a_conversation_ends_when_the_money_does_and_others_see_what_it_spent() {
    let (one, two) = (Provider::new().await, Provider::new().await);
    let mut app = app_with(&one, &two, |config| {
        let price = Price { input: Some(1_000_000), output: Some(1_000_000), ..Price::default() };
        let price = Some(Rates::of_tokens(price));
        let model = ModelConfig { price, ..ModelConfig::named("gpt-realtime".to_owned()) };
        config.providers[0].models.push(model);
        // Fifty tokens.
        config.keys = vec![key("k", |key| key.budgets = vec![monthly(50_000)])];
    })
    .await;
    let path = "/v1/realtime?model=one/gpt-realtime";
    let mut talking = client(&app, path, "authorization: Bearer sk-k\r\n").await;
    let (_, mut provider) = one.agree().await;
    assert!(head(&mut talking).await.starts_with("HTTP/1.1 101"));
    let done = || {
        let usage = json!({"input_tokens": 20, "output_tokens": 10});
        message(&json!({"type": "response.done", "response": {"usage": usage}}).to_string())
    };
    provider.write_all(&done()).await.unwrap();
    talking.read_exact(&mut vec![0; done().len()]).await.unwrap();
    assert_eq!(app.used("key k"), 31_000, "and the one that is reserved");
    provider.write_all(&done()).await.unwrap();
    let goodbye = [&done()[..], &[0x88, 2, 3, 240]].concat();
    assert_eq!(rest(&mut talking).await, goodbye);
    let record = app.record().await;
    assert_eq!((record.status, record.code), (101, Some(Code::BudgetExceeded)));
    assert_eq!((record.usage.unwrap().total(), record.cost), (60, Some(60_000)));
    assert_eq!(app.used("key k"), 60_000);
    let mut again = client(&app, path, "authorization: Bearer sk-k\r\n").await;
    assert!(head(&mut again).await.starts_with("HTTP/1.1 402"));
}

#[tokio::test]
async fn who_leaves_in_the_middle_of_an_answer_pays_for_what_came() {
    let (one, two) = (Provider::new().await, Provider::new().await);
    let mut app = app(&one, &two).await;
    let mut talking = client(&app, "/v1/realtime?model=one/gpt-realtime", "").await;
    let (_, mut provider) = one.agree().await;
    assert!(head(&mut talking).await.starts_with("HTTP/1.1 101"));
    let sound = message(&json!({"type": "response.audio.delta", "delta": "x".repeat(16_000)}).to_string());
    provider.write_all(&sound).await.unwrap();
    talking.read_exact(&mut vec![0; sound.len()]).await.unwrap();
    drop(talking);
    assert!(rest(&mut provider).await.is_empty());
    let record = app.record().await;
    assert_eq!((record.usage.unwrap().output, record.usage_source), (5, UsageSource::Estimated));
}

#[tokio::test]
async fn a_gateway_that_stops_says_goodbye() {
    let (one, two) = (Provider::new().await, Provider::new().await);
    let app = app(&one, &two).await;
    let mut talking = client(&app, "/v1/realtime?model=talk", "").await;
    let (_, mut provider) = one.agree().await;
    head(&mut talking).await;
    drop(app);
    assert_eq!(rest(&mut talking).await, [0x88, 2, 3, 233]);
    assert!(rest(&mut provider).await.is_empty());
}

/// A short message as a client sends one, under a mask that changes nothing.
fn masked(text: &str) -> Vec<u8> {
    [&[0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0], text.as_bytes()].concat()
}

/// The next message of a provider.
async fn event(stream: &mut TcpStream) -> serde_json::Value {
    let reading = async {
        let (_, length) = (stream.read_u8().await.unwrap(), stream.read_u8().await.unwrap());
        let length = if length == 126 { stream.read_u16().await.unwrap() } else { u16::from(length) };
        let mut message = vec![0; usize::from(length)];
        stream.read_exact(&mut message).await.unwrap();
        serde_json::from_slice(&message).unwrap()
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap()
}

#[tokio::test]
async fn a_simulated_model_talks() {
    let script = "providers: { o: { dialect: openai_chat, keys: [sk-sim], models: { m: {} } } }";
    let config = "discover: false\nproviders: { o: { like: openai, base_url: \"@o@\", api_key: sk-sim } }";
    let mut app = TestApp::start(script, config).await;
    let mut talking = client(&app, "/v1/realtime?model=o/m", "sec-websocket-protocol: realtime\r\n").await;
    let told = head(&mut talking).await;
    assert!(told.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "the example of RFC 6455: {told}");
    assert_eq!(event(&mut talking).await["type"], "session.created");
    talking.write_all(&masked(r#"{"type":"response.create"}"#)).await.unwrap();
    let mut said = String::new();
    let done = loop {
        let event = event(&mut talking).await;
        said.push_str(event["delta"].as_str().unwrap_or(""));
        if event["type"] == "response.done" {
            break event;
        }
    };
    assert!(!said.is_empty());
    talking.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.unwrap();
    assert_eq!(rest(&mut talking).await, [0x88, 0]);
    let record = app.record().await;
    let total = done["response"]["usage"]["total_tokens"].as_u64();
    assert_eq!((record.status, record.code, record.usage.map(|usage| usage.total())), (101, None, total));
}
