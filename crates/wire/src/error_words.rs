//! The words of providers' errors, as far as they are passed on.

/// The longest message kept, in bytes.
pub(crate) const MAX_MESSAGE: usize = 2048;

/// A message, cut to [`MAX_MESSAGE`].
pub(crate) fn cap(text: &str) -> String {
    let mut end = text.len().min(MAX_MESSAGE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

/// The message of an error body that is not JSON. Of a page for people its title tells enough.
pub(crate) fn plain(status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * MAX_MESSAGE)]);
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if text.is_empty() {
        return format!("the provider answered {status} without a body");
    }
    if lower.starts_with("<!doctype") || lower.starts_with("<html") {
        let title = lower.find("<title>").and_then(|at| {
            let from = at + "<title>".len();
            let to = from + lower[from..].find("</title>")?;
            text.get(from..to)
        });
        let title = title.map(|t| format!(" titled \"{}\"", t.trim())).unwrap_or_default();
        return cap(&format!("the provider answered {status} with an HTML page{title}"));
    }
    cap(text)
}

#[cfg(test)]
mod tests {
    use crate::dialect::Dialect;

    /// A proxy before the vendor answers for it with a page of its own.
    #[test]
    fn of_a_page_clients_are_told_the_title() {
        let page = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>x</body></html>";
        let dialects: [&dyn Dialect; 4] = [
            &crate::openai_chat::OpenAiChat,
            &crate::anthropic_messages::AnthropicMessages,
            &crate::cohere::Cohere,
            &crate::bedrock_converse::BedrockConverse,
        ];
        for dialect in dialects {
            let error = dialect.read_error(502, page);
            let wanted = "the provider answered 502 with an HTML page titled \"502 Bad Gateway\"";
            assert_eq!(error.message, wanted, "{}", dialect.id());
            assert_eq!(dialect.read_error(503, b" ").message, "the provider answered 503 without a body");
        }
    }
}
