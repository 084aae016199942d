//! For whom a request is made: its tags and its end user, read without building a tree of the body.

use http::{HeaderMap, HeaderName};
use wye_wire::scan::TopLevel;

use crate::parse::Request;

/// The header that tags a request.
pub(crate) const TAGS: &str = "x-wye-tags";
/// Made once: a name that is a text is parsed at each look.
static TAGS_HEADER: HeaderName = HeaderName::from_static(TAGS);

/// Tags are counted, indexed and shown in lists.
const MOST_TAGS: usize = 8;
const LONGEST_TAG: usize = 64;

/// The longest name of an end user that is told apart, in bytes.
const LONGEST_USER: usize = 256;

/// The tags that a request names, in the order in which they stand.
///
/// # Errors
/// What is wrong with the header, for the client.
pub(crate) fn tags(headers: &HeaderMap) -> Result<Vec<&str>, String> {
    let mut tags = Vec::new();
    for value in headers.get_all(&TAGS_HEADER) {
        let text = value.to_str().map_err(|_| format!("`{TAGS}` is not plain text"))?;
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if tag.len() > LONGEST_TAG {
                return Err(format!(
                    "a tag in `{TAGS}` is {} bytes long; write at most {LONGEST_TAG}",
                    tag.len()
                ));
            }
            let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@".contains(&byte);
            if !tag.bytes().all(fit) {
                return Err(format!(
                    "the tag `{tag}` in `{TAGS}` may only hold letters, digits and - _ . : / @"
                ));
            }
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(format!("`{TAGS}` names {} tags; write at most {MOST_TAGS}", tags.len()));
    }
    Ok(tags)
}

/// The end user that a request names: `user`, `metadata.user_id` or `safety_identifier`, whichever is there first. Names
/// that begin with the same 256 bytes are one user's.
pub(crate) fn user(request: &Request) -> Option<String> {
    let text = |top: &TopLevel, body: &[u8], key: &str| {
        let text: String = serde_json::from_slice(top.raw(body, key)?).ok()?;
        (!text.is_empty()).then_some(text)
    };
    let (top, body) = (&request.head.top, &request.bytes[..]);
    let of_metadata = || {
        let metadata = top.raw(body, "metadata")?;
        text(&TopLevel::scan(metadata).ok()?, metadata, "user_id")
    };
    let mut user =
        text(top, body, "user").or_else(of_metadata).or_else(|| text(top, body, "safety_identifier"))?;
    user.truncate(user.floor_char_boundary(LONGEST_USER));
    Some(user)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use wye_types::DialectId;
    use wye_wire::dialect::PathAsk;

    use super::*;

    fn header(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TAGS, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn tags_are_few_short_and_plain() {
        assert_eq!(tags(&header(&["a, b,,c", "team:x/y"])).unwrap(), ["a", "b", "c", "team:x/y"]);
        assert!(tags(&header(&[])).unwrap().is_empty());
        for (value, why) in [
            ("a,b,c,d,e,f,g,h,i", "9 tags"),
            (&*"x".repeat(65), "65 bytes"),
            ("=cmd()", "may only hold"),
            ("a b", "may only hold"),
        ] {
            let told = tags(&header(&[value])).unwrap_err();
            assert!(told.contains(why) && told.contains(TAGS), "{told}");
        }
        let odd = HeaderValue::from_bytes(b"caf\xe9").unwrap();
        assert!(tags(&HeaderMap::from_iter([(http::HeaderName::from_static(TAGS), odd)])).is_err());
    }

    #[test]
    fn the_first_name_of_an_end_user_counts() {
        let found = |fields: &str| {
            let body = format!(
                "{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}],{fields}}}"
            );
            user(&Request::parse(DialectId::OpenAiChat, PathAsk::default(), body.into()).unwrap())
        };
        assert_eq!(found(r#""user":"a\u00e9","safety_identifier":"s""#).as_deref(), Some("aé"));
        assert_eq!(found(r#""user":"","metadata":{"x":1,"user_id":"m"}"#).as_deref(), Some("m"));
        assert_eq!(found(r#""metadata":{"x":1},"safety_identifier":"s""#).as_deref(), Some("s"));
        assert_eq!(found(r#""user":7,"metadata":null"#), None);
        assert_eq!(found(r#""metadata":"x""#), None);
        let long = found(&format!("\"user\":\"{}\"", "é".repeat(200))).unwrap();
        assert_eq!(long.len(), 256);
    }
}
