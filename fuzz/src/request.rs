//! A client's request: the scan and the reader agree, and every dialect writes what was read.

use serde_json::Value;
use wye_types::DialectId;
use wye_types::chat::ChatRequest;
use wye_wire::dialect;

use crate::input::{Input, options, path, says_something};

/// Scans, reads and writes the input as a request.
pub fn check(data: &[u8]) {
    let Some(input) = Input::of(data) else { return };
    let path = path(input.kind & 1 == 1);
    let from = dialect(input.id);
    let head = from.scan(input.body, &path);
    if let Ok(chat) = from.read_count_request(input.body, &path) {
        let counted = from.write_count_request(&chat, &options());
        counted.into_iter().for_each(|written| assert!(is_json(&written.body)));
    }
    let Ok(chat) = from.read_request(input.body, &path) else { return };
    let head = head.unwrap_or_else(|e| panic!("read, yet not scanned: {e}"));
    assert_eq!(
        (&head.model, head.stream, head.max_tokens),
        (&chat.model, chat.stream, chat.sampling.max_tokens),
        "the scan does not agree",
    );
    assert!(head.tools || chat.tools.is_empty(), "the scan saw no tools");
    for id in DialectId::ALL {
        write(id, &chat);
    }
    settles(input.id, &chat);
}

fn write(id: DialectId, chat: &ChatRequest) {
    let written = dialect(id).write_request(chat, &options());
    assert!(is_json(&written.body), "{id}: {}", String::from_utf8_lossy(&written.body));
    let counted = dialect(id).write_count_request(chat, &options());
    assert!(counted.is_none_or(|written| is_json(&written.body)), "{id}");
    if says_something(chat) {
        let head = dialect(id).scan(&written.body, &path(chat.stream));
        assert!(head.is_ok(), "{id}: {head:?}: {}", String::from_utf8_lossy(&written.body));
    }
}

/// What was written in the dialect's own words is read as what it was, and then written as it stands.
fn settles(id: DialectId, chat: &ChatRequest) {
    if !says_something(chat) {
        return;
    }
    let dialect = dialect(id);
    let once = dialect.write_request(chat, &options()).body;
    let read = dialect.read_request(&once, &path(chat.stream));
    let read = read.unwrap_or_else(|e| panic!("{id}: {e}: {}", String::from_utf8_lossy(&once)));
    let twice = dialect.write_request(&read, &options()).body;
    let again = dialect.read_request(&twice, &path(chat.stream));
    assert_eq!(again.as_ref(), Ok(&read), "{id}: {}", String::from_utf8_lossy(&once));
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok()
}
