//! What must not be kept of a body: credentials, the fields and patterns that the configuration names, media.
//!
//! A body is redacted whole, before it is capped: a secret cut in half would no longer look like one.

use std::borrow::Cow;
use std::sync::Arc;

use regex::{Captures, Regex, RegexBuilder};
use serde_json::Value;

use super::Keep;

/// What stands for what was there.
const BLOT: &str = "***";
/// A string of base64 that is longer is media, not text.
const MEDIA: usize = 1024;
/// Strings that hold JSON (the arguments of calls) are looked into so deep.
const DEEP: u32 = 4;

/// What looks like a credential, whoever issued it. Only what is certain: what matches is lost.
const CREDENTIALS: &[&str] = &[
    r"\bsk-[A-Za-z0-9_-]{16,}",
    r"\bAIza[0-9A-Za-z_-]{35}",
    r"\b(?:gsk|hf|r8)_[A-Za-z0-9]{20,}",
    r"\b(?:xai|pplx|csk|nvapi)-[A-Za-z0-9_-]{20,}",
    r"\bgh[pousr]_[A-Za-z0-9]{30,}",
    r"\bgithub_pat_[A-Za-z0-9_]{30,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    r"(?i:\bbearer)\s+[A-Za-z0-9._~+/=-]{16,}",
    r"\bwye-[A-Za-z0-9_-]{43}",
];

/// All of them as one expression.
pub(super) fn credentials() -> Result<Regex, regex::Error> {
    Regex::new(&CREDENTIALS.join("|"))
}

/// Fields whose values are never kept.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    /// In lower case.
    names: Arc<[String]>,
    /// Finds them in what is not readable JSON: the name, and a value as far as it can be told.
    torn: Option<Arc<Regex>>,
}

impl Fields {
    pub(super) fn new(names: &[String]) -> Result<Self, String> {
        let torn = if names.is_empty() {
            None
        } else {
            let any: Vec<String> = names.iter().map(|name| regex::escape(name)).collect();
            // Of an object or a list nobody knows where it ends: nothing behind it is kept.
            let any = format!(
                r#"(\\?"(?:{})\\?"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|\\".*?(?:\\"|\z)|[\[{{].*|[^\s,}}\]"]+)"#,
                any.join("|")
            );
            let built = RegexBuilder::new(&any).case_insensitive(true).dot_matches_new_line(true).build();
            Some(Arc::new(built.map_err(|error| format!("the names of fields are too many: {error}"))?))
        };
        Ok(Self { names: names.iter().map(|name| name.to_lowercase()).collect(), torn })
    }

    fn has(&self, name: &str) -> bool {
        !self.names.is_empty() && self.names.contains(&name.to_lowercase())
    }
}

/// A body without what must not be kept.
pub(super) fn redacted(bytes: &[u8], keep: &Keep) -> String {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut json) => {
            value(&mut json, keep, DEEP);
            json.to_string()
        }
        Err(_) => {
            let text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
            torn(&text, keep).into_owned()
        }
    }
}

/// A text that may hold pieces of JSON.
fn torn<'t>(text: &'t str, keep: &Keep) -> Cow<'t, str> {
    let text = blotted(text, keep);
    let Some(fields) = &keep.fields.torn else { return text };
    let hidden = |found: &Captures<'_>| format!("{}\"{BLOT}\"", &found[1]);
    match fields.replace_all(&text, hidden) {
        Cow::Owned(out) => Cow::Owned(out),
        Cow::Borrowed(_) => text,
    }
}

fn value(json: &mut Value, keep: &Keep, deep: u32) {
    match json {
        Value::String(text) => {
            if let Some(clean) = string(text, keep, deep) {
                *text = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| value(item, keep, deep)),
        Value::Object(fields) => {
            let odd =
                fields.keys().any(|name| name.contains('\0') || matches!(blotted(name, keep), Cow::Owned(_)));
            for (name, inner) in fields.iter_mut() {
                if keep.fields.has(name) {
                    *inner = Value::from(BLOT);
                } else {
                    value(inner, keep, deep);
                }
            }
            if odd {
                let renamed = std::mem::take(fields).into_iter();
                *fields = renamed
                    .map(|(name, inner)| (blotted(&name, keep).replace('\0', "\u{fffd}"), inner))
                    .collect();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A string without what must not be kept; `None` if it may stay.
fn string(text: &str, keep: &Keep, deep: u32) -> Option<String> {
    if let Some(data) = media(text) {
        return Some(data);
    }
    if deep > 0
        && text.starts_with(['{', '['])
        && let Ok(mut json) = serde_json::from_str::<Value>(text)
    {
        let before = json.clone();
        value(&mut json, keep, deep - 1);
        return (json != before).then(|| json.to_string());
    }
    let clean = if text.contains('{') { torn(text, keep) } else { blotted(text, keep) };
    match clean {
        Cow::Owned(clean) => Some(clean),
        Cow::Borrowed(_) => None,
    }
}

fn blotted<'t>(text: &'t str, keep: &Keep) -> Cow<'t, str> {
    let mut out = Cow::Borrowed(text);
    for pattern in keep.patterns.iter() {
        if let Cow::Owned(clean) = pattern.replace_all(&out, BLOT) {
            out = Cow::Owned(clean);
        }
    }
    out
}

/// What stands for a string that is an image, a sound or a file.
fn media(text: &str) -> Option<String> {
    if text.len() < MEDIA {
        return None;
    }
    let (head, data) = match text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) {
        Some((kind, data)) => (format!("data:{kind};base64,"), data),
        None => (String::new(), text),
    };
    let coded = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\n' | b'\r')
    };
    // A run of one letter is no picture, but neither is it worth keeping.
    data.bytes().all(coded).then(|| format!("{head}({} bytes of base64)", data.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keep(fields: &[&str], patterns: &[&str]) -> Keep {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Keep::new(1 << 20, &own(fields), &own(patterns)).unwrap()
    }

    #[test]
    fn credentials_are_blotted_out_wherever_they_stand() {
        let keep = keep(&[], &["(?i)project \\w+"]);
        let b64 = |length| "aB3_".repeat(length).chars().take(length).collect::<String>();
        let secrets = [
            format!("sk-{}", b64(20)),
            format!("sk-ant-api03-{}", b64(40)),
            format!("sk-proj-{}", b64(40)),
            format!("AIza{}", b64(35)),
            format!("gsk_{}", "aB3".repeat(10)),
            format!("xai-{}", b64(30)),
            format!("hf_{}", "aB3".repeat(10)),
            format!("ghp_{}", "aB3".repeat(12)),
            format!("AKIA{}", "ABC2".repeat(4)),
            format!("eyJ{}.eyJ{}.{}", b64(20), b64(20), b64(20)),
            format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", b64(64)),
            format!("Bearer {}", b64(30)),
            format!("wye-{}", b64(43)),
            "Project Manhattan".to_owned(),
        ];
        for secret in &secrets {
            let deep = json!({ "a": [{ "b": format!("see {secret}, ok") }], "arguments": json!({ "k": secret }).to_string() });
            let out = redacted(deep.to_string().as_bytes(), &keep);
            let tail = &secret[secret.len() - 12..];
            assert!(!out.contains(tail) && out.contains("see ***, ok"), "{secret}: {out}");
            let torn = format!("data: {{\"text\": \"{secret}\", \"cut\": ");
            assert!(!redacted(torn.as_bytes(), &keep).contains(tail), "{secret}");
        }
        let plain = r#"{"text":"a task-oriented risk-assessment, gsk, bearer of news, eyJ"}"#;
        assert_eq!(redacted(plain.as_bytes(), &keep), plain);
    }

    #[test]
    fn fields_are_blotted_out_at_any_depth_and_in_torn_bodies() {
        let keep = keep(&["password", "Card"], &[]);
        let inner = json!({ "PASSWORD": "x1-secret", "n": 1 }).to_string();
        let body = json!({ "card": { "no": "4111" }, "l": [{ "Password": 77123 }], "arguments": inner, "ok": "passwords" });
        let wanted = json!({
            "card": "***", "l": [{ "Password": "***" }], "arguments": r#"{"PASSWORD":"***","n":1}"#, "ok": "passwords"
        });
        assert_eq!(redacted(body.to_string().as_bytes(), &keep), wanted.to_string());
        let text = body.to_string();
        for at in (0..text.len() - 1).filter(|at| text.is_char_boundary(*at)) {
            let out = redacted(&text.as_bytes()[..at], &keep);
            for secret in ["4111", "77123", "x1-secret"] {
                assert!(!out.contains(secret), "cut at {at}: {out}");
            }
        }
    }

    #[test]
    fn media_are_not_text() {
        let keep = keep(&[], &[]);
        let url = format!("data:image/png;base64,{}", "iVBORw0KGgo".repeat(200));
        let out = redacted(json!({ "url": url, "text": "word ".repeat(400) }).to_string().as_bytes(), &keep);
        assert!(out.contains("data:image/png;base64,(2200 bytes of base64)"), "{out}");
        assert!(out.contains("word word"), "{out}");
    }
}
