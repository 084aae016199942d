//! A provider's stream: the same whole and in pieces, and the relay tells what the reader reads.

use std::collections::BTreeSet;

use wye_types::DialectId;
use wye_types::chat::Finish;
use wye_types::error::UpstreamError;
use wye_types::event::{Delta, StreamEvent};
use wye_wire::dialect;
use wye_wire::dialect::Seen;
use wye_wire::frames::Frames;

use crate::input::{Input, ask};
use crate::twins::has_twins;

/// Reads and relays the input as a stream.
pub fn check(data: &[u8]) {
    let Some(input) = Input::of(data) else { return };
    let whole = read(input.id, [input.body]);
    assert_eq!(read(input.id, input.body.chunks(input.step)), whole, "in pieces of {}", input.step);
    is_in_order(&whole);
    let relayed = relay(input.id, [input.body]);
    assert_eq!(relay(input.id, input.body.chunks(input.step)), relayed, "relayed in pieces");
    if !twins(input.id, input.body) {
        agree(input.id, &whole, &relayed.1);
    }
    for id in DialectId::ALL {
        written(id, &whole);
    }
}

/// Events of a stream that comes in pieces, up to where its framing breaks.
pub(crate) fn read<'a>(id: DialectId, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<StreamEvent> {
    let mut reader = dialect(id).stream_reader();
    let mut frames = Frames::new(dialect(id).framing());
    let mut out = Vec::new();
    for piece in pieces {
        if frames.push(piece).is_err() {
            return out;
        }
        while let Some(event) = frames.next_event() {
            reader.read(&event, &mut out);
        }
    }
    if frames.push(&[]).is_err() {
        return out;
    }
    frames.finish();
    while let Some(event) = frames.next_event() {
        reader.read(&event, &mut out);
    }
    reader.finish(&mut out);
    out
}

fn relay<'a>(id: DialectId, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Seen) {
    let mut relay = dialect(id).relay(&ask());
    let mut frames = Frames::new(dialect(id).framing());
    let (mut out, mut all) = (Vec::new(), Seen::default());
    let mut add = |seen: Seen| {
        let over = all.end || all.error.is_some();
        assert!(!over || !seen.content && seen.usage.is_none(), "the relay goes on after the end: {seen:?}");
        all.content |= seen.content;
        all.text.push_str(&seen.text);
        all.usage = seen.usage.or(all.usage);
        all.error = all.error.take().or(seen.error);
        all.end |= seen.end;
    };
    for piece in pieces {
        if frames.push(piece).is_err() {
            return (out, all);
        }
        while let Some(event) = frames.next_event() {
            add(relay.relay(&event, &mut out));
        }
    }
    if frames.push(&[]).is_err() {
        return (out, all);
    }
    frames.finish();
    while let Some(event) = frames.next_event() {
        add(relay.relay(&event, &mut out));
    }
    add(relay.finish(&mut out));
    (out, all)
}

fn twins(id: DialectId, bytes: &[u8]) -> bool {
    let mut frames = Frames::new(dialect(id).framing());
    if frames.push(bytes).is_err() {
        return false;
    }
    frames.finish();
    while let Some(event) = frames.next_event() {
        if has_twins(event.data) {
            return true;
        }
    }
    false
}

/// The rules that `wye_types::event` states.
fn is_in_order(events: &[StreamEvent]) {
    let starts = events.iter().filter(|e| matches!(e, StreamEvent::Start { .. })).count();
    assert!(starts <= 1, "two starts");
    let over = events.iter().position(|e| matches!(e, StreamEvent::Error(_) | StreamEvent::End));
    assert!(over.is_none_or(|at| at + 1 == events.len()), "something follows the end: {events:?}");
    let mut calls = std::collections::BTreeMap::new();
    for event in events {
        match event {
            StreamEvent::Delta { choice, delta: Delta::ToolStart { call, id, .. } } => {
                let next = calls.entry(*choice).or_insert(0u32);
                assert_eq!(call, next, "calls are numbered in order");
                assert!(!id.is_empty(), "a call without an id");
                *next += 1;
            }
            StreamEvent::Delta { choice, delta: Delta::ToolArguments { call, .. } } => {
                assert!(calls.get(choice).is_some_and(|next| call < next), "arguments of no call");
            }
            _ => {}
        }
    }
}

/// The relay reads less than the reader and passes on what it does not understand, so that it may see no error where
/// the reader gives up. What it does tell is what the reader tells.
fn agree(id: DialectId, events: &[StreamEvent], seen: &Seen) {
    let (mut content, mut text, mut usage, mut error) = (false, String::new(), None, None);
    for event in events {
        match event {
            StreamEvent::Delta { delta, .. } => {
                content |= delta.is_content();
                if let Delta::Text(more) | Delta::Refusal(more) = delta {
                    text.push_str(more);
                }
            }
            StreamEvent::Finish { finish, .. } => content |= Finish::is_answer(finish),
            StreamEvent::Usage(now) => usage = Some(*now),
            StreamEvent::Error(now) => error = Some(now.clone()),
            StreamEvent::End | StreamEvent::Start { .. } => {}
        }
    }
    if let Some(error) = &error {
        // Where the reader gives up on an event that it cannot read, the relay goes on and may meet another error.
        if error.status == 502 {
            return;
        }
        let same = |told: &UpstreamError| (told.status, told.fault) == (error.status, error.fault);
        return assert!(seen.error.as_ref().is_none_or(same), "{id}: {:?}\n{error:?}", seen.error);
    }
    let end = events.last() == Some(&StreamEvent::End);
    assert_eq!((seen.end, &seen.error), (end, &None), "{id}: the end\n{events:?}");
    assert!(seen.content || !content, "{id}: content was missed\n{events:?}");
    assert!(seen.usage.is_some() <= usage.is_some(), "{id}: usage\n{events:?}");
    // Of an event with the wrong type in one place the relay may still read the text.
    assert!(text.is_empty() || !seen.text.is_empty(), "{id}: the text was missed\n{events:?}");
}

/// What a stream is told as is a stream of that dialect, with an end if the first had one.
fn written(id: DialectId, events: &[StreamEvent]) {
    let mut writer = dialect(id).stream_writer(&ask());
    let mut out = Vec::new();
    events.iter().for_each(|event| writer.write(event, &mut out));
    let again = read(id, [out.as_slice()]);
    is_in_order(&again);
    // A provider may forget its first event and tell later who answers; what we write begins with it.
    let first = again.iter().position(|e| matches!(e, StreamEvent::Start { .. }));
    assert!(first.is_none_or(|at| at == 0), "{id}: a late start: {again:?}");
    let said = String::from_utf8_lossy(&out);
    assert!(!again.iter().any(|e| matches!(e, StreamEvent::Error(_))), "{id}: {again:?}\n{said}");
    // Not every dialect has a word for an end without an answer that ended.
    let whole = |events: &[StreamEvent]| {
        let (mut begun, mut finished) = (BTreeSet::new(), BTreeSet::new());
        for event in events {
            match event {
                StreamEvent::Delta { choice, .. } => _ = begun.insert(*choice),
                StreamEvent::Finish { choice, .. } => _ = finished.insert(*choice),
                _ => {}
            }
        }
        !finished.is_empty() && begun.is_subset(&finished)
    };
    let ended = |events: &[StreamEvent]| events.last() == Some(&StreamEvent::End);
    assert!(!ended(events) || !whole(events) || ended(&again), "{id}: the end is lost\n{events:?}\n{said}");
}
