//! The gateways that can be imported, and how their files are told apart.

use wye_config::{Content, Format, tree};

use crate::dump;

/// A gateway whose configuration can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// LiteLLM's `config.yaml`.
    LiteLlm,
    /// LLM Gateway's `config.yaml`.
    LlmGateway,
    /// SmartRoute's `config.json`.
    SmartRoute,
    /// GopherGate's `.env`, its SQLite database, or both.
    GopherGate,
    /// A `pg_dump` of SMLGateway's database, as text.
    SmlGateway,
    /// Bifrost's `config.json`.
    Bifrost,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::LiteLlm,
        Self::LlmGateway,
        Self::SmartRoute,
        Self::GopherGate,
        Self::SmlGateway,
        Self::Bifrost,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LiteLlm => "litellm",
            Self::LlmGateway => "llm-gateway",
            Self::SmartRoute => "smartroute",
            Self::GopherGate => "gophergate",
            Self::SmlGateway => "smlgateway",
            Self::Bifrost => "bifrost",
        }
    }

    /// The name people know it by.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::LiteLlm => "LiteLLM",
            Self::LlmGateway => "LLM Gateway",
            Self::SmartRoute => "SmartRoute",
            Self::GopherGate => "GopherGate",
            Self::SmlGateway => "SMLGateway",
            Self::Bifrost => "Bifrost",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whose file a text is, by what only one of them has in it.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        if dump::is_dump(text) {
            return Some(Self::SmlGateway);
        }
        let format = if text.trim_start().starts_with('{') { Format::Json } else { Format::Yaml };
        if let Ok(root) = tree(text, format)
            && let Content::Table(entries) = &root.value
        {
            let has = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, value)| value);
            let inside = |name: &str, key: &str| {
                let Some(Content::Table(entries)) = has(name).map(|section| &section.value) else {
                    return false;
                };
                entries.iter().any(|(k, _)| k == key)
            };
            if has("model_list").is_some() || has("litellm_settings").is_some() {
                return Some(Self::LiteLlm);
            }
            if has("api_provider").is_some() || has("model_config").is_some() {
                return Some(Self::LlmGateway);
            }
            if inside("providers", "upstream") || inside("models", "t1") {
                return Some(Self::SmartRoute);
            }
            return has("providers").is_some().then_some(Self::Bifrost);
        }
        text.lines().any(|line| line.trim_start().starts_with("LLM_PROXY__")).then_some(Self::GopherGate)
    }
}
