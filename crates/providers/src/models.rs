//! Which models a provider has: where its list is, and what the list says of each. Metadata comes first and names
//! second; what neither says stays unknown.

use serde_json::Value;
use wye_types::money::Price;

use crate::free::Source;
use crate::{Kind, Provider, endpoint};

mod names;
mod price;
mod row;
mod vendors;

pub use names::named;
pub use price::Unit;

/// Where the names of a provider's models come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Models {
    /// A list that the provider answers itself.
    Listed {
        /// Where: behind the provider's address, or a whole address that counts only while that is the registry's.
        path: &'static str,
        /// In which form.
        list: List,
        /// Whether it is answered without a key.
        open: bool,
    },
    /// There is no list; these are the models that its documentation names.
    Named {
        /// Their ids.
        ids: &'static [&'static str],
        /// Where they stand.
        source: Source,
    },
    /// Whatever its owner deployed or bought access to: only the configuration says.
    Deployed,
}

impl Models {
    /// OpenAI's `/models`, without prices.
    pub const OPENAI: Self = Self::listed("/models", List::Common(Unit::None));

    /// A list that wants a key.
    #[must_use]
    pub const fn listed(path: &'static str, list: List) -> Self {
        Self::Listed { path, list, open: false }
    }

    /// A list that anybody may read.
    #[must_use]
    pub const fn open(path: &'static str, list: List) -> Self {
        Self::Listed { path, list, open: true }
    }

    /// The address of the list. `registry` is the provider's address in the registry, `base_url` the configured one.
    #[must_use]
    pub fn url(&self, registry: &str, base_url: &str) -> Option<String> {
        match self {
            Self::Listed { path, .. } if !base_url.contains(endpoint::MODEL) => {
                endpoint::joined(path, registry, base_url)
            }
            _ => None,
        }
    }
}

/// The form of a list of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// OpenAI's, with what most vendors add to it: an array, or one in `data` or `models`; prices in some unit.
    Common(Unit),
    /// Anthropic's: `capabilities.image_input.supported`.
    Anthropic,
    /// Cloudflare's: `result[].properties`.
    Cloudflare,
    /// Cohere's: `models[].endpoints`, `features`.
    Cohere,
    /// `DeepInfra`'s: everything in `metadata`.
    DeepInfra,
    /// Gemini's: `models[].supportedGenerationMethods`.
    Gemini,
    /// Hugging Face's: `providers[]`, each with its own context and price.
    HuggingFace,
    /// Ollama's `/api/tags`.
    Ollama,
    /// Venice's: `model_spec`.
    Venice,
    /// xAI's `/language-models`: prices in cents per hundred million tokens.
    Xai,
}

/// What a list says of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its id, as it is called by.
    pub id: String,
    /// Its name for people.
    pub title: Option<String>,
    /// What it is for. `None`: for nothing that is served here, as far as can be told.
    pub kind: Option<Kind>,
    /// Tokens that prompt and answer may have together, or the prompt where only that is said.
    pub context: Option<u64>,
    /// Tokens that an answer may have.
    pub output: Option<u64>,
    /// What it can do.
    pub caps: Caps,
    /// What it costs.
    pub price: Option<Price>,
}

/// What a model can do. `None`: nobody says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caps {
    /// It calls tools.
    pub tools: Option<bool>,
    /// It sees images.
    pub vision: Option<bool>,
    /// It hears audio.
    pub audio_in: Option<bool>,
    /// It answers with audio.
    pub audio_out: Option<bool>,
    /// It answers with images.
    pub image_out: Option<bool>,
    /// It reads PDF documents.
    pub documents: Option<bool>,
    /// It thinks before it answers.
    pub reasoning: Option<bool>,
    /// It answers by a JSON schema.
    pub structured: Option<bool>,
}

impl Caps {
    /// What is said here, and where nothing is, what is said there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            tools: self.tools.or(other.tools),
            vision: self.vision.or(other.vision),
            audio_in: self.audio_in.or(other.audio_in),
            audio_out: self.audio_out.or(other.audio_out),
            image_out: self.image_out.or(other.image_out),
            documents: self.documents.or(other.documents),
            reasoning: self.reasoning.or(other.reasoning),
            structured: self.structured.or(other.structured),
        }
    }
}

/// The most models that are read from a list; the largest known one has a tenth of them.
pub const MOST: usize = 20_000;

/// What a provider's list says, each model once, sorted by id. Metadata first, names second.
///
/// # Errors
/// In words, if the provider has no list, or the bytes are no list of the form that it has.
pub fn read(provider: &Provider, bytes: &[u8]) -> Result<Vec<Listed>, String> {
    match provider.models {
        Models::Listed { list, .. } => read_list(list, provider.chats, bytes),
        Models::Named { .. } | Models::Deployed => {
            Err(format!("{} answers no list of models", provider.title))
        }
    }
}

/// What a list of a form says. `chats`: models of which neither metadata nor name says what they are for are for chat.
///
/// # Errors
/// In words, if the bytes are no list of that form.
pub fn read_list(list: List, chats: bool, bytes: &[u8]) -> Result<Vec<Listed>, String> {
    let body: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("the list is no JSON: {error}"))?;
    let rows = rows(&body).ok_or("the list has no array of models")?;
    if rows.len() > MOST {
        return Err(format!("the list has {} models; {MOST} is the most that is read", rows.len()));
    }
    let mut all: Vec<Listed> = rows.iter().filter_map(|row| one(list, row)).collect();
    for model in &mut all {
        let (kind, caps) = named(&model.id);
        model.kind = model.kind.or(kind).or((chats && !names::odd(&model.id)).then_some(Kind::Chat));
        if model.kind == Some(Kind::Chat) {
            model.caps = model.caps.or(caps);
        }
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all.dedup_by(|a, b| a.id == b.id);
    Ok(all)
}

/// The array of models: the body itself, or what stands in one of the names that vendors give it.
fn rows(body: &Value) -> Option<&[Value]> {
    let array = body.as_array().or_else(|| {
        ["data", "models", "result"].iter().find_map(|key| body.get(key).and_then(Value::as_array))
    });
    array.map(Vec::as_slice)
}

fn one(list: List, value: &Value) -> Option<Listed> {
    let read = match list {
        List::Common(unit) => row::read(value, unit),
        List::Anthropic => vendors::anthropic(value),
        List::Cloudflare => vendors::cloudflare(value),
        List::Cohere => vendors::cohere(value),
        List::DeepInfra => vendors::deepinfra(value),
        List::Gemini => vendors::gemini(value),
        List::HuggingFace => vendors::huggingface(value),
        List::Ollama => vendors::ollama(value),
        List::Venice => vendors::venice(value),
        List::Xai => vendors::xai(value),
    };
    read.filter(|model| !model.id.is_empty() && model.id.len() <= 512)
}

#[cfg(test)]
mod tests;
