//! What an answer cost, told to a client that asked for it: in `usage.cost` of its body, and at the end of a stream, whose
//! headers were sent before anybody knew.

use std::ops::Range;

use memchr::memmem;
use wye_types::money::dollars;
use wye_wire::patch::Patch;
use wye_wire::scan::TopLevel;

const USAGE: &str = "usage";
/// Where Responses keep an answer within an event.
const RESPONSE: &str = "response";
const COST: &str = "cost";
const DATA: &[u8] = b"data:";
/// What OpenAI's clients stop reading at.
const DONE: &[u8] = b"data: [DONE]";

/// A body with its cost in `usage.cost`, in dollars. `None` if it has no `usage`.
pub(crate) fn in_body(body: &[u8], nano: u64) -> Option<Vec<u8>> {
    in_object(body, nano, &[USAGE])
}

/// An object with the cost in the object at the end of a path.
fn in_object(object: &[u8], nano: u64, path: &[&str]) -> Option<Vec<u8>> {
    let top = TopLevel::scan(object).ok()?;
    let mut patch = Patch::new();
    match path.split_first() {
        None => patch.set(COST, dollars(nano)),
        Some((first, rest)) => {
            let inner = in_object(top.raw(object, first)?, nano, rest)?;
            patch.set(first, String::from_utf8(inner).ok()?);
        }
    }
    Some(patch.apply(object, &top))
}

/// Writes the cost into every event from `from` on that tells of usage.
pub(crate) fn in_events(out: &mut Vec<u8>, from: usize, nano: u64) {
    let mut told: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
    let mut at = from;
    while let Some(line) = out.get(at..) {
        let length = memchr::memchr(b'\n', line).unwrap_or(line.len());
        let line = &line[..length];
        if let Some(data) = line.strip_prefix(DATA)
            && let data = data.trim_ascii_start()
            && memmem::find(data, b"\"usage\"").is_some()
            && let Some(event) =
                in_object(data, nano, &[USAGE]).or_else(|| in_object(data, nano, &[RESPONSE, USAGE]))
        {
            told.push((at + DATA.len()..at + length, event));
        }
        at += length + 1;
        if at >= out.len() {
            break;
        }
    }
    // From behind, so that the places before stay where they are.
    for (place, event) in told.into_iter().rev() {
        out.splice(place, std::iter::once(b' ').chain(event));
    }
}

/// Tells the cost in a comment at the end of a stream of events: before the mark at which clients stop to read, if `from`
/// on there is one. Gives whether there was.
pub(crate) fn before_done(out: &mut Vec<u8>, from: usize, nano: u64) -> bool {
    let Some(at) = out.get(from..).and_then(|new| memmem::find(new, DONE)) else { return false };
    out.splice(from + at..from + at, comment(nano));
    true
}

/// The cost as a comment, which parsers of events skip.
pub(crate) fn comment(nano: u64) -> Vec<u8> {
    format!(": wye cost_usd={}\n\n", dollars(nano)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str, from: usize) -> String {
        let mut out = text.as_bytes().to_vec();
        in_events(&mut out, from, 150_000);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_body_tells_its_cost_within_its_usage() {
        let told =
            |body: &str| in_body(body.as_bytes(), 150_000).map(|told| String::from_utf8(told).unwrap());
        assert_eq!(
            told(r#"{"id":"x","usage":{"prompt_tokens":1},"a":[1]}"#).as_deref(),
            Some(r#"{"id":"x","usage":{"prompt_tokens":1,"cost":0.00015},"a":[1]}"#)
        );
        // A provider's own figure may be one of several attempts: ours is of the whole request.
        assert_eq!(told(r#"{"usage":{"cost":1}}"#).as_deref(), Some(r#"{"usage":{"cost":0.00015}}"#));
        for none in [r#"{"usage":null}"#, "{}", "[]", r#"{"usage":3}"#] {
            assert_eq!(told(none), None, "{none}");
        }
    }

    #[test]
    fn events_that_tell_of_usage_tell_the_cost() {
        assert_eq!(
            events("data: {\"choices\":[],\"usage\":{\"a\":1}}\n\ndata: [DONE]\n\n", 0),
            "data: {\"choices\":[],\"usage\":{\"a\":1,\"cost\":0.00015}}\n\ndata: [DONE]\n\n"
        );
        assert_eq!(
            events("event: e\ndata: {\"type\":\"e\",\"response\":{\"usage\":{}}}\n\n", 0),
            "event: e\ndata: {\"type\":\"e\",\"response\":{\"usage\":{\"cost\":0.00015}}}\n\n"
        );
        for same in
            ["data: {\"content\":\"the \\\"usage\\\": {}\"}\n\n", "data: {\"usage\":null}\n\n", ": x\n\n", ""]
        {
            assert_eq!(events(same, 0), same);
        }
        let sent = "data: {\"usage\":{}}\n\n";
        assert_eq!(events(sent, sent.len()), sent, "what was sent stays");
    }

    #[test]
    fn the_comment_stands_before_the_end() {
        let mut out = b"data: {}\n\ndata: [DONE]\n\n".to_vec();
        assert!(before_done(&mut out, 0, 1));
        assert_eq!(out, b"data: {}\n\n: wye cost_usd=0.000000001\n\ndata: [DONE]\n\n");
        assert!(!before_done(&mut b"data: {}\n\n".to_vec(), 0, 1));
    }
}
