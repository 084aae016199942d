//! What people say to models is in no log, on no line and in no file unless the owner asks for it.

use std::path::Path;

use super::http::Connection;
use super::process::{Folder, Running};
use super::upstream::Upstream;

/// What the client says, and what the provider says of it.
const SAID: &str = "zwetschgenkuchen";
const ANSWERED: &str = "streuselkuchen";

/// A failure whose words quote the client, as vendors' do.
fn quoting(status: &str, kind: &str) -> String {
    let error = format!("{{\"error\":{{\"message\":\"I do not like {SAID}\",\"type\":\"{kind}\"}}}}");
    let length = error.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{error}"
    )
}

/// Requests of every kind of end.
fn talk(address: &str, provider: &Upstream) {
    let ask = |stream: bool| {
        let mut client = Connection::to(address);
        let body = format!(
            "{{\"model\":\"lab/m\",\"stream\":{stream},\"messages\":[{{\"role\":\"user\",\"content\":\"{SAID}\"}}]}}"
        );
        client.post("/v1/chat/completions", "content-type: application/json\r\n", &body);
        client
    };
    let mut served = ask(false);
    provider.call().last_answer(ANSWERED);
    assert!(served.answer().body.contains(ANSWERED));
    for failure in [
        quoting("400 Bad Request", "invalid_request_error"),
        quoting("404 Not Found", "not_found_error"),
        quoting("500 Internal Server Error", "server_error"),
        quoting("200 OK", "server_error"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\nconnection: close\r\n\r\n{SAID}"),
        format!("HTTP/1.1 {SAID}\r\n\r\n"),
    ] {
        for stream in [false, true] {
            let mut failing = ask(stream);
            let mut call = provider.call();
            call.send(&failure);
            drop(call);
            assert!(failing.answer().status >= 400, "{failure}");
        }
    }
    let mut broken = ask(true);
    let mut call = provider.call();
    call.begin();
    call.piece(ANSWERED);
    broken.head();
    assert!(broken.chunk().unwrap().contains(ANSWERED));
    call.send(&format!("data: {{\"error\":{{\"message\":\"I do not like {SAID}\"}}}}\n\n"));
    drop(call);
    assert!(broken.chunk().unwrap().contains("provider_stream_broken"));
    // What cannot be read, and what nobody serves.
    for body in [format!("{{\"model\": {SAID}"), format!("{{\"model\":\"lab/m\",\"messages\":\"{SAID}\"}}")] {
        let mut client = Connection::to(address);
        client.post("/v1/chat/completions", "content-type: application/json\r\n", &body);
        assert!(client.answer().status >= 400);
    }
}

/// The files below a folder that hold one of the words.
fn telling(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            telling(&path, found);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for word in [SAID, ANSWERED] {
            if bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
                found.push(format!("{word} in {}", path.display()));
            }
        }
    }
}

#[test]
fn what_is_said_to_models_is_neither_logged_nor_kept_by_default() {
    for level in [None, Some("debug")] {
        let (folder, provider) = (Folder::new(), Upstream::start());
        let config =
            "discover: false\nproviders: {lab: {dialect: openai_chat, base_url: '@', api_key: sk-of-lab}}\n";
        folder.write("wye.yaml", &config.replace('@', &provider.base_url()));
        let mut serve = folder.wye(&["serve", "--listen", "127.0.0.1:0"]);
        if let Some(level) = level {
            serve.env("RUST_LOG", level);
        }
        let (mut wye, address) = Running::listening(&mut serve);
        talk(&address, &provider);
        wye.signal("TERM");
        assert_eq!(wye.end().code(), Some(0));
        let mut lines = wye.remaining();
        assert!(lines.len() >= 15, "{lines:#?}");
        lines.extend(wye.rest());
        lines.retain(|line| [SAID, ANSWERED, "sk-of-lab"].iter().any(|word| line.contains(word)));
        assert!(lines.is_empty(), "{level:?}: {lines:#?}");
        let mut found = Vec::new();
        telling(&folder.0.join("wye-data"), &mut found);
        assert!(found.is_empty(), "{level:?}: {found:#?}");
    }
}
