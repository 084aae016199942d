//! Keys of what a route says beside its strategy. Numbers whose source is not named are our own.

use super::{Key, Kind, WAIT, key};

fn modes() -> Vec<&'static str> {
    vec!["adaptive", "race"]
}

fn affinities() -> Vec<&'static str> {
    vec!["auto", "off", "header", "prompt"]
}

pub(super) const FILTER: Key = key(
    "filter",
    Kind::Table(FILTERS),
    Some("{}"),
    "Which targets are not asked at all. What the request brings that they cannot take keeps them out anyway.",
);

/// A million tokens at a pico-dollar each are a micro-dollar.
const PER_MILLION: Kind = Kind::Dollars { decimals: 6, max: 1_000_000 };

const FILTERS: &[Key] = &[
    key(
        "context_margin",
        Kind::Number { min: 1, max: 10 },
        Some("1.1"),
        "How many times the tokens that a request is thought to need must fit into a target's context.",
    ),
    key("free_only", Kind::Flag, Some("false"), "Whether only what is proved to cost nothing is asked."),
    key(
        "max_latency",
        WAIT,
        None,
        "Targets whose first content usually takes longer are not asked. Those that nobody has asked yet are.",
    ),
    key(
        "max_price",
        Kind::Table(PRICES),
        Some("{}"),
        "Targets that cost more are not asked, nor are those whose price nobody knows.",
    ),
];

const PRICES: &[Key] = &[
    key("input", PER_MILLION, None, "Dollars per million tokens of a prompt."),
    key("output", PER_MILLION, None, "Dollars per million tokens of an answer."),
];

pub(super) const HEDGE: Key = key(
    "hedge",
    Kind::Table(HEDGES),
    Some("{}"),
    "Whether several targets are asked for one request, each of another provider, of which the first to answer counts. Not \
     where tools may already have acted. wye/auto and wye/fast have two contenders.",
);

const HEDGES: &[Key] = &[
    key(
        "contenders",
        Kind::Whole { min: 1, max: 3 },
        Some("1"),
        "How many run at most. 1: none beside the first. SMLGateway has 3.",
    ),
    key(
        "mode",
        Kind::Word(modes),
        Some("\"adaptive\""),
        "adaptive: the next starts when those that run are later than they usually are; race: all start at once.",
    ),
    key(
        "budget",
        Kind::Share,
        Some("0.05"),
        "Under adaptive: the most calls beside the first, as a share of the requests, in number and in money.",
    ),
    key(
        "percentile",
        Kind::Whole { min: 50, max: 99 },
        Some("97"),
        "Under adaptive: a target is late when so many of a hundred of its answers began sooner, and after four times its \
         middle one at the latest; while little of the budget is left, not before that.",
    ),
];

pub(super) const AFFINITY: Key = key(
    "affinity",
    Kind::Table(AFFINITIES),
    Some("{}"),
    "Whether the requests of a session stay with who served it, which spares what its provider has cached. Strategies that \
     keep to a list (ordered) do so anyway.",
);

const AFFINITIES: &[Key] = &[
    key(
        "by",
        Kind::Word(affinities),
        Some("\"auto\""),
        "How a session is known: by its header (header), by how its prompt begins (prompt), by the one or else the other \
         (auto), or not at all (off). Always within one client key.",
    ),
    key("idle", WAIT, Some("\"10m\""), "How long a session that says nothing is remembered."),
    key(
        "switch_cost",
        Kind::Share,
        Some("0.5"),
        "How much better another target must be for a session to leave its own, as a share of the distance between the best \
         and the worst score. 1: only a failure makes it leave; 0: it does not stay.",
    ),
];

pub(super) const PROFILE: Key = key(
    "profile",
    Kind::Table(PROFILES),
    Some("{}"),
    "What you know better about what requests of this route are about, for strategies that go by that (school, learned, \
     strongest, cheapest with a tolerance, rules with a category).",
);

const PROFILES: &[Key] = &[
    key(
        "words",
        Kind::Table(WORDS),
        Some("{}"),
        "By category, words that say that a request is about it if they stand in the newest text of the user.",
    ),
    key(
        "min_difficulty",
        Kind::Share,
        Some("0"),
        "No request is thought to be easier than this, from 0 to 1.",
    ),
];

/// One for each category; a test compares them.
const WORDS: &[Key] = &[
    about("code"),
    about("thai"),
    about("tools"),
    about("vision"),
    about("math"),
    about("reasoning"),
    about("extraction"),
    about("classification"),
    about("comprehension"),
    about("instruction"),
    about("json"),
    about("safety"),
    about("creative"),
    about("translation"),
    about("knowledge"),
    about("general"),
];

const fn about(category: &'static str) -> Key {
    key(category, Kind::List(&Kind::Name), Some("[]"), "Words, which are found as words and in any case.")
}

pub(super) const MIRROR: Key = key(
    "mirror",
    Kind::Table(MIRRORS),
    None,
    "Sends a share of the requests to one more target. What it answers is recorded and never returned; you pay for it.",
);

const MIRRORS: &[Key] = &[
    key("target", Kind::Text, None, "Who is sent them: provider/model, or the name of a route."),
    key("share", Kind::Share, Some("0.1"), "The share of requests, from 0 to 1."),
];

pub(super) const VALIDATE: Key = key(
    "validate",
    Kind::Table(VALIDATES),
    Some("{}"),
    "What of an answer is looked at before the client gets any of it; so much of it is held back. What does not pass leads \
     to the next target. Empty answers are a matter of retry.empty.",
);

const VALIDATES: &[Key] = &[
    key("refusal", Kind::Flag, Some("false"), "It refuses what others would answer."),
    key(
        "tool_text",
        Kind::Flag,
        Some("false"),
        "It writes the call of a tool as text. What can be read as one is made one.",
    ),
    key(
        "json",
        Kind::Flag,
        Some("false"),
        "It is not the JSON, or not of the schema, that the request asks for.",
    ),
    key("language", Kind::Flag, Some("false"), "It is in another script than the request."),
];

pub(super) const VERIFY: Key = key(
    "verify",
    Kind::Flag,
    Some("false"),
    "Whether prompts whose answers can be compared (numbers, choices, JSON, short facts) are answered by the two cheapest \
     targets of two providers first; where these differ, the strategy counts.",
);

pub(super) const CONTINUE_STREAMS: Key = key(
    "continue_streams",
    Kind::Flag,
    Some("false"),
    "Whether a stream that breaks after content goes on from another target, with the text so far and a mark in it. Never \
     with tools, signatures or a schema under way.",
);

pub(super) const FLEET: &[Key] = &[key(
    "fading",
    Kind::Number { min: 0, max: 1000 },
    Some("0.05"),
    "By how many points a minute a deployment's failure score fades; a 429 adds 10 points. SmartRoute's decay_rate.",
)];
