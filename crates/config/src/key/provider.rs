//! Keys of providers, their accounts and models.

use wye_providers::provider::SIGNED;
use wye_providers::{Auth, PROVIDERS};

use super::limit::LIMITS;
use super::shape::{
    AUDIO, DEFAULT_PARAMS, DROP_PARAMS, FORCED_PARAMS, INLINE_IMAGES, JSON, MAX_OUTPUT, ON_UNSUPPORTED,
    REASONING, SYSTEM, TOOLS, UNSUPPORTED_PARAMS, VISION,
};
use super::{Key, Kind, but_first, dialects, key};

/// The ways a key can be sent.
pub(crate) const AUTHS: [(&str, Auth); 9] = [
    ("bearer", Auth::Bearer),
    ("x-api-key", Auth::Header("x-api-key")),
    ("x-goog-api-key", Auth::Header("x-goog-api-key")),
    ("api-key", Auth::Header("api-key")),
    ("apikey", Auth::Header("apikey")),
    ("query", Auth::Query("key")),
    ("aws", SIGNED),
    ("google", Auth::Google),
    ("none", Auth::None),
];

fn auths() -> Vec<&'static str> {
    AUTHS.iter().map(|(name, _)| *name).collect()
}

fn known_providers() -> Vec<&'static str> {
    PROVIDERS.iter().map(|p| p.id).collect()
}

pub(super) const PROVIDER: &[Key] = &[
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
    key(
        "api_key",
        Kind::Secret,
        None,
        "Its key. Write ${NAME}, file:/path or vault:NAME to keep it out of the file.",
    ),
    key(
        "api_keys",
        Kind::List(&Kind::Secret),
        None,
        "Keys of several accounts, used in turn; instead of api_key.",
    ),
    key(
        "accounts",
        Kind::List(&Kind::Table(ACCOUNT)),
        None,
        "Several accounts with names and limits of their own; instead of api_key and api_keys.",
    ),
    key(
        "limits",
        Kind::Table(LIMITS),
        Some("{}"),
        "How much all its accounts together are used. What the provider itself tells of its limits holds besides.",
    ),
    key("account_limits", Kind::Table(LIMITS), Some("{}"), "How much each of its accounts is used."),
    key(
        "auth",
        Kind::Word(auths),
        None,
        "How the key is sent: as a bearer token, in the header of that name, as key in the query, or not at all. aws \
         signs with a key written ID:SECRET or ID:SECRET:SESSION_TOKEN, behind it @REGION if the address names none; \
         google makes tokens with a service account's JSON.",
    ),
    key(
        "headers",
        Kind::Map(&Kind::Header),
        Some("{}"),
        "Headers that every call carries. One that is a credential may be vault:NAME.",
    ),
    DEFAULT_PARAMS,
    FORCED_PARAMS,
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
    key("proxy", Kind::Proxy, None, "Proxy to call it through: http:// or socks5://, or vault:NAME."),
    key(
        "tls_verify",
        Kind::Flag,
        Some("true"),
        "Whether its certificate is checked. false only for a test server of your own.",
    ),
    key(
        "free_tier",
        Kind::Flag,
        Some("true"),
        "false if its accounts pay for what its vendor is known to give away: then that is no proof that a request is \
         free.",
    ),
    key(
        "models",
        Kind::Named {
            entry: &Kind::Either(&Kind::Name, MODEL),
            value: &Kind::Table(but_first(MODEL)),
            by: "id",
        },
        Some("[]"),
        "Models to list, and what is known of them: a list, or a table by id. Others can be called all the same.",
    ),
];

const ACCOUNT: &[Key] = &[
    key(
        "name",
        Kind::Name,
        None,
        "A name for people, under which its use is remembered; else its place in the list, from 1.",
    ),
    key(
        "api_key",
        Kind::Secret,
        None,
        "Its key. Write ${NAME}, file:/path or vault:NAME to keep it out of the file.",
    ),
    key(
        "limits",
        Kind::Table(LIMITS),
        None,
        "How much it is used; instead of the provider's account_limits.",
    ),
];

const MODEL: &[Key] = &[
    key("id", Kind::Name, None, "Its id, as the provider knows it."),
    key(
        "enabled",
        Kind::Flag,
        Some("true"),
        "false switches it off: it is neither listed nor called, also where a route names it.",
    ),
    key("limits", Kind::Table(LIMITS), Some("{}"), "How much it is used, on each account."),
    key(
        "price",
        Kind::Table(PRICE),
        None,
        "Dollars per million tokens, or for each of what is not counted in tokens. It stands instead of all that the \
         catalogue says. Where nobody says, the price is not known: not 0.",
    ),
    key(
        "context",
        Kind::Whole { min: 1, max: 1_000_000_000 },
        None,
        "Its context window in tokens, where a route's target says nothing else.",
    ),
    key(
        "output_limit",
        Kind::Whole { min: 1, max: 1_000_000_000 },
        None,
        "The most tokens of an answer that it gives; as the catalogue says where nothing is said.",
    ),
    DEFAULT_PARAMS,
    FORCED_PARAMS,
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
];

/// A dollar per million tokens is a million pico-dollars a token, so six decimals are exact.
const PER_MILLION: Kind = Kind::Dollars { decimals: 6, max: 1_000_000 };

/// Of things that are not counted in millions: twelve decimals are pico-dollars.
const EACH: Kind = Kind::Dollars { decimals: 12, max: 10_000 };

const PRICE: &[Key] = &[
    key("input", PER_MILLION, None, "Of the prompt."),
    key("output", PER_MILLION, None, "Of the answer."),
    key("cache_read", PER_MILLION, None, "Of the prompt, read from a cache; as input where nothing is said."),
    key(
        "cache_write",
        PER_MILLION,
        None,
        "Of the prompt, written to a cache of five minutes; as input where nothing is said.",
    ),
    key(
        "cache_write_1h",
        PER_MILLION,
        None,
        "Of the prompt, written to a cache of one hour; as cache_write where nothing is said.",
    ),
    key("reasoning", PER_MILLION, None, "Of reasoning; as output where nothing is said."),
    key("audio_in", PER_MILLION, None, "Of audio in the prompt."),
    key("audio_out", PER_MILLION, None, "Of audio in the answer."),
    key("image_in", PER_MILLION, None, "Of images in the prompt; as input where nothing is said."),
    key("image_out", PER_MILLION, None, "Of images in the answer; as output where nothing is said."),
    key("request", EACH, None, "Dollars for a request, whatever it uses."),
    key("image", EACH, None, "Dollars for a picture made."),
    key("heard_second", EACH, None, "Dollars for a second of sound heard."),
    key("spoken_second", EACH, None, "Dollars for a second of sound made."),
    key("character", EACH, None, "Dollars for a character read aloud."),
    key("search", EACH, None, "Dollars for a search of the web."),
    key("search_unit", EACH, None, "Dollars for a question put to documents, as rerankers count them."),
    key("page", EACH, None, "Dollars for a page of a document."),
];
