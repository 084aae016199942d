//! Pollinations: OpenAI chat and images for anybody, without a key. Only used where configured.

use super::{Auth, Provider};
use crate::free::{Free, FreeTier, SMLGATEWAY};
use crate::models::{List, Unit};
use crate::{Kind, Models, Serves, Shape};

/// <https://github.com/pollinations/pollinations/blob/main/APIDOCS.md>.
const SERVES: &[Serves] =
    &[Serves::at(Kind::Images, "https://image.pollinations.ai/prompt", Shape::Pollinations)];

const FREE: FreeTier = FreeTier { of: Free::Plan, terms: "", limits: &[], source: SMLGATEWAY };

/// Pollinations. Address, list and images: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "Pollinations",
    auth: Auth::None,
    serves: SERVES,
    models: Models::open("/../models", List::Common(Unit::None)),
    free: Some(FREE),
    docs: "https://github.com/pollinations/pollinations/blob/main/APIDOCS.md",
    ..Provider::openai_compatible("pollinations", "https://text.pollinations.ai/openai", &[])
};
