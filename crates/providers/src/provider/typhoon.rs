//! Typhoon: OpenAI chat of Thai models.

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, Source};
use crate::{Kind, Serves};

/// <https://docs.opentyphoon.ai/en/api-reference>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Transcriptions)];

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "",
    limits: &[
        KnownLimit::requests(5, Per::Second).of(&["typhoon-v2*"]),
        KnownLimit::requests(200, Per::Minute).of(&["typhoon-v2*"]),
        KnownLimit::requests(20, Per::Minute).of(&["typhoon-ocr"]),
        KnownLimit::requests(100, Per::Minute).of(&["typhoon-asr*"]),
    ],
    source: Source::new("https://docs.opentyphoon.ai/en/rate-limits", "2026-05-03"),
};

/// Typhoon. Address and limits: its documentation.
pub(super) const PROVIDER: Provider = Provider {
    title: "Typhoon",
    serves: SERVES,
    free: Some(FREE),
    key_url: Some("https://playground.opentyphoon.ai/api-key"),
    docs: "https://docs.opentyphoon.ai/en/api-reference",
    ..Provider::openai_compatible(
        "typhoon",
        "https://api.opentyphoon.ai/v1",
        &["TYPHOON_API_KEY", "OPENTYPHOON_API_KEY"],
    )
};
