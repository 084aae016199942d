//! A stream is cut into the same events however its bytes come, and nothing of it gets lost.

use wye_wire::dialect;
use wye_wire::frames::{FrameError, Frames, Framing};

use crate::input::Input;

/// An event as it was decoded: name, data, raw bytes, and whether it came from JSON.
type Event = (String, Vec<u8>, Vec<u8>, bool);

/// Decodes the input whole, byte by byte and in pieces.
pub fn check(data: &[u8]) {
    let Some(input) = Input::of(data) else { return };
    let framing = dialect(input.id).framing();
    let whole = decode(framing, [input.body]);
    assert_eq!(decode(framing, input.body.chunks(1)), whole, "byte by byte");
    assert_eq!(decode(framing, input.body.chunks(input.step)), whole, "in pieces of {}", input.step);
    let (first, second) = input.body.split_at(input.step.min(input.body.len()));
    assert_eq!(decode(framing, [first, second]), whole, "cut at {}", first.len());
    let raw: usize = whole.0.iter().map(|event| event.2.len()).sum();
    assert!(raw <= input.body.len(), "more came out than went in");
}

/// Every event, and the error that ended the stream, if one did.
fn decode<'a>(
    framing: Framing,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Event>, Option<FrameError>) {
    let mut frames = Frames::new(framing);
    let mut out = Vec::new();
    for piece in pieces {
        if let Err(error) = frames.push(piece) {
            return (out, Some(error));
        }
        drain(&mut frames, &mut out);
    }
    // A broken message behind whole ones is told of by the push after they were taken.
    if let Err(error) = frames.push(&[]) {
        return (out, Some(error));
    }
    frames.finish();
    drain(&mut frames, &mut out);
    (out, None)
}

fn drain(frames: &mut Frames, out: &mut Vec<Event>) {
    while let Some(event) = frames.next_event() {
        out.push((event.name.to_owned(), event.data.to_vec(), event.raw.to_vec(), event.json));
    }
}
