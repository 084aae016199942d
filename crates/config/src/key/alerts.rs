//! Keys of who is told when something needs a person.

use wye_types::Severity;

use super::{Key, Kind, key};

fn severities() -> Vec<&'static str> {
    Severity::ALL.into_iter().map(Severity::name).collect()
}

fn styles() -> Vec<&'static str> {
    crate::AlertStyle::ALL.into_iter().map(crate::AlertStyle::name).collect()
}

pub(super) const ALERTS: &[Key] = &[
    key(
        "webhook",
        Kind::Secret,
        None,
        "The http:// or https:// address that is sent what needs a person. It is kept like a key, since whoever knows it may \
         write there. Without it nobody is told.",
    ),
    key(
        "secret",
        Kind::Secret,
        None,
        "What messages are signed with (x-wye-signature), so that the receiver knows whose they are.",
    ),
    key(
        "least",
        Kind::Word(severities),
        Some("\"urgent\""),
        "The least severity that is told: urgent (requests fail now), soon, or note.",
    ),
    key(
        "repeat",
        Kind::Wait { zero: true },
        Some("\"24h\""),
        "What is still so after this long is told again; 0s: never again.",
    ),
    key(
        "style",
        Kind::Word(styles),
        Some("\"json\""),
        "What the receiver takes: json (all of it), slack or discord (a line of text).",
    ),
];
