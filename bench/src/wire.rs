//! The bytes on the wire: one request, one reply, one stream, of the sizes the published figures were taken with.

/// Bytes of the request body.
pub(crate) const REQUEST: usize = 346;
/// Bytes of the reply body.
pub(crate) const REPLY: usize = 619;
/// Bytes of one event of a stream, with its `data: ` and blank line.
pub(crate) const EVENT: usize = 254;
/// Texts of a request for vectors, the most that OpenAI takes.
pub(crate) const TEXTS: usize = 2048;
/// Numbers of a vector, as its usual model makes them.
pub(crate) const DIMENSIONS: usize = 1536;
/// The key clients send to every subject.
pub(crate) const KEY: &str = "wye-bench-4f9a1c7de2b85063a7d1";

/// Which dialect the provider speaks that a gateway with dialects takes the request to. nginx has none and takes every
/// request to the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// The client's own.
    Same,
    Anthropic,
    Gemini,
    /// The client's own, for vectors instead of an answer.
    Vectors,
}

impl To {
    /// What a model's name ends with to be routed there.
    const fn suffix(self) -> &'static str {
        match self {
            To::Same => "",
            To::Vectors => "-vectors",
            To::Anthropic => "-anthropic",
            To::Gemini => "-gemini",
        }
    }
}

/// What a request asks the upstream for; it stands in the model's name, which every gateway passes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Where it is routed to.
    pub(crate) to: To,
    /// Events of a stream, 0 for a plain reply.
    pub(crate) events: u32,
    /// Milliseconds between two events; 0 is as fast as they are taken.
    pub(crate) interval_ms: u32,
    /// Bytes of the whole request body.
    pub(crate) bytes: usize,
}

impl Ask {
    /// A plain question with a body of the usual size.
    pub(crate) const PLAIN: Ask = Ask { to: To::Same, events: 0, interval_ms: 0, bytes: REQUEST };

    /// As many texts as a vendor turns into vectors at once.
    pub(crate) const VECTORS: Ask = Ask { to: To::Vectors, bytes: TEXTS * 64, ..Ask::PLAIN };

    /// Where it is sent.
    pub(crate) const fn path(self) -> &'static str {
        match self.to {
            To::Vectors => "/v1/embeddings",
            _ => "/v1/chat/completions",
        }
    }

    /// The model's name: `e` events, `i` interval, where to.
    pub(crate) fn model(self) -> String {
        format!("bench-e{}-i{}{}", self.events, self.interval_ms, self.to.suffix())
    }

    /// Whether an answer of so many bytes can be the whole one. What is left of a translated one depends on the dialects.
    pub(crate) fn fits(self, bytes: usize) -> bool {
        match (self.to, self.events) {
            (To::Same, 0) => bytes == REPLY,
            (To::Vectors, _) => bytes > TEXTS * DIMENSIONS * 4,
            (_, 0) => bytes >= REPLY / 2,
            (_, events) => bytes >= events as usize * EVENT,
        }
    }

    /// The reading of [`Ask::model`] anywhere in a request body.
    pub(crate) fn read(body: &[u8]) -> Option<(u32, u32)> {
        let text = std::str::from_utf8(body).ok()?;
        let rest = text.split_once("bench-e")?.1;
        let (events, rest) = rest.split_once("-i")?;
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        Some((events.parse().ok()?, rest[..digits].parse().ok()?))
    }

    /// The request body, padded to its size within the user's text.
    pub(crate) fn body(self) -> String {
        if self.to == To::Vectors {
            return self.texts();
        }
        let stream =
            if self.events > 0 { r#","stream":true,"stream_options":{"include_usage":true}"# } else { "" };
        let make = |filler: &str| {
            format!(
                r#"{{"model":"{}","messages":[{{"role":"system","content":"You are a helpful assistant."}},{{"role":"user","content":"{filler}"}}],"temperature":0.2,"max_tokens":256{stream}}}"#,
                self.model()
            )
        };
        make(&filler(self.bytes.saturating_sub(make("").len())))
    }

    /// Texts as OpenAI's SDKs send them.
    fn texts(self) -> String {
        let text = format!("\"{}\"", filler(60));
        let more = format!(",{text}").repeat(TEXTS - 1);
        let make = |first: &str| {
            format!(r#"{{"model":"{}","input":["{first}"{more}],"encoding_format":"base64"}}"#, self.model())
        };
        make(&filler(self.bytes.saturating_sub(make("").len())))
    }
}

/// Words of `bytes` bytes that no compression or scan finds too easy.
fn filler(bytes: usize) -> String {
    let words = "the quick brown fox jumps over a lazy dog while seven wizards brew strong coffee ";
    words.chars().cycle().take(bytes).collect()
}

/// The upstream's plain reply.
pub(crate) fn reply() -> String {
    let make = |filler: &str| {
        format!(
            r#"{{"id":"chatcmpl-bench","object":"chat.completion","created":1763683200,"model":"bench","choices":[{{"index":0,"message":{{"role":"assistant","content":"{filler}"}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":86,"completion_tokens":64,"total_tokens":150,"prompt_tokens_details":{{"cached_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0}}}},"system_fingerprint":"fp_bench"}}"#
        )
    };
    make(&filler(REPLY - make("").len()))
}

/// The same as Anthropic says it.
pub(crate) fn anthropic_reply() -> String {
    let make = |filler: &str| {
        format!(
            r#"{{"id":"msg_bench","type":"message","role":"assistant","model":"bench","content":[{{"type":"text","text":"{filler}"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":86,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":64,"service_tier":"standard"}}}}"#
        )
    };
    make(&filler(REPLY - make("").len()))
}

/// The same as Gemini says it.
pub(crate) fn gemini_reply() -> String {
    let make = |filler: &str| {
        format!(
            r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{filler}"}}],"role":"model"}},"finishReason":"STOP","index":0}}],"usageMetadata":{{"promptTokenCount":86,"candidatesTokenCount":64,"totalTokenCount":150,"promptTokensDetails":[{{"modality":"TEXT","tokenCount":86}}]}},"modelVersion":"bench","responseId":"bench"}}"#
        )
    };
    make(&filler(REPLY - make("").len()))
}

/// The vectors of a request's texts.
pub(crate) fn vectors() -> String {
    let vector = filler(DIMENSIONS * 4 * 4 / 3).replace(' ', "/");
    let list: Vec<String> = (0..TEXTS)
        .map(|index| format!(r#"{{"object":"embedding","index":{index},"embedding":"{vector}"}}"#))
        .collect();
    format!(
        r#"{{"object":"list","data":[{}],"model":"bench","usage":{{"prompt_tokens":30720,"total_tokens":30720}}}}"#,
        list.join(",")
    )
}

/// One content event of the upstream's stream.
pub(crate) fn event() -> String {
    let make = |filler: &str| {
        format!(
            r#"data: {{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1763683200,"model":"bench","system_fingerprint":"fp_bench","choices":[{{"index":0,"delta":{{"content":"{filler}"}},"logprobs":null,"finish_reason":null}}]}}"#
        ) + "\n\n"
    };
    make(&filler(EVENT - make("").len()))
}

/// What ends the stream: finish, usage, `[DONE]`.
pub(crate) fn ending() -> String {
    let chunk = |rest: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1763683200,\"model\":\"bench\",{rest}}}\n\n"
        )
    };
    chunk(r#""choices":[{"index":0,"delta":{},"finish_reason":"stop"}]"#)
        + &chunk(r#""choices":[],"usage":{"prompt_tokens":86,"completion_tokens":64,"total_tokens":150}"#)
        + "data: [DONE]\n\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_exact_and_everything_is_json() {
        for ask in [
            Ask::PLAIN,
            Ask { events: 200, interval_ms: 5, ..Ask::PLAIN },
            Ask { to: To::Gemini, ..Ask::PLAIN },
            Ask { bytes: 32768, ..Ask::PLAIN },
            Ask::VECTORS,
        ] {
            let body = ask.body();
            assert_eq!(body.len(), ask.bytes);
            assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
            assert_eq!(Ask::read(body.as_bytes()), Some((ask.events, ask.interval_ms)));
        }
        for reply in [reply(), anthropic_reply(), gemini_reply()] {
            assert_eq!(reply.len(), REPLY);
            assert!(serde_json::from_str::<serde_json::Value>(&reply).is_ok());
        }
        let vectors = vectors();
        assert!(Ask::VECTORS.fits(vectors.len()));
        assert!(serde_json::from_str::<serde_json::Value>(&vectors).is_ok());
        assert_eq!(event().len(), EVENT);
        let events = event() + &ending();
        for line in events.lines().filter_map(|line| line.strip_prefix("data: ")) {
            assert!(line == "[DONE]" || serde_json::from_str::<serde_json::Value>(line).is_ok());
        }
    }
}
