//! What a receiver is sent of a message, in the form that it takes.

use jiff::Timestamp;
use serde_json::{Value, json};
use wye_admin::alert::Message;
use wye_config::AlertStyle;

/// The longest line of text: Discord takes 2,000 characters.
const LONGEST: usize = 1900;

/// The body.
pub(super) fn body(style: AlertStyle, message: &Message, node: &str) -> Vec<u8> {
    let body = match style {
        AlertStyle::Json => whole(message, node),
        AlertStyle::Slack => json!({ "text": plain(&line(message, node)) }),
        // Nobody is called by a name that a client chose.
        AlertStyle::Discord => json!({ "content": line(message, node), "allowed_mentions": { "parse": [] } }),
    };
    body.to_string().into_bytes()
}

fn whole(message: &Message, node: &str) -> Value {
    json!({
        "id": message.id,
        "at": time(message.at_ms),
        "gateway": node,
        "state": message.state,
        "kind": message.kind,
        "severity": message.severity,
        "subject": message.subject,
        "message": message.message,
        "params": serde_json::from_str::<Value>(&message.params).unwrap_or_default(),
        "since": time(message.since_ms),
    })
}

/// A time as RFC 3339 writes it; nothing of what is not known.
fn time(ms: u64) -> Option<String> {
    let ms = i64::try_from(ms).ok().filter(|ms| *ms > 0)?;
    Some(Timestamp::from_millisecond(ms).ok()?.to_string())
}

/// All of it in a line.
fn line(message: &Message, node: &str) -> String {
    let severity = &message.severity;
    let word = match message.state.as_str() {
        "still" => format!("Still {severity}"),
        "resolved" => "Resolved".to_owned(),
        "test" => "Test".to_owned(),
        _ if severity == "urgent" => "Urgent".to_owned(),
        _ if severity == "soon" => "Soon".to_owned(),
        _ => "Note".to_owned(),
    };
    let text: String = message.message.chars().take(LONGEST).collect();
    format!("{word}: {text} (wye, {node})")
}

/// Without what Slack would read as a link or call people by.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(state: &str, text: &str) -> Message {
        Message {
            id: "01".to_owned(),
            at_ms: 1_790_000_000_500,
            kind: "budget_used_up".to_owned(),
            severity: "urgent".to_owned(),
            subject: "key ci".to_owned(),
            state: state.to_owned(),
            message: text.to_owned(),
            params: r#"{"percent":100}"#.to_owned(),
            since_ms: 0,
        }
    }

    fn sent(style: AlertStyle, message: &Message) -> Value {
        serde_json::from_slice(&body(style, message, "node-1")).unwrap()
    }

    #[test]
    fn json_says_all_of_it() {
        assert_eq!(
            sent(AlertStyle::Json, &message("raised", "it is <used> up")),
            json!({
                "id": "01",
                "at": "2026-09-21T14:13:20.5Z",
                "gateway": "node-1",
                "state": "raised",
                "kind": "budget_used_up",
                "severity": "urgent",
                "subject": "key ci",
                "message": "it is <used> up",
                "params": { "percent": 100 },
                "since": null,
            })
        );
    }

    #[test]
    fn chats_are_sent_a_line_that_calls_nobody() {
        let text = |state: &str| sent(AlertStyle::Slack, &message(state, "<!channel> & co"))["text"].clone();
        assert_eq!(text("raised"), "Urgent: &lt;!channel&gt; &amp; co (wye, node-1)");
        assert_eq!(text("still"), "Still urgent: &lt;!channel&gt; &amp; co (wye, node-1)");
        assert_eq!(text("resolved"), "Resolved: &lt;!channel&gt; &amp; co (wye, node-1)");
        assert_eq!(text("test"), "Test: &lt;!channel&gt; &amp; co (wye, node-1)");
        let discord = sent(AlertStyle::Discord, &message("raised", "@everyone"));
        assert_eq!(
            discord,
            json!({"content": "Urgent: @everyone (wye, node-1)", "allowed_mentions": {"parse": []}})
        );
        let long = sent(AlertStyle::Discord, &message("raised", &"ü".repeat(5000)));
        assert!(long["content"].as_str().unwrap().chars().count() < 2000);
    }
}
