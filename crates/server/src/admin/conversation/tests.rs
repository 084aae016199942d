//! Small examples of every dialect, read into turns; and bodies that nobody can read.

use std::fmt::Write as _;
use std::path::Path;

use super::*;

fn entry(dialect: &str) -> Entry {
    Entry { dialect: dialect.to_owned(), asked: "m".to_owned(), ..Entry::default() }
}

fn kept(request: &str, response: &str) -> Kept {
    Kept { request: request.to_owned(), response: response.to_owned(), cut: false }
}

/// A part a line.
fn told(conversation: &Conversation) -> String {
    let mut out = String::new();
    for turn in &conversation.turns {
        for part in &turn.parts {
            let Part { kind, text, name, arguments, id, failed, media_type, data_url, bytes } = part;
            write!(out, "{}{}: {kind}", if turn.answer { "> " } else { "" }, turn.role).unwrap();
            let all =
                [("name", name), ("id", id), ("type", media_type), ("arguments", arguments), ("text", text)];
            for (field, value) in all {
                if let Some(value) = value {
                    write!(out, " {field}={value:?}").unwrap();
                }
            }
            if failed == &Some(true) {
                out.push_str(" failed");
            }
            let shown = data_url.as_ref().map(|url| url.split(',').next().unwrap_or_default().to_owned());
            writeln!(
                out,
                "{}",
                match (bytes, shown) {
                    (Some(bytes), Some(shown)) => format!(" {bytes} bytes shown={shown}"),
                    (Some(bytes), None) => format!(" {bytes} bytes"),
                    _ => String::new(),
                }
            )
            .unwrap();
        }
    }
    for tool in &conversation.tools {
        writeln!(out, "tool {} ({})", tool.name, tool.description.as_deref().unwrap_or("-")).unwrap();
    }
    out
}

#[test]
fn every_dialect_is_read_into_the_same_turns() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/golden");
    let mut all = String::new();
    for id in DialectId::ALL {
        for case in ["plain", "tools", "image", "reasoning", "refusal", "error"] {
            let file = |what: &str| {
                let path = golden.join(id.name()).join(format!("{case}.{what}.json"));
                std::fs::read_to_string(&path).unwrap_or_default()
            };
            let (request, response) = (file("request"), file("answer"));
            // Not every dialect can say everything; all have something to say.
            assert!(case != "plain" || !request.is_empty(), "{} {case}", id.name());
            if request.is_empty() {
                continue;
            }
            let read = read(&entry(id.name()), &kept(&request, &response));
            assert!(
                read.turns
                    .iter()
                    .any(|turn| !turn.answer && turn.parts.iter().all(|one| one.kind != "other"))
            );
            writeln!(all, "## {} {case}\n{}", id.name(), told(&read)).unwrap();
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_cannot_be_read_is_shown_as_it_is() {
    let whole = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#;
    let cut = &whole[..40];
    let answer = "{\"choices\":[{\"message\":{\"content\":\"Hel";
    let read_of =
        |dialect: &str, request: &str, response: &str| told(&read(&entry(dialect), &kept(request, response)));
    assert_eq!(
        read_of("openai_chat", cut, answer),
        format!("user: other text={cut:?}\n> assistant: other text={answer:?}\n")
    );
    assert_eq!(read_of("openai_chat", whole, ""), "user: text text=\"Hi\"\n");
    assert_eq!(read_of("of tomorrow", "x", "y"), "user: other text=\"x\"\n> assistant: other text=\"y\"\n");
    assert_eq!(read_of("openai_chat", "", ""), "");
    let images = Entry { kind: Kind::Images, ..entry("openai_chat") };
    assert!(told(&read(&images, &kept(whole, "{}"))).starts_with("user: other"), "no conversation");
    for at in 0..whole.len() {
        for id in DialectId::ALL {
            // Whatever is left of it.
            read(&entry(id.name()), &kept(&whole[..at], &whole[at..]));
        }
    }
}

#[test]
fn small_images_are_shown_and_large_ones_measured() {
    let request = |data: &str| {
        let url = format!("data:image/png;base64,{data}");
        let content = serde_json::json!([{"type": "image_url", "image_url": {"url": url}}]);
        serde_json::json!({"model": "m", "messages": [{"role": "user", "content": content}]}).to_string()
    };
    let part = |data: &str| {
        let mut read = read(&entry("openai_chat"), &kept(&request(data), ""));
        read.turns.remove(0).parts.remove(0)
    };
    let small = part("iVBORw0KGgo=");
    assert_eq!((small.kind, small.bytes), ("image", Some(8)));
    assert_eq!(small.data_url.as_deref(), Some("data:image/png;base64,iVBORw0KGgo="));
    let large = part(&"AAAA".repeat(SHOWN / 3 + 1));
    assert_eq!((large.kind, large.data_url), ("image", None));
    assert_eq!(large.bytes, Some((SHOWN / 3 + 1) as u64 * 3));
}
