//! Single values: whether they are what their key wants, and the words to say so.

use serde_json::Number;

use super::Check;
use crate::key::Kind;
use crate::near::did_you_mean;
use crate::node::{MAX_NAME, MAX_TAG, Node, Value};
use crate::quantity;

impl Check<'_, '_> {
    pub(super) fn scalar(&mut self, node: &mut Node, kind: &Kind, path: &str) {
        if node.from_env {
            retype(node, kind);
        }
        let (fits, write) = wanted(node, kind);
        // What stands before the @ of a URL is a password.
        if !fits
            && matches!(kind, Kind::Proxy | Kind::BaseUrl)
            && node.text().is_some_and(|t| t.contains('@'))
        {
            return self.refuse(node, path, format!("this URL is of no use here; write {write}"));
        }
        if !fits {
            self.wrong(node, path, &write);
        } else if let (Kind::Pattern, Some(wrong)) = (kind, node.text().and_then(pattern)) {
            self.refuse(node, path, wrong);
        }
    }

    pub(super) fn word(&mut self, node: &mut Node, words: &[&'static str], path: &str) {
        let Some(text) = node.text() else {
            return self.wrong(node, path, &format!("one of {}", words.join(", ")));
        };
        if words.contains(&text) {
            return;
        }
        let near = if node.from_env { String::new() } else { did_you_mean(text, words.iter().copied()) };
        self.wrong(node, path, &format!("one of {}{near}", words.join(", ")));
    }
}

/// Whether a value is what its key wants, and what that is.
fn wanted(node: &Node, kind: &Kind) -> (bool, String) {
    let text = node.text();
    let is = |fits: fn(&str) -> bool| text.is_some_and(fits);
    let (fits, write) = match kind {
        Kind::Flag => (node.flag().is_some(), "true or false"),
        Kind::Whole { min, max } => {
            let fits = node.whole().is_some_and(|n| (*min..=*max).contains(&n));
            return (fits, format!("a whole number from {min} to {max}"));
        }
        Kind::Share => (node.share().is_some(), "a number from 0 to 1, such as 0.8"),
        Kind::Number { min, max } => {
            let range = f64::from(*min)..=f64::from(*max);
            let fits = node.float().is_some_and(|n| range.contains(&n));
            return (fits, format!("a number from {min} to {max}"));
        }
        Kind::Which => (
            node.whole().is_some() || is(|t| !t.is_empty()),
            "a target of this route: its place from 0, or its name as it stands there",
        ),
        Kind::Dollars { decimals, max } => {
            let most = max.saturating_mul(10_u64.saturating_pow(*decimals));
            let fits = node.dollars(*decimals).is_some_and(|amount| amount <= most);
            // Written with more digits than a number surely holds; as a text it is exact.
            let text = node.float().map(|number| number.to_string());
            let long =
                text.is_some_and(|text| quantity::decimal(&text, *decimals).is_some_and(|n| n <= most));
            let quotes = if long { "; put a number as long as this in quotes" } else { "" };
            let write =
                format!("an amount of dollars from 0 to {max}, with at most {decimals} decimals{quotes}");
            return (fits, write);
        }
        Kind::Name => (is(|t| is_name(t, MAX_NAME)), "a text of one line, of at most 128 characters"),
        Kind::Tag => (
            is(|t| is_name(t, MAX_TAG) && t.bytes().all(is_of_tag)),
            "at most 64 letters, digits and - _ . : / @",
        ),
        Kind::Address => {
            (is(|t| quantity::address(t).is_some()), "an address with a port, such as 127.0.0.1:9930")
        }
        Kind::Proxy => {
            (is(|t| quantity::url(t, &["http", "socks5"])), "a URL that begins with http:// or socks5://")
        }
        Kind::BaseUrl => (
            is(quantity::base_url),
            "a URL that begins with http:// or https://; {model} may stand in its path, a user may not",
        ),
        Kind::Origin => (
            is(quantity::origin),
            "an origin such as https://app.example, in lower case and without a path, or *",
        ),
        Kind::Net => {
            (is(|t| quantity::net(t).is_some()), "an address or a range such as 10.0.0.0/8 or fd00::/8")
        }
        Kind::Digest => (
            is(|t| quantity::digest(t).is_some()),
            "the 64 hexadecimal digits of the key's SHA-256, in quotes",
        ),
        Kind::Moment => {
            (is(|t| quantity::moment(t).is_some()), "a moment with its offset, such as 2030-01-31T00:00:00Z")
        }
        Kind::TimeZone => (
            is(|t| quantity::time_zone(t).is_some()),
            "a time zone such as UTC, Europe/Berlin or America/Los_Angeles",
        ),
        Kind::Wait { zero: true } => {
            (is(|t| quantity::wait(t).is_some()), "a duration such as 250ms, 5s, 10m or 1h")
        }
        Kind::Wait { zero: false } => (
            is(|t| quantity::wait(t).is_some_and(|w| !w.is_zero())),
            "a duration such as 250ms, 5s, 10m or 1h, longer than 0",
        ),
        Kind::Size => (
            node.whole().or_else(|| text.and_then(quantity::size)).is_some_and(|n| n > 0),
            "a size such as 64MiB, or a number of bytes",
        ),
        _ => (is(|t| !t.is_empty()), "a text"),
    };
    (fits, write.to_owned())
}

/// Whether a text can name something.
pub(super) fn is_name(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

/// What a tag may hold: what a client's header may.
const fn is_of_tag(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'/' | b'@')
}

/// What is wrong with a regular expression, if anything.
fn pattern(text: &str) -> Option<String> {
    match regex::Regex::new(text) {
        Ok(pattern) if pattern.is_match("") => {
            Some("this fits the empty text, and so everywhere; write what must be there".to_owned())
        }
        Ok(_) => None,
        // The last line says what is wrong, those before it point at it.
        Err(error) => {
            let words = error.to_string();
            let last = words.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned();
            Some(format!("this is no regular expression: {last}"))
        }
    }
}

/// What came from the environment is text; where a number or flag is wanted, it is read as one.
fn retype(node: &mut Node, kind: &Kind) {
    let Some(text) = node.text() else { return };
    let value = match kind {
        Kind::Flag => text.parse().ok().map(Value::Flag),
        Kind::Whole { .. } => text.parse::<u64>().ok().map(|n| Value::Number(n.into())),
        Kind::Share | Kind::Number { .. } => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
        _ => None,
    };
    if let Some(value) = value {
        node.value = value;
    }
}
