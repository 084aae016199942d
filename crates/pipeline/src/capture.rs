//! Keeping the bodies of a request on their way through: reference counts, no copies. What is made of them (whole
//! answers, without secrets, compressed) is made off the request path.

use bytes::Bytes;
use serde_json::Value;
use wye_types::DialectId;
use wye_types::record::Bodies;
use wye_wire::assemble::Assembler;
use wye_wire::dialect;
use wye_wire::frames::Frames;

/// Whose bodies are kept, and how much of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capturing {
    /// Of which requests.
    pub which: Which,
    /// Most bytes of a body that are of use.
    pub limit: usize,
}

/// Of which requests bodies are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// Of none.
    #[default]
    None,
    /// Of those that do not end well.
    Failed,
    /// Of those that do not end well, and of others that draw a number below this.
    Drawn(u64),
    /// Of all.
    All,
}

/// A stream says the same with so many times the bytes of the answer it means.
const STREAMED: usize = 16;

/// The bodies of a request under way.
#[derive(Debug)]
pub(crate) struct Capture {
    bodies: Box<Bodies>,
    /// Bytes of the answer for which there is still room.
    room: usize,
    /// Kept even if the request ends well.
    anyway: bool,
}

impl Capturing {
    /// Begins with what the client sent; `None` if nothing is to be kept whatever happens.
    pub(crate) fn begin(self, request: &Bytes, draw: impl FnOnce() -> u64) -> Option<Capture> {
        let anyway = match self.which {
            Which::None => return None,
            Which::Failed => false,
            Which::Drawn(below) => draw() < below,
            Which::All => true,
        };
        let bodies = Box::new(Bodies { request: request.clone(), ..Bodies::default() });
        Some(Capture { bodies, room: self.limit.saturating_mul(STREAMED), anyway })
    }
}

impl Capture {
    /// The client is sent this.
    pub(crate) fn sent(&mut self, piece: &Bytes) {
        let fits = piece.len().min(self.room);
        self.bodies.cut |= fits < piece.len();
        self.room -= fits;
        if fits > 0 {
            self.bodies.response.push(piece.slice(..fits));
        }
    }

    /// What is to be kept now that it is known how the request ended.
    pub(crate) fn end(self, failed: bool) -> Option<Box<Bodies>> {
        (self.anyway || failed).then_some(self.bodies)
    }
}

/// Puts the pieces of a stream together to the whole answer they mean, in their own dialect; as far as it came.
/// `None` if they mean none.
#[must_use]
pub fn reassemble(client: DialectId, pieces: &[Bytes]) -> Option<Value> {
    let dialect = dialect(client);
    let mut frames = Frames::new(dialect.framing());
    let mut reader = dialect.stream_reader();
    let mut assembler = Assembler::new(client);
    let mut events = Vec::new();
    for piece in pieces {
        frames.push(piece).ok()?;
        while let Some(event) = frames.next_event() {
            reader.read(&event, &mut events);
        }
    }
    frames.finish();
    while let Some(event) = frames.next_event() {
        reader.read(&event, &mut events);
    }
    reader.finish(&mut events);
    events.into_iter().for_each(|event| assembler.push(event));
    let answer = assembler.finish();
    if answer.choices.is_empty() {
        return None;
    }
    serde_json::from_slice(&dialect.write_response(&answer)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(texts: &[&'static str]) -> Vec<Bytes> {
        texts.iter().map(|text| Bytes::from_static(text.as_bytes())).collect()
    }

    #[test]
    fn what_is_kept_depends_on_the_end_and_on_chance() {
        let request = Bytes::from_static(b"{}");
        let kept = |which, failed| {
            let capture = Capturing { which, limit: 1 }.begin(&request, || 5);
            capture.and_then(|capture| capture.end(failed)).is_some()
        };
        for (which, well, badly) in [
            (Which::None, false, false),
            (Which::Failed, false, true),
            (Which::Drawn(5), false, true),
            (Which::Drawn(6), true, true),
            (Which::All, true, true),
        ] {
            assert_eq!((kept(which, false), kept(which, true)), (well, badly), "{which:?}");
        }
    }

    #[test]
    fn an_answer_is_kept_up_to_a_limit() {
        let mut capture = Capturing { which: Which::All, limit: 1 }.begin(&Bytes::new(), || 0).unwrap();
        pieces(&["0123456789", "abcdefghij", "k"]).iter().for_each(|piece| capture.sent(piece));
        let bodies = capture.end(false).unwrap();
        assert_eq!(bodies.response, pieces(&["0123456789", "abcdef"]));
        assert!(bodies.cut);
    }

    #[test]
    fn a_stream_becomes_the_answer_it_means_however_it_is_cut() {
        let stream = concat!(
            "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n: ping\n\n",
            "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo é\"}}]}\n\n",
            "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            "data: [DONE]\n\n"
        );
        for at in 0..stream.len() {
            let (a, b) = stream.as_bytes().split_at(at);
            let pieces = [a, b].map(Bytes::from_static);
            let answer = reassemble(DialectId::OpenAiChat, &pieces).unwrap();
            assert_eq!(answer["choices"][0]["message"]["content"], "Hello é", "{at}");
        }
        let broken = reassemble(DialectId::OpenAiChat, &[Bytes::from_static(&stream.as_bytes()[..90])]);
        assert_eq!(broken.unwrap()["choices"][0]["message"]["content"], "Hel");
        assert_eq!(reassemble(DialectId::OpenAiChat, &pieces(&["{\"error\":{}}"])), None);
    }
}
