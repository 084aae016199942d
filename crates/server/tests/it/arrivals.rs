//! Who comes to the doors, and how long they may take to say what they want.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{CLIENTS, Call, PATIENCE, TestApp};

const CONFIG: &str = "discover: false\nproviders: { p: { dialect: openai_chat, base_url: '@p@' } }\n";
const SCRIPT: &str = "providers: { p: { dialect: openai_chat, models: { m: {} } } }";

#[tokio::test]
async fn who_does_not_finish_the_head_of_a_request_is_cut_off() {
    let mut app = TestApp::start_with(SCRIPT, CONFIG, |config| {
        config.access.header_timeout = Duration::from_millis(100);
        // Nothing else may end it.
        config.stall_timeout = PATIENCE * 10;
        config.body_timeout = PATIENCE * 10;
    })
    .await;
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-slow: ";
    // Nothing at all, a part of the head, and a part of the second head on a connection that was of use.
    for said in
        [String::new(), head.to_owned(), format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n{head}")]
    {
        let mut stream = TcpStream::connect(app.addr).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
        assert!(read.is_ok(), "{said:?} keeps the connection");
        let heard = String::from_utf8_lossy(&heard).into_owned();
        assert_eq!(heard.contains("200 OK"), said.starts_with("GET"), "{heard}");
    }
    app.no_record();
    // Others are served meanwhile and afterwards.
    let (answer, _) = app.recorded(Call::ask("p/m", false)).await;
    assert_eq!(answer.status, 200);
}

/// Calls that are recorded, each in its own way.
fn recorded() -> Vec<Call> {
    let mut calls: Vec<Call> = CLIENTS.iter().map(|client| Call::chat(*client, "p/m", true, "hi")).collect();
    calls.extend(CLIENTS.iter().map(|client| Call::chat(*client, "nobody", false, "hi")));
    calls.push(Call::post("/v1/messages/count_tokens", "{}"));
    calls.push(Call::post("/v1beta/models/m:nothing", "{}"));
    calls.extend(["/v1/responses/resp_1", "/v1/models/%FF", "/v1beta/models/%FF", "/v1/no"].map(Call::get));
    calls
}

async fn clients_of(config: &str, calls: Vec<Call>, headers: &[(&'static str, &str)]) -> Vec<String> {
    let mut app = TestApp::start(SCRIPT, &format!("{CONFIG}{config}")).await;
    let mut clients = Vec::new();
    for call in calls {
        let call = headers.iter().fold(call, |call, (name, value)| call.with(name, value));
        let (_, record) = app.recorded(call).await;
        clients.push(record.client.map_or_else(|| "nobody".to_owned(), |client| client.to_string()));
    }
    clients.dedup();
    clients
}

#[tokio::test]
async fn records_tell_the_address_that_a_trusted_proxy_tells_and_nobody_elses_word() {
    let told = [("x-forwarded-for", "198.51.100.1, 203.0.113.7")];
    let trusting = "access: { trusted_proxies: [127.0.0.0/8] }\n";
    assert_eq!(clients_of(trusting, recorded(), &told).await, ["203.0.113.7"]);
    let forwarded = [("forwarded", "for=198.51.100.1, for=\"[2001:db8::7]:99\"")];
    assert_eq!(clients_of(trusting, recorded(), &forwarded).await, ["2001:db8::7"]);
    let elsewhere = "access: { trusted_proxies: [10.0.0.0/8] }\n";
    for config in [elsewhere, ""] {
        assert_eq!(clients_of(config, recorded(), &told).await, ["127.0.0.1"], "{config}");
    }
    // Whoever is turned away without a key is one whose address matters.
    let keys = format!("{trusting}keys: [sesame-sesame-sesame-1]\n");
    let mut calls = recorded();
    calls.extend(["/v1/models", "/v1beta/models", "/api/tags", "/api/version"].map(Call::get));
    assert_eq!(clients_of(&keys, calls, &told).await, ["203.0.113.7"]);
}
