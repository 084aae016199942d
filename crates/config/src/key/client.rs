//! Keys of client keys and teams.

use super::limit::{BUDGET, LIMITS};
use super::{Key, Kind, dialects, key};

/// The dialects, and what leads past them.
fn apis() -> Vec<&'static str> {
    let mut apis = dialects();
    apis.push("pass");
    apis
}

const APIS: Key = key(
    "apis",
    Kind::List(&Kind::Word(apis)),
    Some("[]"),
    "The APIs that may be called, by dialect; pass for /pass/PROVIDER/…. Empty: all.",
);
const MODELS: Key = key(
    "models",
    Kind::List(&Kind::Text),
    Some("[]"),
    "The names that may be sent as model, * for any part: routes, or provider/model. Empty: all.",
);

const FREE_ONLY: Key = key(
    "free_only",
    Kind::Flag,
    Some("false"),
    "Whether only what is proved to cost nothing may be called; also per request, by the field free_only or the header x-wye-free-only.",
);

pub(super) const CLIENT_KEY: &[Key] = &[
    key("name", Kind::Name, None, "Name of the key in records."),
    key(
        "key",
        Kind::Secret,
        None,
        "The key. Write ${NAME}, file:/path or vault:NAME to keep it out of the file.",
    ),
    key("sha256", Kind::Digest, None, "The key's SHA-256 in hexadecimal digits; instead of key."),
    key("hint", Kind::Name, None, "The end of the key, for people to recognise it by."),
    key("disabled", Kind::Flag, Some("false"), "Whether it is switched off."),
    key("expires", Kind::Moment, None, "When it stops working, such as 2030-01-31T00:00:00Z."),
    key("team", Kind::Name, None, "The team whose limits, budgets and scopes hold for it too."),
    key("owner", Kind::Name, None, "Whose it is, for people."),
    key("tags", Kind::List(&Kind::Tag), Some("[]"), "What its requests are tagged with."),
    APIS,
    MODELS,
    FREE_ONLY,
    key("limits", Kind::Table(LIMITS), Some("{}"), "How much it may use."),
    key("budgets", Kind::List(&Kind::Table(BUDGET)), Some("[]"), "How much it may spend; all of them hold."),
    key(
        "priority",
        Kind::Whole { min: 0, max: 9 },
        Some("5"),
        "Who waits less where requests wait for a provider's quota: 0 (first) to 9.",
    ),
];

pub(super) const TEAM: &[Key] = &[
    key("limits", Kind::Table(LIMITS), Some("{}"), "How much its keys may use together."),
    key(
        "budgets",
        Kind::List(&Kind::Table(BUDGET)),
        Some("[]"),
        "How much its keys may spend together; all of them hold.",
    ),
    APIS,
    MODELS,
    FREE_ONLY,
];
