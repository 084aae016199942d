//! WebSocket frames (RFC 6455 §5.2) as they go by: where one ends, whether the conversation is over, and the messages
//! that tell what was used. Nothing is changed, and nothing else is kept.

/// The longest message that is looked at, in bytes: one that tells of usage repeats what was said, as text.
const MOST: usize = 1 << 20;
/// A message that does not say by here what it is, in bytes, is not one that is looked for.
const BEGINNING: usize = 256;

const CONTINUES: u8 = 0;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// Frames of one direction.
#[derive(Debug)]
pub(super) struct Frames {
    /// What messages that are looked at say early on; `None` where none are: a client's are masked.
    wanted: Option<&'static [u8]>,
    head: [u8; 14],
    have: usize,
    /// Bytes of the frame that are still to come.
    left: u64,
    ends_message: bool,
    is_data: bool,
    /// The message so far, while it may be one that is looked at.
    message: Option<Vec<u8>>,
    closed: bool,
}

impl Frames {
    /// Frames whose text messages with `wanted` near their beginning are looked at.
    pub(super) const fn new(wanted: Option<&'static [u8]>) -> Self {
        let head = [0; 14];
        Self {
            wanted,
            head,
            have: 0,
            left: 0,
            ends_message: false,
            is_data: false,
            message: None,
            closed: false,
        }
    }

    /// Whether a frame that says goodbye has gone by.
    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether the next byte begins a frame.
    pub(super) const fn is_between(&self) -> bool {
        self.have == 0 && self.left == 0
    }

    /// Looks at bytes that go by.
    pub(super) fn see(&mut self, mut bytes: &[u8], mut told: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            if self.left == 0 {
                self.head[self.have] = bytes[0];
                self.have += 1;
                bytes = &bytes[1..];
                if self.have < self.head_length() {
                    continue;
                }
                self.begin();
            }
            let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            let (payload, rest) = bytes.split_at(here);
            bytes = rest;
            self.left -= here as u64;
            if self.is_data {
                self.keep(payload);
            }
            if self.left == 0 && self.is_data && self.ends_message {
                let wanted = self.wanted.unwrap_or_default();
                if let Some(message) = self.message.take().filter(|message| is_near(message, wanted)) {
                    told(&message);
                }
            }
        }
    }

    /// How long the head is, as far as it is there.
    fn head_length(&self) -> usize {
        if self.have < 2 {
            return 2;
        }
        let length = match self.head[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + if self.head[1] & 0x80 == 0 { 0 } else { 4 }
    }

    fn begin(&mut self) {
        let (first, second) = (self.head[0], self.head[1]);
        self.left = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes([self.head[2], self.head[3]])),
            127 => self.head[2..10].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
            short => u64::from(short),
        };
        self.have = 0;
        let kind = first & 0x0f;
        self.ends_message = first & 0x80 != 0;
        self.is_data = kind < CLOSE;
        self.closed |= kind == CLOSE;
        if self.is_data && kind != CONTINUES {
            let looks = self.wanted.is_some() && kind == TEXT && second & 0x80 == 0;
            self.message = looks.then(Vec::new);
        }
    }

    fn keep(&mut self, payload: &[u8]) {
        let Some(message) = &mut self.message else { return };
        message.extend_from_slice(payload);
        let wanted = self.wanted.unwrap_or_default();
        if message.len() > MOST || message.len() >= BEGINNING && !is_near(message, wanted) {
            self.message = None;
        }
    }
}

fn is_near(message: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(&message[..message.len().min(BEGINNING)], wanted).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            short @ 0..126 => frame.push(u8::try_from(short).unwrap()),
            long @ 126..65536 => {
                frame.push(126);
                frame.extend(u16::try_from(long).unwrap().to_be_bytes());
            }
            long => {
                frame.push(127);
                frame.extend((long as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(payload);
        frame
    }

    fn seen(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Frames) {
        let mut frames = Frames::new(Some(b"done"));
        let mut told = Vec::new();
        for piece in pieces {
            frames.see(piece, |message| told.push(message.to_vec()));
        }
        (told, frames)
    }

    #[test]
    fn messages_are_found_among_others() {
        let long = [b"{done".as_slice(), &vec![b' '; 70_000]].concat();
        let bytes = [
            frame(0x81, b"other"),
            frame(0x01, b"{do"),
            // A ping in the middle of a message.
            frame(0x89, b"done"),
            frame(0x80, b"ne}"),
            frame(0x82, b"done in bytes"),
            frame(0x81, &[b"x".repeat(300), b"done".to_vec()].concat()),
            frame(0x81, &long),
            frame(0x81, &vec![b'd'; 2 << 20]),
        ]
        .concat();
        let (told, frames) = seen(&[&bytes]);
        assert_eq!(told, [b"{done}".to_vec(), long]);
        assert!(frames.is_between() && !frames.is_closed());
        let (_, frames) = seen(&[&frame(0x88, &[3, 233])]);
        assert!(frames.is_closed());
        let (_, frames) = seen(&[&frame(0x81, b"cut")[..3]]);
        assert!(!frames.is_between());
    }

    #[test]
    fn what_a_client_says_is_masked_and_not_looked_at() {
        let mut frames = Frames::new(None);
        let masked = [&[0x81, 0x84, 1, 2, 3, 4][..], b"abcd", &[0x88, 0x80, 0, 0, 0, 0]].concat();
        frames.see(&masked, |_| panic!("masked"));
        assert!(frames.is_closed() && frames.is_between());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn where_pieces_end_changes_nothing(
            payloads in proptest::collection::vec((0usize..400, any::<bool>()), 1..6),
            cuts in proptest::collection::vec(1usize..50, 0..40),
        ) {
            let bytes: Vec<u8> = payloads
                .iter()
                .flat_map(|(length, wanted)| {
                    let text = if *wanted { "{done}" } else { "{}" };
                    frame(0x81, format!("{text}{}", "x".repeat(*length)).as_bytes())
                })
                .collect();
            let whole = seen(&[&bytes]).0;
            prop_assert_eq!(whole.len(), payloads.iter().filter(|(_, wanted)| *wanted).count());
            let mut pieces = Vec::new();
            let mut rest = bytes.as_slice();
            for cut in cuts {
                let (piece, behind) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = behind;
            }
            pieces.push(rest);
            prop_assert_eq!(seen(&pieces).0, whole);
        }

        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = seen(&[&bytes]);
        }
    }
}
