//! Keys of who makes vectors of what texts mean.

use super::{Key, Kind, key};

pub(super) const EMBEDDINGS: &[Key] = &[key(
    "use",
    Kind::Name,
    Some("\"off\""),
    "off; local, which is the encoder that `wye encoder install` puts into the data folder; or a deployment that serves \
     embeddings, as provider/model.",
)];
