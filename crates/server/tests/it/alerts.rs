//! What needs a person is told by webhook: when it begins, while it lasts, when it is over, by one node, once.

use std::fmt::Write;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wye_admin::alert::signature;
use wye_server::{Ailment, Alerts, Degraded};
use wye_types::Secret;

use super::desk::{Ask, Desk};
use super::stub::{Stub, told};

const MINUTE: Duration = Duration::from_secs(60);
const HALF: Duration = Duration::from_secs(30);
const NOW_S: u64 = 1_790_000_000;

/// A receiver and a gateway that tells it of what is urgent.
struct Told {
    stub: Stub,
    /// What the receiver answers.
    status: Arc<AtomicU16>,
    desk: Desk,
    alerts: Alerts,
    viewer: String,
    operator: String,
}

impl Told {
    async fn new(more: &str) -> Self {
        let status = Arc::new(AtomicU16::new(200));
        let now = Arc::clone(&status);
        let stub = Stub::start(move |_| told(now.load(Ordering::Relaxed), &[], "no such hook")).await;
        let webhook = stub.url("/services/T0/topsecretpart?key=alsosecret");
        let config = format!("discover: false\nalerts: {{ webhook: '{webhook}', {more} }}\n");
        let (desk, [viewer, operator, _]) = Desk::peopled(&config).await;
        let alerts = desk.app.alerts().unwrap();
        Self { stub, status, desk, alerts, viewer, operator }
    }

    fn ails(&self, kinds: &[Degraded]) {
        let of = |kind: &Degraded| Ailment { kind: *kind, what: format!("{kind:?} does not work") };
        *self.desk.ailments.lock().unwrap() = kinds.iter().map(of).collect();
    }

    /// A round, half a minute after the one before. Gives what the receiver was sent in it, in short.
    async fn round(&mut self) -> Vec<String> {
        self.after(HALF).await
    }

    async fn after(&mut self, time: Duration) -> Vec<String> {
        let before = self.stub.seen().len();
        self.desk.hands.forward(time);
        self.alerts.step().await;
        self.sent(before)
    }

    fn sent(&self, before: usize) -> Vec<String> {
        let body = |seen: &super::stub::Seen| -> Value { serde_json::from_slice(&seen.body).unwrap() };
        let short = |body: Value| {
            let text = |name: &str| body[name].as_str().unwrap().to_owned();
            format!("{} {} {}", text("state"), text("kind"), text("subject")).trim().to_owned()
        };
        self.stub.seen()[before..].iter().map(|seen| short(body(seen))).collect()
    }

    async fn list(&self, query: &str) -> Value {
        // Tests last longer than a session.
        let viewer = self.desk.token("viewer").await;
        let seen = self.desk.call(Ask::get(&format!("/api/v1/alerts{query}")).bearer(&viewer)).await;
        assert_eq!(seen.status, 200, "{}", seen.text());
        seen.json()
    }

    /// Of each message what came of it and how often it was sent, newest first.
    async fn outcomes(&self) -> Vec<String> {
        let list = self.list("").await;
        let one = |item: &Value| {
            let text = |name: &str| item[name].as_str().unwrap().to_owned();
            format!("{} {} {} {}", text("state"), text("subject"), text("outcome"), item["attempts"])
        };
        list["items"].as_array().unwrap().iter().map(one).collect()
    }
}

#[tokio::test]
async fn it_is_told_when_it_begins_while_it_lasts_and_when_it_is_over() {
    let mut told = Told::new("repeat: 1h").await;
    assert!(told.round().await.is_empty(), "nothing is the matter, and notes are not told");
    told.ails(&[Degraded::Log]);
    assert_eq!(told.round().await, ["raised degraded log"]);
    let seen = told.stub.seen();
    let body: Value = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!((seen[0].method.as_str(), seen[0].header("content-type")), ("POST", "application/json"));
    assert_eq!(seen[0].path, "/services/T0/topsecretpart?key=alsosecret");
    assert!(seen[0].header("x-wye-signature").is_empty(), "there is no secret to sign with");
    assert_eq!((&body["gateway"], &body["severity"]), (&json!("desk"), &json!("urgent")), "{body}");
    assert_eq!((&body["at"], &body["since"]), (&body["at"], &body["at"]), "{body}");
    assert_eq!(body["message"], "Log does not work");
    assert_eq!(body["params"], json!({"part": "log"}));
    for _ in 0..119 {
        assert!(told.round().await.is_empty());
    }
    assert_eq!(told.round().await, ["still degraded log"]);
    told.ails(&[]);
    assert!(told.round().await.is_empty(), "one round may miss it");
    assert_eq!(told.round().await, ["resolved degraded log"]);
    assert!(told.round().await.is_empty());
    assert_eq!(
        told.outcomes().await,
        ["resolved log delivered 1", "still log delivered 1", "raised log delivered 1"]
    );
    let list = told.list("").await;
    assert_eq!(
        (&list["items"][2]["message"], &list["items"][2]["params"]),
        (&body["message"], &body["params"])
    );
}

#[tokio::test]
async fn a_restart_does_not_tell_it_again_but_sends_what_waited() {
    let mut told = Told::new("repeat: 0s").await;
    told.ails(&[Degraded::Log]);
    assert_eq!(told.round().await, ["raised degraded log"]);
    told.alerts = told.desk.app.alerts().unwrap();
    assert!(told.round().await.is_empty());
    // What was not taken before the restart is sent by the process after it, under the same id.
    told.status.store(503, Ordering::Relaxed);
    told.ails(&[Degraded::Log, Degraded::Limits]);
    assert_eq!(told.round().await, ["raised degraded limits"]);
    told.status.store(200, Ordering::Relaxed);
    told.alerts = told.desk.app.alerts().unwrap();
    assert_eq!(told.after(Duration::ZERO).await, ["raised degraded limits"]);
    let ids: Vec<Value> = told.stub.seen()[1..]
        .iter()
        .map(|seen| serde_json::from_slice::<Value>(&seen.body).unwrap()["id"].clone())
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert!(told.after(HALF * 2 * 60 * 48).await.is_empty(), "never again");
}

#[tokio::test]
async fn a_receiver_that_fails_is_left_alone_for_longer_and_longer_until_it_is_back() {
    let mut told = Told::new("").await;
    told.status.store(500, Ordering::Relaxed);
    told.ails(&[Degraded::Log, Degraded::Limits]);
    let mut tried = Vec::new();
    for second in 0..125 {
        let time = Duration::from_secs(u64::from(second > 0));
        tried.extend(told.after(time).await.iter().map(|_| second));
    }
    assert_eq!(tried, [0, 1, 6, 31, 61, 91, 121]);
    assert_eq!(told.outcomes().await, ["raised limits waiting 3", "raised log waiting 4"], "in turns");
    let waiting = told.list("").await["items"][0].clone();
    assert_eq!((&waiting["status"], &waiting["why"]), (&json!(500), &json!("it answered 500: no such hook")));
    // What was over before anybody could be told is not told.
    told.ails(&[Degraded::Log]);
    told.round().await;
    told.round().await;
    told.status.store(204, Ordering::Relaxed);
    assert_eq!(told.round().await, ["raised degraded log"]);
    assert_eq!(told.outcomes().await, ["raised limits failed 4", "raised log delivered 6"]);
    // What nobody took for a day is given up.
    told.status.store(500, Ordering::Relaxed);
    told.ails(&[Degraded::Log, Degraded::Configuration]);
    assert_eq!(told.round().await, ["raised degraded configuration"]);
    assert_eq!(told.after(Duration::from_secs(86_401)).await, ["still degraded configuration"]);
    let outcomes = told.outcomes().await;
    assert!(outcomes.contains(&"raised configuration failed 1".to_owned()), "{outcomes:?}");
}

#[tokio::test]
async fn of_two_nodes_one_tells() {
    let mut told = Told::new("").await;
    let mut other = told.desk.node("other").alerts().unwrap();
    told.ails(&[Degraded::Log]);
    assert_eq!(told.round().await, ["raised degraded log"]);
    other.step().await;
    told.ails(&[Degraded::Log, Degraded::Limits]);
    told.desk.hands.forward(HALF);
    other.step().await;
    assert_eq!(told.stub.seen().len(), 1, "it is the first one's turn");
    assert_eq!(told.after(Duration::ZERO).await, ["raised degraded limits"]);
    // The first one stops. The other goes on where it was.
    told.ails(&[Degraded::Limits]);
    for _ in 0..4 {
        told.desk.hands.forward(HALF);
        other.step().await;
    }
    told.desk.hands.forward(HALF);
    other.step().await;
    assert_eq!(told.sent(2), ["resolved degraded log"]);
    assert!(told.after(Duration::ZERO).await.is_empty(), "it has lost its turn");
}

#[tokio::test]
async fn messages_are_signed_over_the_moment_and_the_body() {
    let mut told = Told::new("secret: a word of ours, least: soon").await;
    told.ails(&[Degraded::Catalog]);
    told.desk.hands.forward(MINUTE);
    assert_eq!(told.after(Duration::ZERO).await, ["raised degraded catalog"], "it is told soon");
    let seen = told.stub.seen().remove(0);
    let expected = signature(&Secret::new("a word of ours".to_owned()), NOW_S + 60, &seen.body);
    assert_eq!(Some(seen.header("x-wye-signature")), expected.as_deref());
}

#[tokio::test]
async fn chats_get_a_line_of_text_once_an_operator_says_so() {
    let mut told = Told::new("").await;
    let (desk, _) = Desk::set_up("discover: false").await;
    let token = desk.token("root").await;
    let mut alerts = desk.app.alerts().unwrap();
    let none = desk.call(Ask::get("/api/v1/alerts").bearer(&token)).await.json();
    assert_eq!((&none["enabled"], &none["to"], &none["items"]), (&json!(false), &Value::Null, &json!([])));
    let tried = desk.call(Ask::post("/api/v1/alerts/test", &json!({})).bearer(&token)).await;
    assert_eq!((tried.status.as_u16(), &tried.json()["ok"]), (200, &json!(false)), "{}", tried.text());
    assert!(tried.json()["message"].as_str().unwrap().contains("webhook: vault:NAME"), "{}", tried.text());
    let put = async |path: &str, body: Value| {
        let seen = desk.call(Ask::new("PUT", &format!("/api/v1/{path}")).json(&body).bearer(&token)).await;
        assert!(seen.status.is_success(), "{path}: {}", seen.text());
    };
    put("secrets/hook", json!({"value": told.stub.url("/services/T0/topsecretpart")})).await;
    *desk.ailments.lock().unwrap() =
        vec![Ailment { kind: Degraded::Log, what: "<the disk> is full".to_owned() }];
    alerts.step().await;
    assert!(told.stub.seen().is_empty());
    for (style, expected) in [
        ("slack", json!({"text": "Urgent: &lt;the disk&gt; is full (wye, desk)"})),
        (
            "discord",
            json!({"content": "Still urgent: <the disk> is full (wye, desk)", "allowed_mentions": {"parse": []}}),
        ),
    ] {
        // A setting that changes is looked at at once.
        let item = json!({"webhook": "vault:hook", "style": style, "repeat": "1m"});
        let base = desk.configurator.current().version;
        put("config/items/setting/alerts", json!({"body": item, "base": base})).await;
        alerts.step().await;
        let sent = told.stub.seen().pop().unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&sent.body).unwrap(), expected);
        desk.hands.forward(MINUTE);
    }
    let wrong = Ask::new("PUT", "/api/v1/config/items/setting/alerts");
    let base = desk.configurator.current().version;
    let item = json!({"webhook": "vault:hook", "style": "teams"});
    let wrong = wrong.json(&json!({"body": item, "base": base})).bearer(&token);
    let wrong = desk.call(wrong).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.text().contains("alerts.style")),
        (400, true),
        "{}",
        wrong.text()
    );
    told.ails(&[]);
    assert!(told.round().await.is_empty());
}

#[tokio::test]
async fn a_test_says_what_came_of_it_and_is_kept() {
    let told = Told::new("").await;
    let ask = || Ask::post("/api/v1/alerts/test", &json!({}));
    assert_eq!(told.desk.call(ask().bearer(&told.viewer)).await.status, 403);
    let mut said = Vec::new();
    for status in [200, 404, 302, 429] {
        told.status.store(status, Ordering::Relaxed);
        told.desk.hands.forward(Duration::from_secs(1));
        let seen = told.desk.call(ask().bearer(&told.operator)).await;
        assert_eq!(seen.status, 200, "{}", seen.text());
        let seen = seen.json();
        assert_eq!((&seen["ok"], &seen["status"]), (&json!(status == 200), &json!(status)), "{seen}");
        said.push(seen["message"].as_str().unwrap().split_once(' ').unwrap().1.to_owned());
    }
    assert_eq!(
        said,
        [
            "took it",
            "did not take it: it answered 404: it is no webhook; write the right address into alerts.webhook",
            "did not take it: it answered 302: it leads elsewhere; write the address that it leads to into \
             alerts.webhook",
            "did not take it: it answered 429: no such hook",
        ]
    );
    assert_eq!(told.stub.seen().len(), 4, "nothing is followed, and nothing sent again");
    assert_eq!(told.sent(3), ["test test"]);
    let first = told.list("?limit=3").await;
    assert_eq!(first["items"][2]["outcome"], "failed", "{first}");
    let rest = told.list(&format!("?limit=3&cursor={}", first["next"].as_str().unwrap())).await;
    let items = rest["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["outcome"], &items[0]["why"]), (1, &json!("delivered"), &Value::Null));
    assert!(rest["next"].is_null());
    let audit = Ask::get("/api/v1/audit?action=test_alerts").bearer(&told.desk.token("root").await);
    let audit = told.desk.call(audit).await.json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 4, "{audit}");
    assert_eq!(audit["items"][3]["detail"]["ok"], true, "{audit}");
}

#[tokio::test]
async fn a_webhooks_redirect_is_not_followed() {
    let elsewhere = Stub::start(|_| told(200, &[], "")).await;
    let location = elsewhere.url("/metadata");
    let stub = Stub::start(move |_| told(307, &[("location", location.as_str())], "")).await;
    let config = format!("discover: false\nalerts: {{ webhook: '{}' }}\n", stub.url("/hook"));
    let desk = Desk::new(&config).await;
    *desk.ailments.lock().unwrap() = vec![Ailment { kind: Degraded::Log, what: "full".to_owned() }];
    desk.app.alerts().unwrap().step().await;
    assert_eq!((stub.seen().len(), elsewhere.seen().len()), (1, 0));
}

/// What a test of this receiver comes to.
async fn tried(stub: &Stub) -> Value {
    let config = format!("discover: false\nalerts: {{ webhook: '{}' }}\n", stub.url("/hook"));
    let (desk, token) = Desk::set_up(&config).await;
    let seen = desk.call(Ask::post("/api/v1/alerts/test", &json!({})).bearer(&token)).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    seen.json()
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_not_waited_for_and_one_that_says_much_is_not_read() {
    // Nothing else happens from here on, so that the time goes on to where the wait ends.
    let silent = Stub::start_raw(|_| {
        Box::pin(async {
            tokio::time::pause();
            std::future::pending().await
        })
    })
    .await;
    let seen = Box::pin(tried(&silent)).await;
    assert!(seen["message"].as_str().unwrap().ends_with("there was no answer within 10 s"), "{seen}");
    assert_eq!((&seen["ok"], &seen["status"]), (&json!(false), &Value::Null), "{seen}");
    tokio::time::resume();
    let much = Stub::start(|_| told(400, &[], vec![b'x'; 1 << 20])).await;
    let seen = Box::pin(tried(&much)).await;
    assert!(seen["message"].as_str().unwrap().ends_with("did not take it: it answered 400"), "{seen}");
}

/// Everything that is logged.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<String>>);

impl Visit for Heard {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn neither_the_address_nor_the_secret_is_told_to_anybody() {
    let heard = Heard::default();
    let _guard = tracing::subscriber::set_default(heard.clone());
    let mut told = Told::new("secret: wordofours").await;
    told.ails(&[Degraded::Log]);
    for status in [500, 302, 400, 200] {
        told.status.store(status, Ordering::Relaxed);
        told.desk.hands.forward(MINUTE);
        told.alerts.step().await;
        told.desk.call(Ask::post("/api/v1/alerts/test", &json!({})).bearer(&told.operator)).await;
    }
    let mut seen = heard.0.lock().unwrap().clone();
    assert!(seen.contains("an alert was not taken") && seen.contains("alerts are taken again"), "{seen}");
    let paths = [
        "alerts",
        "config",
        "config/items",
        "config/items/setting/alerts",
        "settings",
        "config/export",
        "audit",
    ];
    let admin = told.desk.token("root").await;
    for path in paths {
        let answer = told.desk.call(Ask::get(&format!("/api/v1/{path}")).bearer(&admin)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        seen.push_str(&answer.text());
    }
    for sent in told.stub.seen() {
        seen.push_str(&String::from_utf8_lossy(&sent.body));
    }
    write!(seen, "{:?}", told.alerts).unwrap();
    assert!(told.list("").await["to"].as_str().unwrap().starts_with("127.0.0.1:"));
    for secret in ["topsecretpart", "alsosecret", "wordofours"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
}
