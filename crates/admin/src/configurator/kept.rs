//! The copy of the database's configuration that a gateway keeps for a start without the database: the items, and the
//! secrets as they are sealed, so that the copy tells nobody more than the database would.

use data_encoding::BASE64;
use serde_json::{Value as Json, json};
use wye_store::config_log::Items;
use wye_store::sealed::{AllSealed, Sealed};

pub(super) struct Kept {
    pub(super) version: i64,
    pub(super) items: Items,
    pub(super) check: Vec<u8>,
    pub(super) sealed: AllSealed,
}

impl Kept {
    pub(super) fn write(&self) -> String {
        let items = self.items.iter();
        let items = items.map(|((kind, name), body)| json!({"kind": kind, "name": name, "body": body}));
        json!({
            "version": self.version,
            "items": items.collect::<Vec<_>>(),
            "check": BASE64.encode(&self.check),
            "sealed": write_sealed(&self.sealed),
        })
        .to_string()
    }

    /// `None` if it is not such a copy.
    pub(super) fn read(text: &str) -> Option<Self> {
        let all: Json = serde_json::from_str(text).ok()?;
        let item = |item: &Json| {
            let part = |name| Some(item.get(name)?.as_str()?.to_owned());
            Some(((part("kind")?, part("name")?), item.get("body")?.clone()))
        };
        Some(Self {
            version: all.get("version")?.as_i64()?,
            items: all.get("items")?.as_array()?.iter().map(item).collect::<Option<_>>()?,
            check: BASE64.decode(all.get("check")?.as_str()?.as_bytes()).ok()?,
            sealed: read_sealed(all.get("sealed")?)?,
        })
    }
}

/// Sealed secrets by name.
pub(super) fn write_sealed(all: &AllSealed) -> Json {
    let one = |(name, sealed): (&String, &Sealed)| {
        let Sealed { blob, hint, at_ms } = sealed;
        (name.clone(), json!({"sealed": BASE64.encode(blob), "hint": hint, "at_ms": at_ms}))
    };
    Json::Object(all.iter().map(one).collect())
}

/// What [`write_sealed`] wrote; `None` if this is something else.
pub(super) fn read_sealed(all: &Json) -> Option<AllSealed> {
    let one = |(name, sealed): (&String, &Json)| {
        let sealed = Sealed {
            blob: BASE64.decode(sealed.get("sealed")?.as_str()?.as_bytes()).ok()?,
            hint: sealed.get("hint")?.as_str()?.to_owned(),
            at_ms: sealed.get("at_ms")?.as_u64()?,
        };
        Some((name.clone(), sealed))
    };
    all.as_object()?.iter().map(one).collect()
}
