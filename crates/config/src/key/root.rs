//! The top level of the file, so that the other tables stand each beside what it is about.

use super::alerts::ALERTS;
use super::catalog::{CATALOG, SAVINGS};
use super::client::{CLIENT_KEY, TEAM};
use super::embeddings::EMBEDDINGS;
use super::keep::{ACCESS, LOG, RESPONSES};
use super::limit::SHARED_BUDGET;
use super::provider::PROVIDER;
use super::route::{DEFAULTS, ROUTE};
use super::shape::IMAGES;
use super::way::FLEET;
use super::{Key, Kind, WAIT, but_first, key};

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
        "teams",
        Kind::Map(&Kind::Table(TEAM)),
        Some("{}"),
        "Teams by name: what their keys may use and spend together.",
    ),
    key(
        "budgets",
        Kind::Map(&Kind::Table(SHARED_BUDGET)),
        Some("{}"),
        "Budgets by name: of all requests with a tag, or of each end user.",
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
    key("log", Kind::Table(LOG), Some("{}"), "What is remembered of requests, and for how long."),
    key(
        "responses",
        Kind::Table(RESPONSES),
        Some("{}"),
        "Answers at /v1/responses that are kept for later requests to go on from.",
    ),
    key("access", Kind::Table(ACCESS), Some("{}"), "Who may reach the gateway, and how."),
    key(
        "images",
        Kind::Table(IMAGES),
        Some("{}"),
        "How images are fetched where inline_images is asked for.",
    ),
    key("defaults", Kind::Table(DEFAULTS), Some("{}"), "What holds for routes that say nothing themselves."),
    key(
        "catalog",
        Kind::Table(CATALOG),
        Some("{}"),
        "Where newer facts and prices of models come from. Without it the snapshot inside the binary holds.",
    ),
    key(
        "embeddings",
        Kind::Table(EMBEDDINGS),
        Some("{}"),
        "Who makes vectors of what texts mean, for what the gateway decides by meaning.",
    ),
    key(
        "alerts",
        Kind::Table(ALERTS),
        Some("{}"),
        "Who is told, by webhook, when a budget, a provider or the gateway itself needs a person.",
    ),
    key("fleet", Kind::Table(FLEET), Some("{}"), "How the state of deployments is kept."),
    key("savings", Kind::Table(SAVINGS), Some("{}"), "What statistics compare costs with."),
    key(
        "discover",
        Kind::Flag,
        Some("true"),
        "Whether providers whose keys are in the environment, and local ones that run, are switched on by themselves.",
    ),
    key("body_limit", Kind::Size, Some("\"64MiB\""), "Largest request body, after decompression."),
    key(
        "upload_limit",
        Kind::Size,
        Some("\"32MiB\""),
        "Largest form with files: sound to be transcribed, images to be changed.",
    ),
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
    key(
        "waiting_places",
        Kind::Whole { min: 0, max: 1_000_000 },
        Some("1024"),
        "Most requests that wait for a provider's quota at once; more are refused. 0: none waits.",
    ),
];
