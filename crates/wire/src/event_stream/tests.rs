//! Messages written and read at any split, broken ones found.

use proptest::prelude::*;

use super::*;
use crate::frames::{Frames, Framing};

/// Name, payload and bytes of every message in the pieces; then how it went.
type Read = (Vec<(String, Vec<u8>, Vec<u8>)>, Result<(), FrameError>);

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut decoder = Frames::new(Framing::EventStream);
    let mut out = Vec::new();
    for piece in pieces {
        if let Err(error) = decoder.push(piece) {
            return (out, Err(error));
        }
        while let Some(event) = decoder.next_event() {
            out.push((event.name.to_owned(), event.data.to_vec(), event.raw.to_vec()));
        }
    }
    decoder.finish();
    assert!(decoder.next_event().is_none(), "a message that is not whole is none");
    (out, Ok(()))
}

fn value() -> impl Strategy<Value = HeaderValue<'static>> {
    prop_oneof![
        Just(HeaderValue::True),
        Just(HeaderValue::False),
        any::<i8>().prop_map(HeaderValue::Byte),
        any::<i16>().prop_map(HeaderValue::Short),
        any::<i32>().prop_map(HeaderValue::Integer),
        any::<i64>().prop_map(HeaderValue::Long),
        prop::sample::select(vec![&b""[..], b"\0\xff", b"bytes"]).prop_map(HeaderValue::Bytes),
        prop::sample::select(vec!["", "é", "text"]).prop_map(HeaderValue::Text),
        any::<i64>().prop_map(HeaderValue::Timestamp),
        any::<[u8; 16]>().prop_map(HeaderValue::Uuid),
    ]
}

fn message() -> impl Strategy<Value = (String, Vec<(&'static str, HeaderValue<'static>)>, Vec<u8>)> {
    let names = prop::sample::select(vec!["x", ":date", "a-longer-name", ""]);
    let headers = prop::collection::vec((names, value()), 0..5);
    ("[a-zA-Z]{0,12}", headers, prop::collection::vec(any::<u8>(), 0..80))
}

proptest! {
    #[test]
    fn what_is_written_is_read_at_any_split(
        messages in prop::collection::vec(message(), 0..6), step in 1usize..70,
    ) {
        let (mut bytes, mut wanted) = (Vec::new(), Vec::new());
        for (name, extra, payload) in &messages {
            let from = bytes.len();
            let mut headers = extra.clone();
            headers.push((":event-type", HeaderValue::Text(name)));
            write_message(&mut bytes, &headers, payload);
            wanted.push((name.clone(), payload.clone(), bytes[from..].to_vec()));
            let length = word(&bytes, from + 4) as usize;
            let written = Headers::new(&bytes[from + PRELUDE..from + PRELUDE + length]);
            prop_assert_eq!(written.collect::<Result<Vec<_>, _>>().unwrap(), headers);
        }
        prop_assert_eq!(read(bytes.chunks(step)), (wanted, Ok(())));
    }

    #[test]
    fn any_flipped_bit_is_found(
        (name, headers, payload) in message(), at in any::<prop::sample::Index>(), bit in 0u8..8, step in 1usize..70,
    ) {
        let mut bytes = Vec::new();
        write_message(&mut bytes, &headers, &payload);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        write_event(&mut bytes, &name, &payload);
        let (events, end) = read(bytes.chunks(step));
        prop_assert_eq!((events, end), (Vec::new(), Err(FrameError::Corrupt)));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), step in 1usize..70) {
        let (_, end) = read(bytes.chunks(step));
        prop_assert!(end.is_err() || bytes.len() < PRELUDE || word(&bytes, 0) as usize > bytes.len());
        let _ = Headers::new(&bytes).count();
    }

    /// Checksums say nothing about headers that were written wrong.
    #[test]
    fn any_headers_are_survived(headers in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut bytes = Vec::new();
        write_message(&mut bytes, &[], &headers);
        let length = u32::try_from(headers.len()).unwrap();
        bytes[4..8].copy_from_slice(&length.to_be_bytes());
        let prelude = crc32fast::hash(&bytes[..8]);
        bytes[8..12].copy_from_slice(&prelude.to_be_bytes());
        let body = bytes.len() - TRAILER;
        let whole = crc32fast::hash(&bytes[..body]);
        bytes[body..].copy_from_slice(&whole.to_be_bytes());
        let sound = Headers::new(&headers).all(|header| header.is_ok());
        prop_assert_eq!(read([&bytes[..]]).1.is_ok(), sound);
    }
}

#[test]
fn exceptions_and_errors_are_told_from_events() {
    let mut bytes = Vec::new();
    write_event(&mut bytes, "throttlingException", b"{}");
    write_exception(&mut bytes, "throttlingException", b"{\"message\":\"slow\"}");
    let error = [
        (":message-type", HeaderValue::Text("error")),
        (":error-code", HeaderValue::Text("InternalFailure")),
        (":error-message", HeaderValue::Text("it \"broke\"")),
    ];
    write_message(&mut bytes, &error, b"");
    let (events, end) = read([&bytes[..]]);
    let told: Vec<(&str, &str)> =
        events.iter().map(|(name, data, _)| (name.as_str(), std::str::from_utf8(data).unwrap())).collect();
    let wanted = [
        ("throttlingException", "{}"),
        ("exception:throttlingException", "{\"message\":\"slow\"}"),
        ("exception:InternalFailure", "{\"message\":\"it \\\"broke\\\"\"}"),
    ];
    assert_eq!((told.as_slice(), end), (&wanted[..], Ok(())));
}

#[test]
fn lengths_that_cannot_be_are_refused_before_they_are_waited_for() {
    let prelude = |length: u32, headers: u32| {
        let mut bytes = [length.to_be_bytes(), headers.to_be_bytes()].concat();
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        read([&bytes[..]]).1
    };
    let most = u32::try_from(MAX_EVENT).unwrap();
    assert_eq!(prelude(most + 1, 0), Err(FrameError::TooLong));
    assert_eq!(prelude(most, 0), Ok(()));
    assert_eq!(prelude(15, 0), Err(FrameError::Corrupt));
    assert_eq!(prelude(16, 1), Err(FrameError::Corrupt));
    assert_eq!(prelude(16, u32::MAX), Err(FrameError::Corrupt));
}

#[test]
fn whole_messages_before_a_broken_one_are_given_out() {
    let mut bytes = Vec::new();
    write_event(&mut bytes, "first", b"{}");
    let whole = bytes.len();
    write_event(&mut bytes, "second", b"{}");
    bytes[whole + 20] ^= 1;
    let mut decoder = Frames::new(Framing::EventStream);
    decoder.push(&bytes).unwrap();
    assert_eq!(decoder.next_event().unwrap().name, "first");
    assert!(decoder.next_event().is_none());
    assert_eq!(decoder.push(b""), Err(FrameError::Corrupt));
}

/// A body whose last message is broken or not whole is not complete, whatever came before.
#[test]
fn what_is_left_at_the_end_is_told() {
    let mut bytes = Vec::new();
    write_event(&mut bytes, "first", b"{}");
    let whole = bytes.len();
    write_event(&mut bytes, "second", b"{}");
    let end = |bytes: &[u8]| {
        let mut decoder = Frames::new(Framing::EventStream);
        decoder.push(bytes).unwrap();
        while decoder.next_event().is_some() {}
        decoder.finish();
        decoder.left_over()
    };
    for cut in 0..=bytes.len() {
        let wanted = if [0, whole, bytes.len()].contains(&cut) { Ok(()) } else { Err(FrameError::Cut) };
        assert_eq!(end(&bytes[..cut]), wanted, "cut at {cut}");
    }
    bytes[whole + 20] ^= 1;
    assert_eq!(end(&bytes), Err(FrameError::Corrupt));
}
