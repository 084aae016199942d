//! Where a call goes: base address, dialect and model make the URL.

use wye_types::DialectId;

/// What is asked of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A chat answer.
    Chat {
        /// Whether as a stream.
        stream: bool,
    },
    /// The number of tokens of a prompt.
    CountTokens,
    /// The list of models.
    Models,
}

/// The URL of a call. `model` is used by dialects that put it into the path. `None` if the dialect has no such call, or
/// if the model's name would lead elsewhere than to a model.
///
/// An `openai_chat` base includes the version (`…/v1`); the others add theirs unless the base already ends with it.
/// `{model}` in the base stands for the model's name, and a query stays behind the path, for vendors whose address is
/// `…/deployments/{model}?api-version=…`.
#[must_use]
pub fn endpoint(dialect: DialectId, base_url: &str, model: &str, op: Operation) -> Option<String> {
    let (base, query) = base_url.split_once('?').unwrap_or((base_url, ""));
    let base = base.trim_end_matches('/');
    if base.contains(MODEL) && op == Operation::Models {
        return None;
    }
    if names_model(dialect, base) && climbs(model) {
        return None;
    }
    let filled = base.contains(MODEL).then(|| base.replace(MODEL, &path_segment(model).replace('/', "%2F")));
    let mut url = at_base(dialect, filled.as_deref().unwrap_or(base), model, op)?;
    if !query.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(query);
    }
    Some(url)
}

/// What stands for the model's name in a base address.
pub(crate) const MODEL: &str = "{model}";

/// Whether the address of a chat call depends on the model.
#[must_use]
pub fn names_model(dialect: DialectId, base_url: &str) -> bool {
    matches!(dialect, DialectId::Gemini | DialectId::BedrockConverse) || base_url.contains(MODEL)
}

fn at_base(dialect: DialectId, base: &str, model: &str, op: Operation) -> Option<String> {
    match dialect {
        DialectId::OpenAiChat => openai_compatible(base, "/chat/completions", op),
        DialectId::OpenAiResponses => openai_responses(base, op),
        DialectId::OpenAiCompletions => openai_compatible(base, "/completions", op),
        DialectId::Cohere => cohere(base, op),
        DialectId::Ollama => ollama(base, op),
        DialectId::BedrockConverse => bedrock_converse(base, model, op),
        DialectId::AnthropicMessages => Some(anthropic_messages(base, op)),
        DialectId::Gemini => Some(gemini(base, model, op)),
    }
}

fn openai_compatible(base: &str, chat: &str, op: Operation) -> Option<String> {
    match op {
        Operation::Chat { .. } => Some(format!("{base}{chat}")),
        Operation::CountTokens => None,
        Operation::Models => Some(format!("{base}/models")),
    }
}

fn openai_responses(base: &str, op: Operation) -> Option<String> {
    match op {
        Operation::CountTokens => Some(format!("{base}/responses/input_tokens")),
        _ => openai_compatible(base, "/responses", op),
    }
}

fn cohere(base: &str, op: Operation) -> Option<String> {
    let base = base.strip_suffix("/v2").unwrap_or(base);
    match op {
        Operation::Chat { .. } => Some(format!("{base}/v2/chat")),
        Operation::CountTokens => None,
        // The list has no second version.
        Operation::Models => Some(format!("{base}/v1/models")),
    }
}

fn ollama(base: &str, op: Operation) -> Option<String> {
    let base = ollama_home(base);
    match op {
        Operation::Chat { .. } => Some(format!("{base}/api/chat")),
        Operation::CountTokens => None,
        Operation::Models => Some(format!("{base}/api/tags")),
    }
}

/// Ollama's own API lies beside its version of OpenAI's.
fn ollama_home(base: &str) -> &str {
    base.strip_suffix("/v1").or_else(|| base.strip_suffix("/api")).unwrap_or(base)
}

fn bedrock_converse(base: &str, model: &str, op: Operation) -> Option<String> {
    let model = path_segment(model).replace('/', "%2F");
    match op {
        Operation::Chat { stream: false } => Some(format!("{base}/model/{model}/converse")),
        Operation::Chat { stream: true } => Some(format!("{base}/model/{model}/converse-stream")),
        Operation::CountTokens => Some(format!("{base}/model/{model}/count-tokens")),
        // Its list lives at another host.
        Operation::Models => None,
    }
}

fn anthropic_messages(base: &str, op: Operation) -> String {
    let base = base.strip_suffix("/v1").unwrap_or(base);
    match op {
        Operation::Chat { .. } => format!("{base}/v1/messages"),
        Operation::CountTokens => format!("{base}/v1/messages/count_tokens"),
        Operation::Models => format!("{base}/v1/models"),
    }
}

fn gemini(base: &str, model: &str, op: Operation) -> String {
    // Vertex has the version further forward: `/v1/projects/…/publishers/google`.
    let versioned = base.split('/').skip(3).any(is_version);
    let version = if versioned { "" } else { "/v1beta" };
    let collection =
        if model.starts_with("models/") || model.starts_with("tunedModels/") { "" } else { "models/" };
    let model = path_segment(model);
    match op {
        Operation::Chat { stream: false } => format!("{base}{version}/{collection}{model}:generateContent"),
        // Without `alt=sse` the stream is one long JSON array.
        Operation::Chat { stream: true } => {
            format!("{base}{version}/{collection}{model}:streamGenerateContent?alt=sse")
        }
        Operation::CountTokens => format!("{base}{version}/{collection}{model}:countTokens"),
        Operation::Models => format!("{base}{version}/models"),
    }
}

/// A path behind an address, whose query stays at the end. A version at the path's beginning takes the place of one at the
/// address's end. `/..` at its beginning takes
/// the address's last step away. A whole address instead of a path counts only while the provider's own is the registry's: behind a proxy
/// nothing goes around it.
pub(crate) fn joined(path: &str, registry: &str, base_url: &str) -> Option<String> {
    if path.starts_with("https://") {
        return (registry.trim_end_matches('/') == base_url.trim_end_matches('/')).then(|| path.to_owned());
    }
    let (base, query) = base_url.split_once('?').unwrap_or((base_url, ""));
    let base = base.trim_end_matches('/');
    let (path, base) = match path.strip_prefix("/..") {
        Some(path) => (path, without_step(base)),
        None => (path, base),
    };
    let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
    let base = match base.rsplit_once('/') {
        Some((before, last)) if is_version(first) && is_version(last) => before,
        _ => base,
    };
    let mut url = format!("{base}{path}");
    if !query.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(query);
    }
    Some(url)
}

/// The address of a path below a provider's: `/models` and `/v1/models` lead to the same place below `https://a/v1`. An
/// address in which the model stands is cut before it, and `/api/…` lies beside the version where Ollama's dialect is
/// spoken. The path is put in as it is; who may choose it must have looked whether it climbs.
#[must_use]
pub fn below(base_url: &str, path: &str, mut dialects: impl Iterator<Item = DialectId>) -> Option<String> {
    let (base, query) = base_url.split_once('?').unwrap_or((base_url, ""));
    let base = base.split_once(MODEL).map_or(base, |(before, _)| before);
    let base = match path.starts_with("/api/") && dialects.any(|dialect| dialect == DialectId::Ollama) {
        true => ollama_home(base.trim_end_matches('/')),
        false => base,
    };
    let joint = if query.is_empty() { "" } else { "?" };
    joined(path, base_url, &format!("{base}{joint}{query}")).filter(|_| path.starts_with('/'))
}

/// An address without the last step of its path, if it has a path.
fn without_step(base: &str) -> &str {
    let host = base.find("://").map_or(0, |at| at + 3);
    base[host..].rfind('/').map_or(base, |at| &base[..host + at])
}

/// Whether a step of a path is a version: `v1`, `v2`, `v1beta`.
fn is_version(step: &str) -> bool {
    let mut rest = step.bytes();
    rest.next() == Some(b'v') && rest.next().is_some_and(|b| b.is_ascii_digit())
}

/// Whether a name has a step of a path that goes upwards or nowhere: servers and proxies resolve those, encoded ones
/// too, so that a client could reach other calls of the provider with the operator's key.
pub(crate) fn climbs(model: &str) -> bool {
    model.split(['/', '\\']).any(|step| matches!(step, "." | ".."))
}

/// Percent-encodes what may not stand in a path; slashes stay, since models may have them.
pub(crate) fn path_segment(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use DialectId::{AnthropicMessages as A, Gemini as G, OpenAiChat as O, OpenAiResponses as R};
    const CHAT: Operation = Operation::Chat { stream: false };
    const STREAM: Operation = Operation::Chat { stream: true };

    #[test]
    fn any_path_has_its_place_below_a_provider() {
        for (base, path, url) in [
            ("https://a/v1", "/models", Some("https://a/v1/models")),
            ("https://a/v1/", "/v1/models?x=1", Some("https://a/v1/models?x=1")),
            ("https://a", "/v2/x%2Fy/", Some("https://a/v2/x%2Fy/")),
            ("https://a/v1?api-version=1", "/x", Some("https://a/v1/x?api-version=1")),
            (
                "https://a/o/deployments/{model}?v=1",
                "/m/chat?x=1",
                Some("https://a/o/deployments/m/chat?x=1&v=1"),
            ),
            ("https://a/v1", "https://b/x", None),
            ("https://a/v1", "@b/x", None),
            ("https://a/v1", "/api/x", Some("https://a/v1/api/x")),
        ] {
            let spoken = [DialectId::OpenAiChat].into_iter();
            assert_eq!(below(base, path, spoken).as_deref(), url, "{base} {path}");
        }
        for base in ["http://a/v1", "http://a/v1/", "http://a", "http://a/api"] {
            let spoken = || [DialectId::OpenAiChat, DialectId::Ollama].into_iter();
            assert_eq!(below(base, "/api/generate", spoken()).as_deref(), Some("http://a/api/generate"));
        }
    }

    #[test]
    fn every_call_has_its_address() {
        let cases = [
            (O, "https://a/v1", "m", CHAT, Some("https://a/v1/chat/completions")),
            (O, "https://a/v1/", "m", STREAM, Some("https://a/v1/chat/completions")),
            (O, "https://a/v1", "m", Operation::Models, Some("https://a/v1/models")),
            (O, "https://a/v1", "m", Operation::CountTokens, None),
            (R, "https://a/v1", "m", STREAM, Some("https://a/v1/responses")),
            (R, "https://a/v1", "m", Operation::CountTokens, Some("https://a/v1/responses/input_tokens")),
            (DialectId::OpenAiCompletions, "https://a/v1", "m", CHAT, Some("https://a/v1/completions")),
            (DialectId::Cohere, "https://a/v2", "m", STREAM, Some("https://a/v2/chat")),
            (DialectId::Ollama, "http://a:1/v1", "m", STREAM, Some("http://a:1/api/chat")),
            (DialectId::Ollama, "http://a:1", "m", Operation::Models, Some("http://a:1/api/tags")),
            (
                DialectId::BedrockConverse,
                "https://a",
                "us.x/y:0",
                STREAM,
                Some("https://a/model/us.x%2Fy%3A0/converse-stream"),
            ),
            (
                O,
                "https://a/openai/deployments/{model}/?api-version=1",
                "my/m",
                STREAM,
                Some("https://a/openai/deployments/my%2Fm/chat/completions?api-version=1"),
            ),
            (O, "https://a/{model}", "m", Operation::Models, None),
            (R, "https://a/v1?api-version=p", "m", CHAT, Some("https://a/v1/responses?api-version=p")),
            (A, "https://a", "m", CHAT, Some("https://a/v1/messages")),
            (A, "https://a/x/v1/", "m", CHAT, Some("https://a/x/v1/messages")),
            (A, "https://a", "m", Operation::CountTokens, Some("https://a/v1/messages/count_tokens")),
            (A, "https://a", "m", Operation::Models, Some("https://a/v1/models")),
            (G, "https://a", "g-2.5", CHAT, Some("https://a/v1beta/models/g-2.5:generateContent")),
            (
                G,
                "https://a/v1beta",
                "g",
                STREAM,
                Some("https://a/v1beta/models/g:streamGenerateContent?alt=sse"),
            ),
            (
                G,
                "https://a?k=v",
                "g",
                STREAM,
                Some("https://a/v1beta/models/g:streamGenerateContent?alt=sse&k=v"),
            ),
            (G, "https://a/v1", "g", Operation::CountTokens, Some("https://a/v1/models/g:countTokens")),
            (
                G,
                "https://a/v1/projects/p/locations/global/publishers/google",
                "g",
                CHAT,
                Some("https://a/v1/projects/p/locations/global/publishers/google/models/g:generateContent"),
            ),
            (G, "https://a", "", Operation::Models, Some("https://a/v1beta/models")),
            (G, "https://a", "models/g", CHAT, Some("https://a/v1beta/models/g:generateContent")),
            (G, "https://a", "tunedModels/t", CHAT, Some("https://a/v1beta/tunedModels/t:generateContent")),
            (
                G,
                "https://a",
                "org/ä b?#:x",
                CHAT,
                Some("https://a/v1beta/models/org/%C3%A4%20b%3F%23%3Ax:generateContent"),
            ),
        ];
        for (dialect, base, model, op, url) in cases {
            assert_eq!(endpoint(dialect, base, model, op).as_deref(), url);
        }
    }

    #[test]
    fn no_name_of_a_model_leads_out_of_its_place() {
        for model in ["..", ".", "../../v1/files", "a/../../b", "a/./b", "models/..", "..\\x", "a/.."] {
            for (dialect, base) in
                [(G, "https://a"), (DialectId::BedrockConverse, "https://a"), (O, "https://a/{model}/v1")]
            {
                assert_eq!(endpoint(dialect, base, model, CHAT), None, "{dialect} {model}");
            }
            assert!(endpoint(O, "https://a/v1", model, CHAT).is_some(), "the path does not have it");
        }
        for model in ["gpt-4.1", "a..b", "...", "v1.0/x"] {
            assert!(endpoint(G, "https://a", model, CHAT).is_some(), "{model}");
        }
    }
}
