//! The one table of keys: what may stand where. The reader checks against it and the schema is printed from it.

use wye_providers::{Auth, PROVIDERS};
use wye_types::DialectId;

/// A key of a table.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// JSON text of what holds if the key is absent.
    pub(crate) default: Option<&'static str>,
    pub(crate) doc: &'static str,
}

/// What a value may be.
pub(crate) enum Kind {
    Flag,
    Whole {
        min: u64,
        max: u64,
    },
    Text,
    Secret,
    Address,
    Url(&'static [&'static str]),
    /// An address of a provider: `http` or `https`, perhaps with `{model}` and a query.
    BaseUrl,
    Wait {
        zero: bool,
    },
    Size,
    Word(fn() -> Vec<&'static str>),
    /// A table that is passed on as it is.
    Free,
    List(&'static Kind),
    /// Names of the user's choice, all with the same kind of value.
    Map(&'static Kind),
    /// A list of entries that say their names by a key of theirs, or a table of names.
    Named {
        entry: &'static Kind,
        /// What stands behind a name in the table.
        value: &'static Kind,
        by: &'static str,
    },
    Table(&'static [Key]),
    /// A short form, or a table.
    Either(&'static Kind, &'static [Key]),
}

const fn key(name: &'static str, kind: Kind, default: Option<&'static str>, doc: &'static str) -> Key {
    Key { name, kind, default, doc }
}

/// Keys without the first, which is the name where entries stand in a list.
const fn but_first(keys: &'static [Key]) -> &'static [Key] {
    match keys {
        [_, rest @ ..] => rest,
        [] => keys,
    }
}

const WAIT: Kind = Kind::Wait { zero: false };

/// The ways a key can be sent.
pub(crate) const AUTHS: [(&str, Auth); 5] = [
    ("bearer", Auth::Bearer),
    ("x-api-key", Auth::Header("x-api-key")),
    ("x-goog-api-key", Auth::Header("x-goog-api-key")),
    ("api-key", Auth::Header("api-key")),
    ("none", Auth::None),
];

/// Strategies that are designed but not built: refused with a word of hope.
pub(crate) const LATER_STRATEGIES: [&str; 10] = [
    "balanced",
    "adaptive",
    "rules",
    "judge",
    "school",
    "fastest",
    "cheapest",
    "strongest",
    "consensus",
    "learned",
];

fn auths() -> Vec<&'static str> {
    AUTHS.iter().map(|(name, _)| *name).collect()
}

fn dialects() -> Vec<&'static str> {
    DialectId::ALL.into_iter().map(DialectId::name).collect()
}

fn known_providers() -> Vec<&'static str> {
    PROVIDERS.iter().map(|p| p.id).collect()
}

pub(crate) fn strategies() -> Vec<&'static str> {
    vec!["ordered"]
}

fn losses() -> Vec<&'static str> {
    vec!["drop", "refuse"]
}

/// The whole file.
pub(crate) const ROOT: &[Key] = &[
    key(
        "listen",
        Kind::Address,
        Some("\"127.0.0.1:9930\""),
        "Address and port to listen on. Needs a restart.",
    ),
    key(
        "keys",
        Kind::Named {
            entry: &Kind::Either(&Kind::Secret, CLIENT_KEY),
            value: &Kind::Either(&Kind::Secret, but_first(CLIENT_KEY)),
            by: "name",
        },
        Some("[]"),
        "Keys that clients may call with. Without any, everybody on this machine may call, and nobody else.",
    ),
    key(
        "providers",
        Kind::Map(&Kind::Table(PROVIDER)),
        Some("{}"),
        "Providers by id. An id of the registry needs only a key; any other needs dialect and base_url.",
    ),
    key(
        "routes",
        Kind::Map(&Kind::Table(ROUTE)),
        Some("{}"),
        "Names that clients may send as model, and what they mean. provider/model works without a route.",
    ),
    key("defaults", Kind::Table(DEFAULTS), Some("{}"), "What holds for routes that say nothing themselves."),
    key(
        "discover",
        Kind::Flag,
        Some("true"),
        "Whether providers whose keys are in the environment, and local ones that run, are switched on by themselves.",
    ),
    key("body_limit", Kind::Size, Some("\"64MiB\""), "Largest request body, after decompression."),
    key("header_limit", Kind::Size, Some("\"64KiB\""), "Largest request head. Needs a restart."),
    key("body_timeout", WAIT, Some("\"60s\""), "How long a request body may take to arrive."),
    key(
        "stall_timeout",
        WAIT,
        Some("\"2m\""),
        "How long a client may refuse to read before it counts as gone. Needs a restart.",
    ),
    key(
        "sse_heartbeat",
        WAIT,
        Some("\"15s\""),
        "Silence after which a stream is sent a comment, so that proxies keep it open.",
    ),
    key(
        "shutdown_grace",
        Kind::Wait { zero: true },
        Some("\"30s\""),
        "How long running requests may take to finish when the gateway stops. Needs a restart.",
    ),
    key(
        "records_queue",
        Kind::Whole { min: 1, max: 1_000_000 },
        Some("16384"),
        "Places in the queue of records; every request under way holds one, streams too, and when it is full, requests are refused. Needs a restart.",
    ),
];

const CLIENT_KEY: &[Key] = &[
    key("name", Kind::Text, None, "Name of the key in records."),
    key("key", Kind::Secret, None, "The key. Write ${NAME} or file:/path to keep it out of the file."),
];

const PROVIDER: &[Key] = &[
    key("enabled", Kind::Flag, Some("true"), "false switches it off, even if its key is in the environment."),
    key(
        "like",
        Kind::Word(known_providers),
        None,
        "The known provider whose settings this one takes over, for a second entry under another id.",
    ),
    key("dialect", Kind::Word(dialects), None, "The wire format it speaks."),
    key(
        "dialects",
        Kind::List(&Kind::Word(dialects)),
        None,
        "All wire formats it speaks, the main one first; instead of dialect. Clients of these are served without \
         translation, others through the main one. For a known provider: instead of what is known of it.",
    ),
    key(
        "base_url",
        Kind::BaseUrl,
        None,
        "Its address; for OpenAI's dialects with the version, as in https://llm.corp/v1. {model} stands for the \
         model's name, and a query is kept.",
    ),
    key("api_key", Kind::Secret, None, "Its key. Write ${NAME} or file:/path to keep it out of the file."),
    key(
        "api_keys",
        Kind::List(&Kind::Secret),
        None,
        "Keys of several accounts, used in turn; instead of api_key.",
    ),
    key(
        "auth",
        Kind::Word(auths),
        None,
        "How the key is sent: as a bearer token, in the header of that name, or not at all.",
    ),
    key("headers", Kind::Map(&Kind::Text), Some("{}"), "Headers that every call carries."),
    key(
        "default_params",
        Kind::Free,
        Some("{}"),
        "Fields of the body that are set where the request does not have them, in every dialect it is asked in.",
    ),
    key(
        "forced_params",
        Kind::Free,
        Some("{}"),
        "Fields of the body that are set whatever the request says.",
    ),
    key("proxy", Kind::Url(&["http", "socks5"]), None, "Proxy to call it through: http:// or socks5://."),
    key(
        "tls_verify",
        Kind::Flag,
        Some("true"),
        "Whether its certificate is checked. false only for a test server of your own.",
    ),
    key("models", Kind::List(&Kind::Text), Some("[]"), "Models to list; others can be called all the same."),
];

const ROUTE: &[Key] = &[
    key(
        "strategy",
        Kind::Word(strategies),
        Some("\"ordered\""),
        "How the targets are ordered; ordered: as they stand.",
    ),
    key(
        "targets",
        Kind::List(&Kind::Either(&Kind::Text, TARGET)),
        None,
        "What may answer: provider/model, or the name of another route.",
    ),
    key(
        "retry",
        Kind::Table(RETRY),
        Some("{}"),
        "When to try again, on the next target or in the next round.",
    ),
    key("timeouts", Kind::Table(TIMEOUTS), Some("{}"), "How long each part of a call may take."),
    key(
        "on_loss",
        Kind::Word(losses),
        Some("\"drop\""),
        "What happens when a target cannot be told everything: drop the rest with a warning, or refuse.",
    ),
];

const DEFAULTS: &[Key] = &[
    key(
        "retry",
        Kind::Table(RETRY),
        Some("{}"),
        "When to try again, on the next target or in the next round.",
    ),
    key("timeouts", Kind::Table(TIMEOUTS), Some("{}"), "How long each part of a call may take."),
    key(
        "on_loss",
        Kind::Word(losses),
        Some("\"drop\""),
        "What happens when a target cannot be told everything: drop the rest with a warning, or refuse.",
    ),
];

const TARGET: &[Key] = &[
    key("deployment", Kind::Text, None, "provider/model."),
    key("route", Kind::Text, None, "The name of another route; instead of deployment."),
    key(
        "params",
        Kind::Free,
        Some("{}"),
        "Fields of the body that are set for this target whatever the request says.",
    ),
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
