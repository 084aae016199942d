//! How a vendor's seal travels through a client whose dialect has no place for it, and comes back.
//!
//! A seal on a tool call rides inside the call's id, because nearly every client sends ids back as they came and many
//! drop fields they do not know: `<id>__wye_<maker>_<base64url of the seal>`. A seal that stands where the client's
//! dialect keeps its own vendor's seals is marked with whose it is: `wye:<maker>:<seal>`. Nothing is kept on our side,
//! so any replica can read what another one wrote.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem::Finder;
use wye_types::chat::{Maker, Signature};

const IN_ID: &str = "__wye_";
/// Made once: to make a finder costs more than to search a short body.
static ID_MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(IN_ID));
const MARK: &str = "wye:";
/// Stands for makers whose name would not be legal in an id; the name then leads the sealed bytes.
const SPELT_OUT: &str = "other";

/// Stands in Gemini's field on a call whose maker seals nothing. Google's newer models refuse calls without a seal, so a
/// conversation that comes back to them must show which ones another maker made.
pub(crate) const UNSEALED: &str = "wye:none:";

/// A tool-call id that carries its call's seal. Without a seal it is the id itself.
///
/// The result holds no character outside `[A-Za-z0-9_-]` that the id did not already hold.
#[must_use]
pub fn id_with_seal(id: &str, seal: Option<&Signature>) -> String {
    let Some(seal) = seal else { return id.to_owned() };
    let maker = seal.maker.name();
    if is_plain(maker) {
        format!("{id}{IN_ID}{maker}_{}", URL_SAFE_NO_PAD.encode(&seal.data))
    } else {
        format!("{id}{IN_ID}{SPELT_OUT}_{}", URL_SAFE_NO_PAD.encode(tagged(seal)))
    }
}

/// Takes apart what [`id_with_seal`] put together. An id that carries no seal is given back whole.
#[must_use]
pub fn split_id(id: &str) -> (String, Option<Signature>) {
    // The mark may stand in the id itself or, by chance, in the seal: the first place that reads as one counts.
    id.match_indices(IN_ID)
        .find_map(|(at, _)| {
            let seal = read_sealed(&id[at + IN_ID.len()..])?;
            Some((id[..at].to_owned(), Some(seal)))
        })
        .unwrap_or_else(|| (id.to_owned(), None))
}

/// A seal as it is written into a field where the dialect's vendor keeps its own: unchanged if it is that vendor's
/// (`own`), marked with its maker otherwise.
#[must_use]
pub fn tag(sig: &Signature, own: &Maker) -> String {
    if sig.maker == *own { sig.data.clone() } else { tagged(sig) }
}

/// Reads what [`tag`] wrote: a seal without a mark is the dialect's own vendor's.
#[must_use]
pub fn untag(text: &str, own: Maker) -> Signature {
    read_tagged(text).unwrap_or_else(|| Signature { maker: own, data: text.to_owned() })
}

/// Whether a request body may hold what this module wrote, thoughts without a seal, or (where thinking has a budget)
/// results of calls that another maker made. Such a body must go through
/// the IR even to a provider of its own dialect: passed on as bytes, another maker's seal would reach the wrong
/// vendor. May say yes where there is none (a user who writes about marks), never no where there is one.
#[must_use]
pub fn marks_in(body: &[u8]) -> bool {
    marks_beside(body, |_| ())
}

/// The same for who looks for other strings of the body as well: `look` gets the rest of the body behind each of its quotes,
/// as far as it is read.
#[must_use]
pub fn marks_beside(body: &[u8], mut look: impl FnMut(&[u8])) -> bool {
    let (mut budget, mut foreign) = (false, false);
    // All but one of them begin a string: one pass over the quotes finds those.
    let found = memchr::memchr_iter(b'"', body).any(|quote| {
        let text = &body[quote + 1..];
        look(text);
        match text.first() {
            Some(b'w') => text.starts_with(MARK.as_bytes()),
            // `wye:` in base64, as Gemini's clients carry it.
            Some(b'd') => text.starts_with(b"d3ll"),
            Some(b's') => is_unsealed(text),
            Some(b'b') => {
                budget |= text.starts_with(b"budget_tokens\"");
                false
            }
            Some(b't') => {
                foreign |= is_foreign_result(text);
                false
            }
            _ => false,
        }
    });
    // The vendor wants the turn of a call to begin with thoughts, which another maker's does not.
    found || budget && foreign || ID_MARK.find(body).is_some()
}

/// Whether a text within the body begins with a result that answers a call which is not Anthropic's.
fn is_foreign_result(text: &[u8]) -> bool {
    // Every service that sells these models begins its ids so.
    const OWN: &[u8] = b"toolu_";
    text.strip_prefix(b"tool_use_id\"").is_some_and(|rest| {
        let id = memchr::memchr(b'"', rest).map_or(rest, |quote| &rest[quote + 1..]);
        !id.starts_with(OWN)
    })
}

/// Whether a text within the body begins with a `signature` that is empty: thoughts that came from a maker without
/// seals.
fn is_unsealed(text: &[u8]) -> bool {
    text.strip_prefix(b"signature\"").is_some_and(|rest| {
        let mut after = rest.iter().filter(|b| !b.is_ascii_whitespace());
        (after.next(), after.next(), after.next()) == (Some(&b':'), Some(&b'"'), Some(&b'"'))
    })
}

fn is_plain(maker: &str) -> bool {
    !maker.is_empty()
        && maker != SPELT_OUT
        && maker.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn read_sealed(text: &str) -> Option<Signature> {
    let (maker, data) = text.split_once('_')?;
    let data = String::from_utf8(URL_SAFE_NO_PAD.decode(data).ok()?).ok()?;
    match maker {
        SPELT_OUT => read_tagged(&data),
        plain => is_plain(plain).then(|| Signature { maker: Maker::parse(plain), data }),
    }
}

fn tagged(sig: &Signature) -> String {
    let maker = sig.maker.name().replace('%', "%25").replace(':', "%3a");
    format!("{MARK}{maker}:{}", sig.data)
}

fn read_tagged(text: &str) -> Option<Signature> {
    let (maker, data) = text.strip_prefix(MARK)?.split_once(':')?;
    let maker = maker.replace("%3a", ":").replace("%25", "%");
    Some(Signature { maker: Maker::parse(&maker), data: data.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seal(maker: Maker, data: &str) -> Signature {
        Signature { maker, data: data.to_owned() }
    }

    #[test]
    fn an_id_without_a_seal_stays_as_it_is() {
        assert_eq!(id_with_seal("call_1", None), "call_1");
        for id in ["call_1", "", "a__wye_b", "a__wye_google_!!", "a__wye_google_gA"] {
            assert_eq!(split_id(id), (id.to_owned(), None), "{id}");
        }
    }

    #[test]
    fn a_sealed_id_is_legal_where_the_id_was() {
        let id = id_with_seal("call_1", Some(&seal(Maker::Google, "CpY/+=")));
        assert_eq!(id, "call_1__wye_google_Q3BZLys9");
        let odd = id_with_seal("c", Some(&seal(Maker::Other("Weird_one: x".into()), "s")));
        assert!(odd.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{odd}");
    }

    #[test]
    fn a_tag_names_other_makers_only() {
        let google = seal(Maker::Google, "a:b");
        assert_eq!(tag(&google, &Maker::Google), "a:b");
        assert_eq!(tag(&google, &Maker::Anthropic), "wye:google:a:b");
        assert_eq!(untag("wye:google:a:b", Maker::Anthropic), google);
        assert_eq!(untag("EqQB", Maker::Anthropic), seal(Maker::Anthropic, "EqQB"));
        assert_eq!(untag("wye:unfinished", Maker::OpenAi), seal(Maker::OpenAi, "wye:unfinished"));
    }

    #[test]
    fn a_body_that_carries_marks_is_found() {
        for body in [
            r#"{"id":"c__wye_google_QQ"}"#,
            r#"{"data":"wye:google:x"}"#,
            r#"{"thoughtSignature":"d3llOmFudGhyb3BpYzpTRUFM"}"#,
            r#"{"signature" : ""}"#,
        ] {
            assert!(marks_in(body.as_bytes()), "{body}");
        }
        assert!(!marks_in(br#"{"signature":"EqQB","data":"x","text":"a wye: yes"}"#));
    }

    fn makers() -> impl Strategy<Value = Maker> {
        prop_oneof![
            Just(Maker::Anthropic),
            Just(Maker::Google),
            Just(Maker::OpenAi),
            "[ -~é]{0,12}".prop_map(|name| Maker::parse(&name)),
        ]
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(id in "[A-Za-z0-9-]{0,20}", maker in makers(), data in "\\PC{0,40}") {
            let sealed = seal(maker, &data);
            let written = id_with_seal(&id, Some(&sealed));
            prop_assert_eq!(split_id(&written), (id, Some(sealed.clone())));
            for own in [Maker::Anthropic, Maker::Google, Maker::OpenAi] {
                // A vendor's own seal never starts like our mark: they are base64.
                if sealed.maker != own || !data.starts_with(MARK) {
                    prop_assert_eq!(untag(&tag(&sealed, &own), own), sealed.clone());
                }
            }
        }
    }

    #[test]
    fn results_of_other_makers_calls_are_found_where_thinking_has_a_budget() {
        let body = |id: &str, rest: &str| format!("{{\"tool_use_id\": \"{id}\"{rest}}}").into_bytes();
        let budget = ",\"budget_tokens\":2048";
        assert!(marks_in(&body("call_1", budget)));
        assert!(!marks_in(&body("toolu_bdrk_1", budget)));
        assert!(!marks_in(&body("call_1", "")));
    }
}
