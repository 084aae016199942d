//! Heads that are too large, and what is not HTTP.

use super::http::{Connection, status};
use super::process::{Folder, Running};

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--config", "my.yaml"];

fn serving(settings: &str) -> (Folder, Running, String) {
    let folder = Folder::new();
    folder.write("my.yaml", &format!("discover: false\n{settings}"));
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    (folder, wye, address)
}

/// What comes back for these bytes up to the end of the connection, which must come.
fn refused(address: &str, bytes: &[u8]) -> u16 {
    let mut connection = Connection::to(address);
    connection.send(bytes);
    let said = connection.rest();
    assert!(!said.is_empty(), "no answer to {:?}", String::from_utf8_lossy(bytes));
    status(&said)
}

fn many(headers: usize) -> Vec<u8> {
    let headers: String = (0..headers).map(|n| format!("x-{n}: 1\r\n")).collect();
    format!("GET /readyz HTTP/1.1\r\n{headers}\r\n").into_bytes()
}

#[test]
fn more_headers_than_anybody_needs_are_refused() {
    let (_folder, wye, address) = serving("");
    let mut most = Connection::to(&address);
    // As many as hyper has room for without making any for each request.
    most.send(&many(100));
    assert_eq!(most.answer().status, 200);
    assert_eq!(refused(&address, &many(101)), 431);
    assert_eq!(Connection::to(&address).get("/readyz").status, 200);
    wye.stop();
}

#[test]
fn a_head_is_as_long_as_its_limit_at_most() {
    for (settings, limit) in
        [("", 64 << 10), ("header_limit: 1KiB\n", 1 << 10), ("header_limit: 100KB\n", 100_000)]
    {
        let (_folder, wye, address) = serving(settings);
        let head = |value: usize| format!("GET /readyz HTTP/1.1\r\nx-long: {}\r\n\r\n", "a".repeat(value));
        let mut fits = Connection::to(&address);
        fits.send(head(limit - 200).as_bytes());
        assert_eq!(fits.answer().status, 200, "{settings:?}");
        assert_eq!(refused(&address, head(limit).as_bytes()), 431, "{settings:?}");
        // One that never ends is refused as soon as it is too long.
        let endless = format!("GET /readyz HTTP/1.1\r\nx-long: {}", "a".repeat(limit + (8 << 10)));
        assert_eq!(refused(&address, endless.as_bytes()), 431, "{settings:?}");
        let log = wye.stop().join("\n");
        assert!(!log.contains("panicked"), "{log}");
    }
}

#[test]
fn what_is_not_http_is_refused() {
    let (_folder, wye, address) = serving("");
    for bytes in [
        &b"hello\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /readyz HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /readyz HTTP/1.1\r\n: empty\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\ncontent-length: many\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
        b"POST /v1/messages HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: gzip\r\n\r\n{}",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\r\n\r\n",
    ] {
        assert_eq!(refused(&address, bytes), 400, "{}", String::from_utf8_lossy(bytes));
    }
    // HTTP/2 would not understand an answer.
    let mut preface = Connection::to(&address);
    preface.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(preface.rest(), "");
    assert_eq!(Connection::to(&address).get("/readyz").status, 200);
    let log = wye.stop().join("\n");
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn wrong_paths_and_methods_are_answered_in_json() {
    let (_folder, wye, address) = serving("");
    let mut connection = Connection::to(&address);
    let missing = connection.get("/v1/nothing");
    assert_eq!((missing.status, missing.header("content-type")), (404, Some("application/json")));
    assert!(missing.json()["error"]["message"].as_str().unwrap().contains("/v1/nothing"));
    let method = connection.get("/v1/chat/completions");
    assert_eq!(method.status, 405);
    assert!(method.json()["error"]["message"].as_str().unwrap().contains("GET"));
    wye.stop();
}
