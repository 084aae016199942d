//! Single values: whether they are what their key wants, and the words to say so.

use super::Check;
use crate::key::{Kind, LATER_STRATEGIES};
use crate::near::did_you_mean;
use crate::node::{Node, Value};
use crate::quantity;

impl Check<'_, '_> {
    pub(super) fn scalar(&mut self, node: &mut Node, kind: &Kind, path: &str) {
        if node.from_env {
            retype(node, kind);
        }
        let text = node.text();
        let (fits, write) = match kind {
            Kind::Flag => (node.flag().is_some(), "true or false".to_owned()),
            Kind::Whole { min, max } => (
                node.whole().is_some_and(|n| (*min..=*max).contains(&n)),
                format!("a whole number from {min} to {max}"),
            ),
            Kind::Address => (
                text.is_some_and(|t| quantity::address(t).is_some()),
                "an address with a port, such as 127.0.0.1:9930".into(),
            ),
            Kind::Url(schemes) => (
                text.is_some_and(|t| quantity::url(t, schemes)),
                format!("a URL that begins with {}://", schemes.join(":// or ")),
            ),
            Kind::BaseUrl => (
                text.is_some_and(quantity::base_url),
                "a URL that begins with http:// or https://; {model} may stand in its path, a user may not"
                    .to_owned(),
            ),
            Kind::Wait { zero } => (
                text.and_then(quantity::wait).is_some_and(|w| *zero || !w.is_zero()),
                format!(
                    "a duration such as 250ms, 5s, 10m or 1h{}",
                    if *zero { "" } else { ", longer than 0" }
                ),
            ),
            Kind::Size => (
                node.whole().or_else(|| text.and_then(quantity::size)).is_some_and(|n| n > 0),
                "a size such as 64MiB, or a number of bytes".into(),
            ),
            _ => (text.is_some_and(|t| !t.is_empty()), "a text".into()),
        };
        // What stands before the @ of a URL is a password.
        if !fits
            && matches!(kind, Kind::Url(_) | Kind::BaseUrl)
            && node.text().is_some_and(|t| t.contains('@'))
        {
            return self.refuse(node, path, format!("this URL is of no use here; write {write}"));
        }
        if !fits {
            self.wrong(node, path, &write);
        }
    }

    pub(super) fn word(&mut self, node: &mut Node, words: &[&'static str], path: &str) {
        let Some(text) = node.text() else {
            return self.wrong(node, path, &format!("one of {}", words.join(", ")));
        };
        if words.contains(&text) {
            return;
        }
        if words.contains(&"ordered") && LATER_STRATEGIES.contains(&text) {
            let message = format!("the strategy {text} is not available yet; write {}", words.join(" or "));
            return self.refuse(node, path, message);
        }
        let near = if node.from_env { String::new() } else { did_you_mean(text, words.iter().copied()) };
        self.wrong(node, path, &format!("one of {}{near}", words.join(", ")));
    }
}

/// What came from the environment is text; where a number or flag is wanted, it is read as one.
fn retype(node: &mut Node, kind: &Kind) {
    let Some(text) = node.text() else { return };
    let value = match kind {
        Kind::Flag => text.parse().ok().map(Value::Flag),
        Kind::Whole { .. } => text.parse::<u64>().ok().map(|n| Value::Number(n.into())),
        _ => None,
    };
    if let Some(value) = value {
        node.value = value;
    }
}
