//! Finds what a stream of events says of its use, without keeping the events: one of them may hold a picture of
//! megabytes, before or behind its `usage`.

/// The longest `usage` that is kept, in bytes.
const LONGEST: usize = 4 << 10;
/// The key that is looked for.
const KEY: &[u8] = b"usage";

/// Reads a stream in passing.
#[derive(Debug, Default)]
pub struct UsageTap {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The last string at the top of the event, as far as it may be the key.
    word: Vec<u8>,
    /// Whether a colon follows the key.
    at_value: bool,
    taking: Option<Vec<u8>>,
    found: Option<Vec<u8>>,
}

impl UsageTap {
    /// Takes the next bytes of the stream, cut anywhere.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            // Nearly all of a picture is one string; what is in it is passed over at once.
            if self.in_string && self.taking.is_none() && !self.escaped && self.depth != 1 {
                bytes = memchr::memchr3(b'"', b'\\', b'\n', bytes).map_or(&[][..], |at| &bytes[at..]);
                if bytes.is_empty() {
                    return;
                }
                self.take(bytes[0]);
                bytes = &bytes[1..];
                continue;
            }
            if self.in_string && self.taking.is_none() && !self.escaped && self.word.len() > KEY.len() {
                bytes = memchr::memchr3(b'"', b'\\', b'\n', bytes).map_or(&[][..], |at| &bytes[at..]);
                let Some((&next, after)) = bytes.split_first() else { return };
                self.take(next);
                bytes = after;
                continue;
            }
            self.take(byte);
            bytes = rest;
        }
    }

    /// The last `usage` object that went by.
    #[must_use]
    pub fn usage(&self) -> Option<&[u8]> {
        self.found.as_deref()
    }

    fn take(&mut self, byte: u8) {
        // JSON holds no line ends, so that the next line begins anew whatever went by.
        if byte == b'\n' {
            *self = Self { found: self.found.take(), ..Self::default() };
            return;
        }
        if let Some(taking) = &mut self.taking {
            taking.push(byte);
            if taking.len() > LONGEST {
                self.taking = None;
            }
        }
        if self.in_string {
            self.within(byte);
            return;
        }
        match byte {
            b'"' if self.depth > 0 => {
                self.in_string = true;
                self.word.clear();
            }
            b'{' | b'[' => {
                if byte == b'{' && self.depth == 1 && self.at_value && self.word == KEY {
                    self.taking = Some(vec![byte]);
                }
                self.at_value = false;
                self.depth += 1;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 1 && self.taking.is_some() {
                    self.found = self.taking.take();
                }
            }
            b':' => self.at_value = true,
            b' ' | b'\t' | b'\r' => {}
            _ => self.at_value = false,
        }
    }

    fn within(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                self.at_value = false;
                return;
            }
            _ => {}
        }
        if self.depth == 1 && self.word.len() <= KEY.len() {
            self.word.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UsageTap;

    fn found(stream: &str, cut: usize) -> Option<String> {
        let mut tap = UsageTap::default();
        for piece in stream.as_bytes().chunks(cut) {
            tap.push(piece);
        }
        tap.usage().map(|usage| String::from_utf8(usage.to_vec()).unwrap())
    }

    #[test]
    fn usage_is_found_wherever_it_stands_and_however_it_is_cut() {
        let picture = "iVBO{}\\\"usage\\\":{}".repeat(2000);
        let usage = "{\"input_tokens\":3,\"input_tokens_details\":{\"a\":\"}\"},\"x\":[1]}";
        for stream in [
            format!("event: x\ndata: {{\"type\":\"x\",\"b64_json\":\"{picture}\",\"usage\":{usage}}}\n\n"),
            format!("data: {{\"usage\" : {usage},\"b64_json\":\"{picture}\"}}\r\n\r\n"),
            format!("data: {{\"usage\":{{\"a\":1}}}}\n\ndata: {{\"usage\":{usage}}}\n\ndata: [DONE]\n\n"),
            format!(
                "data: {{\"usage\":{usage}}}\n\ndata: {{\"a\":{{\"usage\":{{\"b\":1}}}},\"usage\":null}}\n\n"
            ),
        ] {
            for cut in [1, 2, 7, 1000, usize::MAX] {
                assert_eq!(found(&stream, cut).as_deref(), Some(usage), "{cut}");
            }
        }
        let long = format!("data: {{\"usage\":{{\"a\":\"{}\"}}}}\n\n", "x".repeat(5000));
        assert_eq!(found(&long, 100), None);
        assert_eq!(found("data: {\"a\":\"usage\",\"b\":{}}\n\n", 3), None);
        assert_eq!(found("data: {\"usages\":{}, \"sage\":{}}\n\n", 3), None);
    }
}
