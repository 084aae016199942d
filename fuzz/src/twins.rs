//! Whether a key stands twice in an object of a JSON text. The tree keeps the last one; the quick looks at relayed
//! bytes take such a text for something they do not know. No provider sends it.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

pub(crate) fn has_twins(text: &[u8]) -> bool {
    serde_json::from_slice::<Twins>(text).is_ok_and(|twins| twins.0)
}

struct Twins(bool);

impl<'de> Deserialize<'de> for Twins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;
        impl<'de> Visitor<'de> for Look {
            type Value = Twins;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_bool<E>(self, _: bool) -> Result<Twins, E> {
                Ok(Twins(false))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Twins, E> {
                Ok(Twins(false))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Twins, E> {
                Ok(Twins(false))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Twins, E> {
                Ok(Twins(false))
            }
            fn visit_str<E>(self, _: &str) -> Result<Twins, E> {
                Ok(Twins(false))
            }
            fn visit_unit<E>(self) -> Result<Twins, E> {
                Ok(Twins(false))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Twins, A::Error> {
                let mut any = false;
                while let Some(Twins(inside)) = seq.next_element()? {
                    any |= inside;
                }
                Ok(Twins(any))
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Twins, M::Error> {
                let (mut any, mut keys) = (false, BTreeSet::new());
                while let Some((key, Twins(inside))) = map.next_entry::<String, Twins>()? {
                    any |= inside | !keys.insert(key);
                }
                Ok(Twins(any))
            }
        }
        deserializer.deserialize_any(Look)
    }
}
