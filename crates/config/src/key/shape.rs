//! Keys that say how requests are shaped: of providers, their models, and targets of routes.

use super::{Key, Kind, key};

fn when_unsupported() -> Vec<&'static str> {
    vec!["drop", "refuse"]
}

pub(super) const DEFAULT_PARAMS: Key = key(
    "default_params",
    Kind::Free,
    Some("{}"),
    "Fields of the body that are set where the request does not have them, nor anything nearer to it (route, then model, \
     then provider). OpenAI's names for sampling stand for their like in every dialect; others are sent as they are \
     written, with a dot before a field inside another.",
);
pub(super) const FORCED_PARAMS: Key = key(
    "forced_params",
    Kind::Free,
    Some("{}"),
    "Fields of the body that are set whatever the request says; null leaves one out.",
);
pub(super) const DROP_PARAMS: Key = key(
    "drop_params",
    Kind::List(&Kind::Text),
    Some("[]"),
    "Fields of the body that are left out whatever the request says, without a warning.",
);
pub(super) const UNSUPPORTED_PARAMS: Key = key(
    "unsupported_params",
    Kind::List(&Kind::Text),
    Some("[]"),
    "Fields of the body that are not taken there, besides those that Wye knows of.",
);
pub(super) const ON_UNSUPPORTED: Key = key(
    "on_unsupported",
    Kind::Word(when_unsupported),
    None,
    "What becomes of a request that has something which is not taken there: drop it with a warning (as where nothing is \
     said), or refuse, so that another target is tried. Where it is said, that includes what the catalogue says the model \
     lacks: temperature, tools, reasoning.",
);
pub(super) const MAX_OUTPUT: Key = key(
    "max_output",
    Kind::Table(LIMIT),
    Some("{}"),
    "What is done about the limit of tokens in an answer; nothing if this is absent.",
);
pub(super) const SYSTEM: Key = key(
    "system",
    Kind::Table(PROMPT),
    Some("{}"),
    "Instructions that are put into requests, in every dialect where it keeps them. What already stands there is not \
     said again.",
);
pub(super) const INLINE_IMAGES: Key = key(
    "inline_images",
    Kind::Flag,
    None,
    "Whether images that a request names by an address are fetched and sent with it, within what is set under images.",
);

pub(super) const VISION: Key = key(
    "vision",
    Kind::Flag,
    None,
    "Whether the model sees images; as the catalogue says where nothing is said. Where a route has images described, they \
     are described for models that do not.",
);
pub(super) const AUDIO: Key =
    able("audio", "Whether the model hears; as the catalogue says where nothing is said.");
pub(super) const TOOLS: Key = able(
    "tools",
    "Whether the model takes tools; as the catalogue says where nothing is said. Requests with tools go to those that do not \
     only where there are no others.",
);
pub(super) const JSON: Key =
    able("json", "Whether the model keeps to a JSON schema; as the catalogue says where nothing is said.");
pub(super) const REASONING: Key = able(
    "reasoning",
    "Whether the model thinks before it answers; as the catalogue says where nothing is said.",
);

const fn able(name: &'static str, about: &'static str) -> Key {
    key(name, Kind::Flag, None, about)
}

pub(super) const DESCRIBE_IMAGES: Key = key(
    "describe_images",
    Kind::Table(DESCRIBE),
    None,
    "Has images described in words for targets that see none, by models that do. The client's budget pays.",
);

const DESCRIBE: &[Key] = &[
    key(
        "with",
        Kind::List(&Kind::Text),
        None,
        "Who describes: provider/model. The next is asked where one fails.",
    ),
    key(
        "ttl",
        Kind::Wait { zero: false },
        Some("\"24h\""),
        "How long a description is used again for the same image.",
    ),
    key("prompt", Kind::Text, None, "What the describers are asked, instead of the usual."),
];

const TOKENS: Kind = Kind::Whole { min: 1, max: 1_000_000_000 };

const LIMIT: &[Key] = &[
    key("default", TOKENS, None, "Tokens that are allowed where the request says nothing."),
    key("cap", TOKENS, None, "The most tokens that a request may allow; more are lowered to it."),
];

const PROMPT: &[Key] = &[
    key("prepend", Kind::Text, None, "Stands before the request's own."),
    key("append", Kind::Text, None, "Stands behind the request's own."),
    key("replace", Kind::Text, None, "Stands instead of the request's own; instead of prepend and append."),
];

pub(super) const IMAGES: &[Key] = &[
    key(
        "allow",
        Kind::List(&Kind::Text),
        Some("[]"),
        "Hosts (media.corp, *.corp) and networks (10.1.0.0/16) that images may be fetched from although they are not on \
         the public internet. Nothing of a client's or the gateway's is sent along.",
    ),
    key("most_bytes", Kind::Size, Some("\"20MB\""), "The largest image that is fetched."),
    key("timeout", Kind::Wait { zero: false }, Some("\"15s\""), "How long one may take, redirects included."),
    key(
        "at_once",
        Kind::Whole { min: 1, max: 1000 },
        Some("8"),
        "How many are fetched at once, by all requests together.",
    ),
];
