//! Keys of routes and of what holds for those that say nothing.

use super::shape::{
    AUDIO, DEFAULT_PARAMS, DESCRIBE_IMAGES, DROP_PARAMS, INLINE_IMAGES, JSON, MAX_OUTPUT, ON_UNSUPPORTED,
    REASONING, SYSTEM, TOOLS, UNSUPPORTED_PARAMS, VISION,
};
use super::strategy::{CHEAPEST, CONSENSUS, JUDGE, RULES, SCHOOL, STRATEGY, VERIFIED, WEIGHTS, WORTH};
use super::way::{AFFINITY, CONTINUE_STREAMS, FILTER, HEDGE, MIRROR, PROFILE, VALIDATE, VERIFY};
use super::{Key, Kind, WAIT, key};

fn losses() -> Vec<&'static str> {
    vec!["drop", "refuse"]
}

// What a route says of itself, and the defaults say for all that are silent.
const RETRY_KEY: Key = key(
    "retry",
    Kind::Table(RETRY),
    Some("{}"),
    "When to try again, on the next target or in the next round.",
);
const TIMEOUTS_KEY: Key =
    key("timeouts", Kind::Table(TIMEOUTS), Some("{}"), "How long each part of a call may take.");
const ON_LOSS_KEY: Key = key(
    "on_loss",
    Kind::Word(losses),
    Some("\"drop\""),
    "What happens when a target cannot be told everything: drop the rest with a warning, or refuse.",
);
const WAIT_KEY: Key = key(
    "wait",
    Kind::Wait { zero: true },
    Some("\"5s\""),
    "How long a request may wait for a provider's quota where none of its targets has any left. 0s: not at all.",
);

pub(super) const ROUTE: &[Key] = &[
    STRATEGY,
    key(
        "targets",
        Kind::List(&Kind::Either(&Kind::Text, TARGET)),
        None,
        "What may answer: provider/model, the name of another route, a description such as free:true context>=32k, or * for \
         the whole fleet.",
    ),
    WEIGHTS,
    RULES,
    JUDGE,
    SCHOOL,
    CHEAPEST,
    WORTH,
    CONSENSUS,
    VERIFIED,
    RETRY_KEY,
    TIMEOUTS_KEY,
    ON_LOSS_KEY,
    WAIT_KEY,
    FILTER,
    HEDGE,
    AFFINITY,
    PROFILE,
    MIRROR,
    VALIDATE,
    VERIFY,
    CONTINUE_STREAMS,
    DESCRIBE_IMAGES,
];

pub(super) const DEFAULTS: &[Key] = &[RETRY_KEY, TIMEOUTS_KEY, ON_LOSS_KEY, WAIT_KEY];

const TARGET: &[Key] = &[
    key("deployment", Kind::Text, None, "provider/model."),
    key("route", Kind::Text, None, "The name of another route; instead of deployment."),
    key(
        "select",
        Kind::Text,
        None,
        "A description of deployments, instead of deployment: terms such as provider:groq, tools:true or context>=32k, which \
         must all hold; * for the whole fleet. What it picks is worked out at each reload, and may be nothing.",
    ),
    key(
        "weight",
        Kind::Number { min: 0, max: 1_000_000 },
        None,
        "Under weighted, its share of the requests beside the others' (1 where nothing is said); where scores are weighed, \
         what you think of it, from 0 to 1 (0.5 where nothing is said, as SmartRoute has it).",
    ),
    key(
        "params",
        Kind::Free,
        Some("{}"),
        "Fields of the body that are set for this target whatever the request says; null leaves one out.",
    ),
    DEFAULT_PARAMS,
    DROP_PARAMS,
    UNSUPPORTED_PARAMS,
    ON_UNSUPPORTED,
    MAX_OUTPUT,
    SYSTEM,
    INLINE_IMAGES,
    VISION,
    AUDIO,
    TOOLS,
    JSON,
    REASONING,
    key(
        "context",
        Kind::Whole { min: 1, max: 1_000_000_000 },
        None,
        "Its context window in tokens; a prompt too long for one target goes to a larger one.",
    ),
];

const RETRY: &[Key] = &[
    key(
        "statuses",
        Kind::List(&Kind::Whole { min: 400, max: 599 }),
        Some("[408,429,500,502,503,504,520,521,522,523,524,529]"),
        "HTTP statuses that lead to the next target, besides 401 to 404, which always do.",
    ),
    key(
        "keywords",
        Kind::List(&Kind::Text),
        Some("[]"),
        "Texts in an answer, in any case, that make it a failure.",
    ),
    key("empty", Kind::Flag, Some("true"), "Whether an answer without content is a failure."),
    key(
        "rounds",
        Kind::Whole { min: 1, max: 10 },
        Some("1"),
        "How often the list of targets is gone through.",
    ),
    key(
        "attempts",
        Kind::Whole { min: 1, max: 1000 },
        None,
        "The most calls for one request, over all rounds; as many as there are where nothing is said. A target that is passed \
         over costs none. SmartRoute's max_retries.",
    ),
    key(
        "backoff",
        Kind::Wait { zero: true },
        Some("\"250ms\""),
        "Wait before the second round; doubled for each further one.",
    ),
];

const TIMEOUTS: &[Key] = &[
    key("connect", WAIT, Some("\"5s\""), "To connect, TLS included."),
    key("first_content", WAIT, Some("\"20s\""), "From the call to the first content of a stream."),
    key("first_content_reasoning", WAIT, Some("\"2m\""), "The same where the request asks for reasoning."),
    key("idle", WAIT, Some("\"30s\""), "Between two pieces of content of a stream."),
    key("total", WAIT, Some("\"10m\""), "For the whole request, all attempts together."),
];
