//! SSE framing, by cases and split at every byte.

use proptest::prelude::*;

use super::*;

fn events_of(pieces: &[&[u8]]) -> Vec<(String, String)> {
    let mut decoder = SseDecoder::new();
    let mut out = Vec::new();
    let mut drain = |decoder: &mut SseDecoder| {
        while let Some(event) = decoder.next_event() {
            out.push((event.name.to_owned(), String::from_utf8(event.data.to_vec()).unwrap()));
        }
    };
    for piece in pieces {
        decoder.push(piece).unwrap();
        drain(&mut decoder);
    }
    decoder.finish();
    drain(&mut decoder);
    out
}

fn datas(text: &str) -> Vec<String> {
    events_of(&[text.as_bytes()]).into_iter().map(|(_, data)| data).collect()
}

#[test]
fn reads_what_providers_send() {
    assert_eq!(datas("data: a\n\ndata:b\n\n"), ["a", "b"]);
    assert_eq!(datas("data: a\r\n\r\ndata: b\r\n\r\n"), ["a", "b"]);
    assert_eq!(datas("data: a\r\rdata: b\r\r"), ["a", "b"]);
    assert_eq!(datas(": ping\n\ndata: a\n\n"), ["", "a"]);
    assert_eq!(datas("data: a\ndata: b\n\n"), ["a\nb"]);
    assert_eq!(datas("data: a\n\n\n\ndata: b"), ["a", "b"]);
    assert_eq!(datas("\u{feff}data: a\n\n"), ["a"]);
    assert_eq!(events_of(&[b"event: x\ndata: {}\n\n"]), [("x".to_owned(), "{}".to_owned())]);
    assert!(datas("\n\n").is_empty());
}

#[test]
fn raw_bytes_are_whole_and_in_order() {
    let text = ": c\r\n\r\nevent: e\r\ndata: 1\r\n\r\ndata: 2\n\n";
    let mut decoder = SseDecoder::new();
    decoder.push(text.as_bytes()).unwrap();
    let mut raw = Vec::new();
    while let Some(event) = decoder.next_event() {
        raw.extend_from_slice(event.raw);
    }
    assert_eq!(raw, text.as_bytes());
    assert!(!decoder.has_remainder());
}

#[test]
fn json_instead_of_sse_gives_its_elements() {
    assert_eq!(datas(" [{\"a\":[1,\"]}\"]}\n,\r\n{\"b\":{}}]"), ["{\"a\":[1,\"]}\"]}", "{\"b\":{}}"]);
    assert_eq!(datas("{\"error\":{\"m\":\"\\\"}\"}}\n"), ["{\"error\":{\"m\":\"\\\"}\"}}"]);
    assert!(datas("[]").is_empty());
}

#[test]
fn an_event_without_end_is_bounded() {
    let mut decoder = SseDecoder::new();
    let block = vec![b'x'; 1 << 20];
    let pushed =
        (0..64).take_while(|_| decoder.push(&block).is_ok() && decoder.next_event().is_none()).count();
    assert_eq!(pushed, MAX_EVENT >> 20);
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_events(
        text in "(data: ?[a-c]{0,3}(\n|\r\n|\r)|: c(\n|\r\n)|event: e(\n|\r\n)|(\n|\r\n|\r)){0,12}",
        cuts in prop::collection::vec(0usize..200, 0..8),
    ) {
        let bytes = text.as_bytes();
        let mut at: Vec<usize> = cuts.into_iter().map(|c| c % (bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        let singles: Vec<&[u8]> = bytes.chunks(1).collect();
        let whole = events_of(&[bytes]);
        prop_assert_eq!(&events_of(&pieces), &whole);
        prop_assert_eq!(&events_of(&singles), &whole);
    }

    #[test]
    fn never_panics(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8)) {
        let mut decoder = SseDecoder::new();
        for piece in &pieces {
            let _ = decoder.push(piece);
            while decoder.next_event().is_some() {}
        }
        decoder.finish();
        while decoder.next_event().is_some() {}
    }
}
