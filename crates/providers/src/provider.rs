//! What a provider is, and the slice of all known ones from which configuration, schema and pages derive.

use wye_types::DialectId;

pub use crate::auth::Auth;
use crate::{FreeTier, Kind, ModelRule, Models, Proof, Quirks, Serves, Spoken};

mod ai21;
mod alibaba;
mod alibaba_cn;
mod anthropic;
mod arcee;
mod azure;
mod baseten;
mod bedrock;
mod berget;
mod cerebras;
mod chutes;
mod clarifai;
mod cloudflare;
mod cohere;
mod cortecs;
mod crusoe;
mod databricks;
mod deepinfra;
mod deepseek;
mod digitalocean;
mod doubleword;
mod featherless;
mod fireworks;
mod friendli;
mod gemini;
mod github;
mod glhf;
mod gmicloud;
mod groq;
mod helicone;
mod huggingface;
mod hyperbolic;
mod inception;
mod inference;
mod io_net;
mod jina;
mod kilo;
mod llama;
mod llamacpp;
mod llm7;
mod lmstudio;
mod longcat;
mod minimax;
mod mistral;
mod modelscope;
mod monsterapi;
mod moonshot;
mod moonshot_cn;
mod morph;
mod nano_gpt;
mod nebius;
mod nova;
mod novita;
mod nscale;
mod nvidia;
mod ollama;
mod ollama_cloud;
mod openai;
mod opencode;
mod openrouter;
mod ovhcloud;
mod perplexity;
mod poe;
mod pollinations;
mod poolside;
mod reka;
mod requesty;
mod sambanova;
mod sarvam;
mod scaleway;
mod sealion;
mod siliconflow;
mod siliconflow_cn;
mod snowflake;
mod stackit;
mod stepfun;
mod synthetic;
mod thaillm;
mod tinfoil;
mod together;
mod typhoon;
mod upstage;
mod venice;
mod vercel;
mod vertex;
mod vllm;
mod volcengine;
mod voyage;
mod vultr;
mod wandb;
mod xai;
mod xiaomi;
mod zai;
mod zenmux;
mod zhipu;

/// Every known provider, sorted by id.
pub const PROVIDERS: &[&Provider] = &[
    &ai21::PROVIDER,
    &alibaba::PROVIDER,
    &alibaba_cn::PROVIDER,
    &anthropic::PROVIDER,
    &arcee::PROVIDER,
    &azure::PROVIDER,
    &baseten::PROVIDER,
    &bedrock::PROVIDER,
    &berget::PROVIDER,
    &cerebras::PROVIDER,
    &chutes::PROVIDER,
    &clarifai::PROVIDER,
    &cloudflare::PROVIDER,
    &cohere::PROVIDER,
    &cortecs::PROVIDER,
    &crusoe::PROVIDER,
    &databricks::PROVIDER,
    &deepinfra::PROVIDER,
    &deepseek::PROVIDER,
    &digitalocean::PROVIDER,
    &doubleword::PROVIDER,
    &featherless::PROVIDER,
    &fireworks::PROVIDER,
    &friendli::PROVIDER,
    &gemini::PROVIDER,
    &github::PROVIDER,
    &glhf::PROVIDER,
    &gmicloud::PROVIDER,
    &groq::PROVIDER,
    &helicone::PROVIDER,
    &huggingface::PROVIDER,
    &hyperbolic::PROVIDER,
    &inception::PROVIDER,
    &inference::PROVIDER,
    &io_net::PROVIDER,
    &jina::PROVIDER,
    &kilo::PROVIDER,
    &llama::PROVIDER,
    &llamacpp::PROVIDER,
    &llm7::PROVIDER,
    &lmstudio::PROVIDER,
    &longcat::PROVIDER,
    &minimax::PROVIDER,
    &mistral::PROVIDER,
    &modelscope::PROVIDER,
    &monsterapi::PROVIDER,
    &moonshot::PROVIDER,
    &moonshot_cn::PROVIDER,
    &morph::PROVIDER,
    &nano_gpt::PROVIDER,
    &nebius::PROVIDER,
    &nova::PROVIDER,
    &novita::PROVIDER,
    &nscale::PROVIDER,
    &nvidia::PROVIDER,
    &ollama::PROVIDER,
    &ollama_cloud::PROVIDER,
    &openai::PROVIDER,
    &opencode::PROVIDER,
    &openrouter::PROVIDER,
    &ovhcloud::PROVIDER,
    &perplexity::PROVIDER,
    &poe::PROVIDER,
    &pollinations::PROVIDER,
    &poolside::PROVIDER,
    &reka::PROVIDER,
    &requesty::PROVIDER,
    &sambanova::PROVIDER,
    &sarvam::PROVIDER,
    &scaleway::PROVIDER,
    &sealion::PROVIDER,
    &siliconflow::PROVIDER,
    &siliconflow_cn::PROVIDER,
    &snowflake::PROVIDER,
    &stackit::PROVIDER,
    &stepfun::PROVIDER,
    &synthetic::PROVIDER,
    &thaillm::PROVIDER,
    &tinfoil::PROVIDER,
    &together::PROVIDER,
    &typhoon::PROVIDER,
    &upstage::PROVIDER,
    &venice::PROVIDER,
    &vercel::PROVIDER,
    &vertex::PROVIDER,
    &vllm::PROVIDER,
    &volcengine::PROVIDER,
    &voyage::PROVIDER,
    &vultr::PROVIDER,
    &wandb::PROVIDER,
    &xai::PROVIDER,
    &xiaomi::PROVIDER,
    &zai::PROVIDER,
    &zenmux::PROVIDER,
    &zhipu::PROVIDER,
];

/// An endpoint that speaks a dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// The id in configuration and in `provider/model`.
    pub id: &'static str,
    /// The name people know it by.
    pub title: &'static str,
    /// Other ids under which registries and other gateways know it.
    pub aliases: &'static [&'static str],
    /// The wire format it speaks, or the main one of several: what clients of other dialects are translated to.
    pub dialect: DialectId,
    /// Other wire formats it speaks; their clients are served without translation.
    pub also: &'static [Spoken],
    /// Models that it serves in one dialect only.
    pub rules: &'static [ModelRule],
    /// Where it lives; [`crate::endpoint()`] puts the call's path behind it, [`Provider::placed`] fills in `{ONE|OTHER}`.
    pub base_url: &'static str,
    /// Environment variables in which its SDKs look for a key; the first that is set counts. `file:NAME`: the key is the
    /// file that the variable names; `ONE:OTHER:THIRD`: the key is what they hold together, of which the third may be
    /// absent.
    pub key_env: &'static [&'static str],
    /// The environment variable in which its SDKs look for another address.
    pub base_url_env: Option<&'static str>,
    /// How the key is sent.
    pub auth: Auth,
    /// Headers that every call carries.
    pub headers: &'static [(&'static str, &'static str)],
    /// How its flavour of the dialect differs.
    pub quirks: Quirks,
    /// Whether it serves chat; otherwise its dialect says nothing.
    pub chats: bool,
    /// What it serves besides chat.
    pub serves: &'static [Serves],
    /// Where the names of its models come from.
    pub models: Models,
    /// What its vendor gives away. `None`: nothing that is known.
    pub free: Option<FreeTier>,
    /// Whether it runs on hardware of the user's own, so that its calls cost nothing.
    pub own: bool,
    /// Whether it runs on the user's own machine, needs no key and is found by asking its address.
    pub local: bool,
    /// The vendor's page on which its keys are made. `None`: it needs none, or nobody is sure.
    pub key_url: Option<&'static str>,
    /// Where its interface is documented.
    pub docs: &'static str,
}

/// How calls of the one service that wants Amazon's signature are made.
pub const SIGNED: Auth = bedrock::PROVIDER.auth;

/// Headers that every call in a dialect carries, whoever the provider is.
#[must_use]
pub const fn dialect_headers(dialect: DialectId) -> &'static [(&'static str, &'static str)] {
    match dialect {
        // Without a version the vendor refuses; this is the only one that ever became current.
        DialectId::AnthropicMessages => &[("anthropic-version", "2023-06-01")],
        _ => &[],
    }
}

impl Provider {
    /// A provider that speaks OpenAI's dialect, with a bearer key and no quirks.
    #[must_use]
    pub const fn openai_compatible(
        id: &'static str,
        base_url: &'static str,
        key_env: &'static [&'static str],
    ) -> Self {
        Self {
            id,
            title: id,
            aliases: &[],
            dialect: DialectId::OpenAiChat,
            also: &[],
            rules: &[],
            base_url,
            key_env,
            base_url_env: None,
            auth: Auth::Bearer,
            headers: &[],
            quirks: Quirks::NONE,
            chats: true,
            serves: &[],
            models: Models::OPENAI,
            free: None,
            own: false,
            local: false,
            key_url: None,
            docs: "",
        }
    }

    /// How it serves a thing besides chat. `None`: not at all, as far as is known.
    #[must_use]
    pub fn serving(&self, kind: Kind) -> Option<&'static Serves> {
        self.serves.iter().find(|serves| serves.kind == kind)
    }

    /// Where its key may stand in the environment, for people.
    #[must_use]
    pub fn key_words(&self) -> Vec<String> {
        let words = |name: &&str| match name.strip_prefix("file:") {
            Some(name) => format!("{name} (a file)"),
            None => name.split(':').take(2).collect::<Vec<_>>().join(" with "),
        };
        self.key_env.iter().map(words).collect()
    }

    /// Why a call of a model costs nothing. `None`: it may cost something.
    #[must_use]
    pub fn costs_nothing(&self, model: &str) -> Option<Proof> {
        if self.own { Some(Proof::Local) } else { self.free.as_ref()?.proof(model) }
    }

    /// The address of its list of models. `base_url` is the configured one.
    #[must_use]
    pub fn models_url(&self, base_url: &str) -> Option<String> {
        self.models.url(self.base_url, base_url)
    }

    /// [`Provider::base_url`] with each `{NAME}` replaced by what the environment holds; of several names the first that is set.
    ///
    /// # Errors
    /// The names of which none is set, as they stand in the address.
    pub fn placed(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<String, &'static str> {
        let mut out = String::new();
        let mut rest = self.base_url;
        while let Some((before, names, after)) = place(rest) {
            let value = names.split('|').find_map(env).filter(|value| is_label(value)).ok_or(names)?;
            out.push_str(before);
            out.push_str(&value);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Reads an address as SDKs write it into [`Provider::base_url_env`]: it may lack the scheme, the port and the
    /// path, which are then those of [`Provider::base_url`]; an address to listen on becomes one to call.
    #[must_use]
    pub fn base_url_from(&self, address: &str) -> String {
        let address = address.trim().trim_end_matches('/');
        let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
        let (own_scheme, own_rest) = self.base_url.split_once("://").unwrap_or(("https", self.base_url));
        let (own_host, own_path) = split_path(own_rest);
        let (host, path) = split_path(rest);
        let mut host = match host.strip_prefix("0.0.0.0").or_else(|| host.strip_prefix("[::]")) {
            Some(port) => format!("127.0.0.1{port}"),
            None => host.to_owned(),
        };
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if scheme.is_empty()
            && !has_port
            && let Some((_, port)) = own_host.rsplit_once(':')
        {
            host = format!("{host}:{port}");
        }
        let scheme = if scheme.is_empty() { own_scheme } else { scheme };
        let path = if path.is_empty() { own_path } else { path };
        format!("{scheme}://{host}{path}")
    }
}

/// The first `{NAME}` of an address that names a variable, and what stands before and after it.
fn place(url: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = url.split_once('{')?;
    let (names, after) = rest.split_once('}')?;
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'|';
    (!names.is_empty() && names.bytes().all(upper)).then_some((before, names, after))
}

/// The names in an address that no variable has filled in yet, as in `AZURE_RESOURCE_NAME`.
#[must_use]
pub fn unplaced(url: &str) -> Option<&str> {
    place(url).map(|(_, names, _)| names)
}

/// Whether a text may stand in an address without changing where it leads.
fn is_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn split_path(rest: &str) -> (&str, &str) {
    rest.find('/').map_or((rest, ""), |at| rest.split_at(at))
}

/// The known provider of this id, or of the id under which a registry or another gateway knows it.
#[must_use]
pub fn find_by_any(name: &str) -> Option<&'static Provider> {
    find(name).or_else(|| PROVIDERS.iter().find(|p| p.aliases.contains(&name)).copied())
}

/// The known provider of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|p| p.id == id).copied()
}
