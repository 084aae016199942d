//! Keys of the catalogue of models, and of what costs are compared with.

use super::{Key, Kind, key};

pub(super) const CATALOG: &[Key] = &[
    key(
        "file",
        Kind::Text,
        None,
        "A file in the shape of https://models.dev/api.json, laid over the snapshot inside the binary.",
    ),
    key(
        "url",
        Kind::BaseUrl,
        None,
        "The same at an https address, fetched in the background. Where there is a file too, that is laid over it.",
    ),
    key("every", Kind::Wait { zero: false }, Some("\"24h\""), "How often it is looked at again."),
];

pub(super) const SAVINGS: &[Key] = &[key(
    "against",
    Kind::List(&Kind::Text),
    Some("[]"),
    "Paid models, as provider/model, whose list prices statistics compare with. Empty: a few well-known ones.",
)];
