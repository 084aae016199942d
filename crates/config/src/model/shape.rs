//! How requests are shaped: what a provider, a model or a route's target says of it, and how images are fetched.

use std::time::Duration;

use ipnet::IpNet;
use wye_types::{DeploymentId, Map};

use super::OnLoss;

/// How requests are shaped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    /// Fields that are set where the request does not have them, nor anything nearer to it.
    pub default_params: Map,
    /// Fields that are set whatever the request says; `null` leaves one out.
    pub forced_params: Map,
    /// Fields that are left out whatever the request says.
    pub drop_params: Vec<String>,
    /// Fields that are not taken there.
    pub unsupported_params: Vec<String>,
    /// What becomes of a request that has one; `None` where nothing is said.
    pub on_unsupported: Option<OnLoss>,
    /// What is done about the output limit.
    pub max_output: MaxOutput,
    /// Instructions that are put in.
    pub system: SystemPrompt,
    /// Whether images that are named by an address are fetched; `None` where nothing is said.
    pub inline_images: Option<bool>,
    /// What the model can do.
    pub able: Able,
}

/// What a model can do, by its operator's word; `None` where nothing is said: then the catalogue's word counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Able {
    /// Whether it sees images.
    pub vision: Option<bool>,
    /// Whether it hears.
    pub audio: Option<bool>,
    /// Whether it takes tools.
    pub tools: Option<bool>,
    /// Whether it keeps to a JSON schema.
    pub json: Option<bool>,
    /// Whether it thinks before it answers.
    pub reasoning: Option<bool>,
}

impl Able {
    fn over(self, inner: Self) -> Self {
        Self {
            vision: self.vision.or(inner.vision),
            audio: self.audio.or(inner.audio),
            tools: self.tools.or(inner.tools),
            json: self.json.or(inner.json),
            reasoning: self.reasoning.or(inner.reasoning),
        }
    }
}

/// Who describes images for targets that see none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeConfig {
    /// The describers, in their order; never empty.
    pub with: Vec<DeploymentId>,
    /// How long a description holds.
    pub ttl: Duration,
    /// What they are asked; `None`: the usual.
    pub prompt: Option<String>,
}

/// What is done about the output limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MaxOutput {
    /// Tokens that are allowed where the request says nothing.
    pub default: Option<u64>,
    /// The most tokens that a request may allow.
    pub cap: Option<u64>,
}

/// Instructions that are put into requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemPrompt {
    /// Stand before the request's own.
    pub prepend: Option<String>,
    /// Stand behind the request's own.
    pub append: Option<String>,
    /// Stand instead of the request's own.
    pub replace: Option<String>,
}

/// How images are fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagesConfig {
    /// Hosts by name that may be asked although they are not public; `*.` before one stands for those below it.
    pub hosts: Vec<String>,
    /// Networks that may be.
    pub nets: Vec<IpNet>,
    /// The largest image, in bytes.
    pub most_bytes: u64,
    /// How long one may take, redirects included.
    pub timeout: Duration,
    /// How many are fetched at once, by all requests together.
    pub at_once: usize,
}

impl Default for ImagesConfig {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            nets: Vec::new(),
            most_bytes: 20_000_000,
            timeout: Duration::from_secs(15),
            at_once: 8,
        }
    }
}

impl Shape {
    /// This of a route, laid over that of a route in it: who uses a route knows better than the route what this use needs.
    #[must_use]
    pub fn over(&self, inner: &Self) -> Self {
        let both = |outer: &Map, inner: &Map| {
            let mut all = inner.clone();
            all.extend(outer.clone());
            all
        };
        let each = |outer: &[String], inner: &[String]| {
            let mut all = outer.to_vec();
            all.extend(inner.iter().filter(|name| !outer.contains(name)).cloned());
            all
        };
        let system = if self.system == SystemPrompt::default() { &inner.system } else { &self.system };
        Self {
            default_params: both(&self.default_params, &inner.default_params),
            forced_params: both(&self.forced_params, &inner.forced_params),
            drop_params: each(&self.drop_params, &inner.drop_params),
            unsupported_params: each(&self.unsupported_params, &inner.unsupported_params),
            on_unsupported: self.on_unsupported.or(inner.on_unsupported),
            max_output: MaxOutput {
                default: self.max_output.default.or(inner.max_output.default),
                cap: self.max_output.cap.or(inner.max_output.cap),
            },
            system: system.clone(),
            inline_images: self.inline_images.or(inner.inline_images),
            able: self.able.over(inner.able),
        }
    }
}
