//! Keys of what is remembered of requests, and of who may reach the gateway.

use super::{Key, Kind, WAIT, key};

fn keep_bodies() -> Vec<&'static str> {
    vec!["off", "errors", "all"]
}

fn on_or_off() -> Vec<&'static str> {
    vec!["on", "off"]
}

const SAMPLED: &[Key] = &[key(
    "sampled",
    Kind::Share,
    None,
    "The share of requests, from 0 to 1, whose bodies are kept; those that did not end well are kept all.",
)];

pub(super) const LOG: &[Key] = &[
    key(
        "stdout",
        Kind::Flag,
        Some("false"),
        "Whether each request is also written to standard output as a line of JSON. Needs a restart.",
    ),
    key(
        "bodies",
        Kind::Either(&Kind::Word(keep_bodies), SAMPLED),
        Some("\"off\""),
        "Of which requests the bodies are kept: off, errors, all, or { sampled: 0.1 }.",
    ),
    key("body_limit", Kind::Size, Some("\"256KiB\""), "Most bytes of each body, before compression."),
    key(
        "redact_fields",
        Kind::List(&Kind::Text),
        Some("[]"),
        "Fields of bodies, by name, whose values are never kept.",
    ),
    key(
        "redact_patterns",
        Kind::List(&Kind::Pattern),
        Some("[]"),
        "Regular expressions of what is blotted out in bodies, besides what looks like a credential.",
    ),
    key("keep", WAIT, Some("\"30d\""), "How long requests are remembered."),
    key("keep_bodies", WAIT, Some("\"7d\""), "How long bodies are."),
    key(
        "keep_bodies_bytes",
        Kind::Size,
        Some("\"4GiB\""),
        "Most bytes of bodies that are kept; the oldest go first.",
    ),
    key(
        "keep_minutes",
        WAIT,
        Some("\"3d\""),
        "How long the sums per minute are remembered. Those per hour are kept ten times, those per day a hundred times \
         as long.",
    ),
    key(
        "keep_audit",
        WAIT,
        Some("\"365d\""),
        "How long the audit log remembers who changed what and who logged in.",
    ),
];

pub(super) const RESPONSES: &[Key] = &[
    key(
        "store",
        Kind::Word(on_or_off),
        Some("\"on\""),
        "Whether answers at /v1/responses are kept unless a request says `store: false`, so that later ones can go on from \
         them by previous_response_id: on or off.",
    ),
    key("keep", WAIT, Some("\"30d\""), "How long they are kept."),
    key("keep_bytes", Kind::Size, Some("\"4GiB\""), "Most bytes of them, compressed; the oldest go first."),
];

pub(super) const ACCESS: &[Key] = &[
    key(
        "allow_open",
        Kind::Flag,
        Some("false"),
        "Whether everybody who can reach it may use it without a key, even from other machines.",
    ),
    key(
        "cors_origins",
        Kind::List(&Kind::Origin),
        Some("[]"),
        "Web origins, such as https://app.example, whose pages may call it; * for any. Empty: none.",
    ),
    key(
        "trusted_proxies",
        Kind::List(&Kind::Net),
        Some("[]"),
        "Proxies whose X-Forwarded-For is believed: addresses or ranges such as 10.0.0.0/8.",
    ),
    key(
        "admin_listen",
        Kind::Address,
        None,
        "An address of its own for the admin API and the console; else they are served where clients are. Needs a \
         restart.",
    ),
    key(
        "header_timeout",
        WAIT,
        Some("\"30s\""),
        "How long the head of a request may take to arrive. Needs a restart.",
    ),
];
