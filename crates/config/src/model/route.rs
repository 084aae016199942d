//! Routes as they are written: a tree whose leaves are deployments and descriptions of some, because what a description
//! means is only known beside the catalogue, and what a route in a route means depends on both strategies.

use std::fmt;
use std::time::Duration;

use wye_routing::selector::{Selector, SelectorError};
use wye_types::DeploymentId;

use super::{
    AffinityConfig, Defaults, DescribeConfig, FilterConfig, HedgeConfig, MirrorConfig, OnLoss, ProfileConfig,
    Retry, Shape, Strategy, Timeouts, ValidateConfig,
};

/// A name a client may send as `model`, and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteConfig {
    /// The name.
    pub name: String,
    /// How its targets are ordered.
    pub strategy: Strategy,
    /// What may answer, as it is written: never empty. Positions in the strategy's settings count along it.
    pub targets: Vec<RouteTarget>,
    /// When to try again, here or elsewhere.
    pub retry: Retry,
    /// How long each part of a call may take.
    pub timeouts: Timeouts,
    /// What happens when a target cannot be told everything.
    pub on_loss: OnLoss,
    /// How long a request may wait for a provider's quota; zero: not at all.
    pub wait: Duration,
    /// Who describes images for those of its targets that see none.
    pub describe: Option<DescribeConfig>,
    /// Which targets are not asked at all.
    pub filter: FilterConfig,
    /// Whether several targets are asked at once, so that a slow one does not keep the client waiting.
    pub hedge: HedgeConfig,
    /// Whether sessions stay with who served them.
    pub affinity: AffinityConfig,
    /// What is known of what its requests are about.
    pub profile: ProfileConfig,
    /// Who else is sent some of the requests, without being heard.
    pub mirror: Option<MirrorConfig>,
    /// What of an answer is looked at before the client gets any of it.
    pub validate: ValidateConfig,
    /// Whether prompts whose answers can be compared are answered by two cheap targets first.
    pub verify: bool,
    /// Whether a stream that breaks after content goes on from another target.
    pub continue_streams: bool,
}

/// A target as a route has it.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteTarget {
    /// What may answer.
    pub what: TargetOf,
    /// A share of the requests under `weighted` (1 where nothing is said); what the operator thinks of it, from 0 to 1,
    /// where scores are weighed (0.5 where nothing is said).
    pub weight: Option<f64>,
    /// How requests to it are shaped.
    pub shape: Shape,
    /// Its context window in tokens, where the route or the provider's models say so.
    pub context: Option<u64>,
}

impl RouteTarget {
    /// A target of which nothing more is said.
    #[must_use]
    pub fn new(what: TargetOf) -> Self {
        Self { what, weight: None, shape: Shape::default(), context: None }
    }
}

/// What a target is.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetOf {
    /// `provider/model`; the provider is there.
    Deployment(DeploymentId),
    /// Another route, the operator's or one of the gateway's own; it is there, and leads nowhere back.
    Route(String),
    /// All deployments of the fleet that are as described, which may be none.
    Selector(Selection),
}

impl fmt::Display for TargetOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployment(deployment) => deployment.fmt(f),
            Self::Route(name) => f.write_str(name),
            Self::Selector(selection) => f.write_str(&selection.text),
        }
    }
}

/// A description of deployments, and how it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// As it was written, for explanations.
    pub text: String,
    /// What it means.
    pub selector: Selector,
}

impl Selection {
    /// What stands for the whole fleet.
    pub const ALL: &str = "*";

    /// Reads a description; [`Selection::ALL`] describes everything.
    ///
    /// # Errors
    /// The first term that cannot be read, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let selector = if text.trim() == Self::ALL { Selector::default() } else { Selector::parse(text)? };
        Ok(Self { text: text.to_owned(), selector })
    }

    /// The whole fleet.
    #[must_use]
    pub fn all() -> Self {
        Self { text: Self::ALL.to_owned(), selector: Selector::default() }
    }
}

/// A deployment in a route, with all that the routes on the way to it say of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// What is called.
    pub deployment: DeploymentId,
    /// How requests to it are shaped.
    pub shape: Shape,
    /// Its context window in tokens, where known; a prompt too long for one target goes to a larger one.
    pub context: Option<u64>,
}

impl RouteConfig {
    /// A route of which nothing more is said than the defaults do.
    #[must_use]
    pub fn new(name: &str, strategy: Strategy, targets: Vec<RouteTarget>, defaults: &Defaults) -> Self {
        Self {
            name: name.to_owned(),
            strategy,
            targets,
            retry: defaults.retry.clone(),
            timeouts: defaults.timeouts,
            on_loss: defaults.on_loss,
            wait: defaults.wait,
            describe: None,
            filter: FilterConfig::default(),
            hedge: HedgeConfig::default(),
            affinity: AffinityConfig::default(),
            profile: ProfileConfig::default(),
            mirror: None,
            validate: ValidateConfig::default(),
            verify: false,
            continue_streams: false,
        }
    }
}
