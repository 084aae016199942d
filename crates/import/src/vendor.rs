//! What other gateways call each vendor, and where they look for its key, where that is not what the registry knows.

use wye_providers::Provider;
use wye_providers::provider::{find, find_by_any};

/// A vendor by the name that other gateways give it.
pub(crate) struct Vendor {
    name: &'static str,
    /// Our own name for it; empty if there is no row.
    id: &'static str,
    /// Where one without a row is asked in OpenAI's chat dialect.
    pub(crate) address: &'static str,
    /// The variable in which the other gateway looks for its key.
    env: &'static str,
}

const fn known(name: &'static str, id: &'static str, env: &'static str) -> Vendor {
    Vendor { name, id, address: "", env }
}

const fn foreign(name: &'static str, address: &'static str, env: &'static str) -> Vendor {
    Vendor { name, id: "", address, env }
}

/// LiteLLM's prefixes and their variables (<https://docs.litellm.ai/docs/providers>).
const VENDORS: &[Vendor] = &[
    known("azure_ai", "azure", "AZURE_AI_API_KEY"),
    known("azure_text", "azure", "AZURE_API_KEY"),
    known("featherless_ai", "featherless", "FEATHERLESS_AI_API_KEY"),
    known("fireworks_ai", "fireworks", "FIREWORKS_AI_API_KEY"),
    known("github", "github", "GITHUB_API_KEY"),
    known("jina_ai", "jina", "JINA_AI_API_KEY"),
    foreign("lambda_ai", "https://api.lambda.ai/v1", "LAMBDA_API_KEY"),
    known("nvidia_nim", "nvidia", "NVIDIA_NIM_API_KEY"),
    foreign("parasail", "https://api.parasail.io/v1", "PARASAIL_API_KEY"),
    known("text-completion-openai", "openai", "OPENAI_API_KEY"),
    known("together_ai", "together", "TOGETHERAI_API_KEY"),
    known("vertex_ai_beta", "vertex", ""),
];

/// The vendor whose chat API others speak, and so go by its name.
pub(crate) const OPENAI: &str = "openai";

/// How names of models begin that Vertex AI has from makers other than Google, in APIs of theirs.
const OTHER_MAKERS: &[&str] = &["claude", "codestral", "llama", "meta/", "mistral"];

/// Prefixes for servers that speak OpenAI's chat dialect at an address of the user's own.
const COMPATIBLE: &[&str] = &[
    "aiohttp_openai",
    "custom",
    "custom_openai",
    "docker_model_runner",
    "infinity",
    "litellm_proxy",
    "llamafile",
    "openai",
    "openai_like",
    "sgl",
    "xinference",
];

/// Beginnings of models' names that LiteLLM knows without a prefix, and whose they are.
const FAMILIES: &[(&str, &str)] = &[
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("text-embedding-", "openai"),
    ("dall-e", "openai"),
    ("whisper", "openai"),
    ("tts-", "openai"),
    ("claude", "anthropic"),
    ("gemini", "gemini"),
    ("command", "cohere"),
    ("mistral", "mistral"),
    ("deepseek", "deepseek"),
];

/// Beginnings or parts of names by which GopherGate chooses a provider, in its order; what fits none is OpenAI's.
const SUBSTRINGS: &[(&str, &str)] = &[
    ("gemini", "gemini"),
    ("google", "gemini"),
    ("deepseek", "deepseek"),
    ("kimi", "moonshot"),
    ("moonshot", "moonshot"),
    ("grok", "grok"),
    ("ollama", "ollama"),
    ("llama", "ollama"),
    ("command-r", "ollama"),
    ("mimo", "xiaomi"),
    ("xiaomi", "xiaomi"),
];

/// The providers that GopherGate knows, and the variables of their keys.
pub(crate) const GOPHER_GATE: &[(&str, &str)] = &[
    ("openai", "OPENAI_API_KEY"),
    ("gemini", "GEMINI_API_KEY"),
    ("deepseek", "DEEPSEEK_API_KEY"),
    ("moonshot", "MOONSHOT_API_KEY"),
    ("grok", "GROK_API_KEY"),
    ("xiaomi", "XIAOMI_API_KEY"),
    ("ollama", ""),
];

/// The vendor that goes by this name, where it is not the registry's own.
pub(crate) fn named(name: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.name == name)
}

/// The registry's row for a vendor's name.
pub(crate) fn row(name: &str) -> Option<&'static Provider> {
    let named = find_by_any(name).or_else(|| find_by_any(&name.replace('_', "-")));
    named.or_else(|| find(self::named(name)?.id))
}

/// The variable in which another gateway looks for a vendor's key; empty if it wants none, or several.
pub(crate) fn key_variable(name: &str) -> &'static str {
    match named(name) {
        Some(vendor) => vendor.env,
        None => row(name).and_then(|row| own_variable(row, name)).unwrap_or(""),
    }
}

/// Of the variables that a row knows, the one with the vendor's name, or the first.
fn own_variable(row: &Provider, name: &str) -> Option<&'static str> {
    let wanted = format!("{}_API_KEY", name.to_ascii_uppercase());
    let plain = || row.key_env.iter().copied().filter(|env| !env.contains(':'));
    plain().find(|env| *env == wanted).or_else(|| plain().next())
}

/// Whether a prefix stands for any server that speaks OpenAI's chat dialect.
pub(crate) fn is_compatible(name: &str) -> bool {
    COMPATIBLE.contains(&name)
}

/// Whether a prefix is a vendor's at all.
pub(crate) fn is_known(name: &str) -> bool {
    is_compatible(name) || row(name).is_some() || named(name).is_some()
}

/// Whether addresses of this vendor hold the deployment and a version.
pub(crate) fn is_azure(name: &str) -> bool {
    row(name).is_some_and(|row| row.id == "azure")
}

/// Whether addresses of this vendor hold a region of Amazon's.
pub(crate) fn is_bedrock(name: &str) -> bool {
    row(name).is_some_and(|row| row.id == "bedrock")
}

/// Whether its addresses hold a project of Google's cloud.
pub(crate) fn is_vertex(name: &str) -> bool {
    row(name).is_some_and(|row| row.id == "vertex")
}

/// Whether a model on Vertex AI is not asked in Google's own API.
pub(crate) fn is_of_another_maker(model: &str) -> bool {
    OTHER_MAKERS.iter().any(|maker| model.starts_with(maker))
}

/// Whose a model without a prefix is, for LiteLLM.
pub(crate) fn of_model(model: &str) -> Option<&'static str> {
    FAMILIES.iter().find(|(start, _)| model.starts_with(start)).map(|(_, name)| *name)
}

/// Which provider GopherGate asks for a model.
pub(crate) fn by_substring(model: &str) -> &'static str {
    let model = model.to_lowercase();
    let fits = |(part, name): &&(&str, &str)| {
        // Models of DeepSeek on the user's own machine are not the vendor's.
        model.contains(part) && !(*name == "deepseek" && model.contains("ollama"))
    };
    SUBSTRINGS.iter().find(fits).map_or("openai", |(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_lead_somewhere() {
        assert!(VENDORS.is_sorted_by_key(|vendor| vendor.name));
        assert!(COMPATIBLE.is_sorted());
        for vendor in VENDORS {
            assert_eq!(vendor.address.is_empty(), find(vendor.id).is_some(), "{}", vendor.name);
            assert!(!vendor.address.ends_with('/'));
        }
        for (_, name) in FAMILIES.iter().chain(SUBSTRINGS) {
            assert!(row(name).is_some(), "{name}");
        }
    }

    #[test]
    fn models_go_where_gopher_gate_sent_them() {
        for (model, provider) in [
            ("deepseek-v4-flash", "deepseek"),
            ("ollama-deepseek-r1", "ollama"),
            ("kimi-k2.6", "moonshot"),
            ("Gemini-3-flash", "gemini"),
            ("gpt-5.4-mini", "openai"),
        ] {
            assert_eq!(by_substring(model), provider, "{model}");
        }
    }
}
