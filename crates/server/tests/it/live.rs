//! Requests as they end: who hears of them, that nothing is lost when a listener comes back, and how it ends.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use http::Response;
use serde_json::{Value, json};
use wye_store::log::{Batch, Entry, RequestLog};
use wye_types::RequestId;

use super::desk::{Ask, Desk};
use super::support::PATIENCE;

/// Where the desk's clock stands.
const NOW: u64 = 1_790_000_000_000;
const PATH: &str = "/api/v1/live";

/// Request `n`, which arrived and ended at these milliseconds from now.
fn entry(n: u64, from: i64, to: i64) -> Entry {
    let failed = n % 2 == 1;
    Entry {
        id: RequestId::v7(NOW.saturating_add_signed(from), u128::from(n) << 40),
        ended_ms: NOW.saturating_add_signed(to),
        asked: format!("m{n}"),
        route: Some("auto".to_owned()),
        key: Some(if n < 5 { "ci" } else { "app" }.to_owned()),
        provider: (!failed).then(|| "p".to_owned()),
        model: (!failed).then(|| "big/m".to_owned()),
        status: if failed { 502 } else { 200 },
        code: failed.then(|| "provider_unreachable".to_owned()),
        detail: r#"{"attempts":[{"deployment":"p/m"},{"deployment":"q/m"}]}"#.to_owned(),
        tried: vec!["q/m".to_owned()],
        ..Entry::default()
    }
}

async fn written(desk: &Desk, node: &str, entries: &[Entry]) {
    let mut log = RequestLog::open(desk.db.clone(), node).await.unwrap();
    let batch = Batch { number: log.next(), entries: entries.to_vec(), ..Batch::default() };
    log.append(&batch).await.unwrap();
}

/// An event.
#[derive(Debug, Clone, Default, PartialEq)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

/// Somebody who listens.
struct Ear {
    body: BodyDataStream,
    text: String,
}

impl Ear {
    fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next block, whatever it is; `None` at the end.
    async fn block(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = block.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let data = serde_json::from_str(&field("data:")).unwrap_or_default();
                let event = Event { name: field("event:"), id: field("id:"), data };
                self.text = rest.to_owned();
                return Some(event);
            }
            let piece = tokio::time::timeout(PATIENCE, self.body.next()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        }
    }

    /// The next event.
    async fn event(&mut self) -> Event {
        loop {
            let block = self.block().await.unwrap();
            if !block.name.is_empty() {
                return block;
            }
        }
    }

    /// The models that the next events of requests are about.
    async fn asked(&mut self, count: usize) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..count {
            let event = self.event().await;
            assert_eq!(event.name, "request", "{event:?}");
            all.push(event.data["asked"].as_str().unwrap().to_owned());
        }
        all
    }
}

async fn listening(desk: &Desk, path: &str, token: &str) -> Ear {
    let mut ear = Ear::of(desk.open(Ask::get(path).bearer(token)).await);
    // The greeting, which has a place to come back to.
    assert!(!ear.block().await.unwrap().id.is_empty());
    ear
}

#[tokio::test]
async fn requests_of_every_node_are_told_as_they_end() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    written(&desk, "a", &[entry(0, -60_000, -59_000)]).await;
    let mut ear = listening(&desk, PATH, &viewer).await;
    written(&desk, "a", &[entry(1, -100, 0)]).await;
    let event = ear.event().await;
    assert_eq!(event.name, "request");
    let told = &event.data;
    for (name, value) in [
        ("asked", json!("m1")),
        ("at_ms", json!(NOW - 100)),
        ("ended_ms", json!(NOW)),
        ("attempts", json!(2)),
        ("failed", json!(["q/m"])),
        ("deployment", Value::Null),
        ("code", json!("provider_unreachable")),
        ("status", json!(502)),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    assert!(told.get("number").is_none());
    assert_eq!(event.id, format!("{NOW}-{}", told["id"].as_str().unwrap()));
    written(&desk, "b", &[entry(2, -40, 10)]).await;
    let event = ear.event().await;
    assert_eq!((&event.data["asked"], &event.data["deployment"]), (&json!("m2"), &json!("p/big/m")));
}

#[tokio::test]
async fn what_is_written_late_is_told_once_whenever_it_arrived() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    let mut ear = listening(&desk, PATH, &viewer).await;
    written(&desk, "a", &[entry(2, -500, 100)]).await;
    assert_eq!(ear.asked(1).await, ["m2"]);
    // Arrived half an hour ago; ended before one that was told already.
    written(&desk, "b", &[entry(4, -1_800_000, 50), entry(6, -400, 60)]).await;
    assert_eq!(ear.asked(2).await, ["m4", "m6"]);
    written(&desk, "a", &[entry(8, -5, 200)]).await;
    assert_eq!(ear.asked(1).await, ["m8"], "and nothing twice");
    // What can't be found any more is counted: it ended too long ago.
    written(&desk, "c", &[entry(10, -900_000, -800_000)]).await;
    let event = ear.event().await;
    assert_eq!((event.name.as_str(), &event.data), ("gap", &json!({"missed": 1})));
}

#[tokio::test]
async fn a_listener_who_comes_back_has_lost_nothing() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    let mut ear = listening(&desk, PATH, &viewer).await;
    written(&desk, "a", &[entry(0, -10, 0), entry(2, -9, 1)]).await;
    let first = ear.event().await;
    drop(ear);
    written(&desk, "a", &[entry(4, -8, 2)]).await;
    // As a browser says it, and as whoever reads the stream by hand.
    let ask = Ask::get(PATH).bearer(&viewer);
    let mut ear = Ear::of(desk.open(ask.with("last-event-id", &first.id)).await);
    assert_eq!(ear.asked(2).await, ["m2", "m4"]);
    let mut ear = listening(&desk, &format!("{PATH}?after={}", first.id), &viewer).await;
    assert_eq!(ear.asked(2).await, ["m2", "m4"]);
    let mut ear = listening(&desk, &format!("{PATH}?after={}", NOW + 2), &viewer).await;
    assert_eq!(ear.asked(1).await, ["m4"]);
    // To another process the place says when it was.
    let doors = desk.anew();
    let ask = Ask::get(PATH).bearer(&viewer).with("last-event-id", &first.id);
    let mut ear = Ear::of(super::desk::open(&doors, ask).await);
    assert_eq!(ear.asked(2).await, ["m2", "m4"], "without the one that was heard last");
    written(&desk, "a", &[entry(6, -3, 5)]).await;
    assert_eq!(ear.asked(1).await, ["m6"]);
    let seen = desk.call(Ask::get(&format!("{PATH}?after=yesterday")).bearer(&viewer)).await;
    assert_eq!((seen.status.as_u16(), seen.code().as_str()), (400, "caller_invalid_request"));
}

#[tokio::test]
async fn a_listener_who_lags_is_told_of_a_gap_and_goes_on() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    let mut slow = listening(&desk, PATH, &viewer).await;
    let mut quick = listening(&desk, PATH, &viewer).await;
    // More than a look tells: the newest of them, and how many others there were.
    let many: Vec<Entry> = (0..520).map(|n| entry(2 * n, -1000, i64::try_from(n).unwrap())).collect();
    written(&desk, "a", &many).await;
    let event = quick.event().await;
    assert_eq!((event.name.as_str(), &event.data["missed"]), ("gap", &json!(20)));
    assert_eq!(quick.asked(500).await.last().unwrap(), "m1038");
    // More than is kept for whoever does not read.
    for round in 1..5 {
        let many: Vec<Entry> = (0..500)
            .map(|n| entry(2 * (1000 * round + n), -900, 1000 + i64::try_from(500 * round + n).unwrap()))
            .collect();
        written(&desk, "a", &many).await;
        quick.asked(500).await;
    }
    let event = slow.event().await;
    assert_eq!((event.name.as_str(), &event.data["missed"]), ("gap", &json!(453)), "{event:?}");
    assert_eq!(slow.asked(2048).await.last().unwrap(), "m8998");
}

#[tokio::test]
async fn filters_leave_out_what_is_not_wanted() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    let all: Vec<Entry> = (0..8).map(|n| entry(n, -100, i64::try_from(n).unwrap())).collect();
    let mut ears = Vec::new();
    for (query, wanted) in [
        ("failed=true", vec!["m1", "m3", "m5", "m7"]),
        ("key=ci&failed=false", vec!["m0", "m2", "m4"]),
        ("provider=p&model=big/m&route=auto&key=app", vec!["m6"]),
    ] {
        ears.push((listening(&desk, &format!("{PATH}?{query}"), &viewer).await, wanted));
    }
    written(&desk, "a", &all).await;
    for (mut ear, wanted) in ears {
        assert_eq!(ear.asked(wanted.len()).await, wanted);
    }
    let seen = desk.call(Ask::get(&format!("{PATH}?colour=red")).bearer(&viewer)).await;
    assert_eq!(seen.status, 400);
}

#[tokio::test]
async fn a_connection_that_is_quiet_beats() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    let mut ear = listening(&desk, &format!("{PATH}?key=nobody"), &viewer).await;
    let mut other = listening(&desk, PATH, &viewer).await;
    written(&desk, "a", &[entry(0, -10, 7)]).await;
    let heard = other.event().await;
    desk.hands.forward(Duration::from_secs(15));
    // The place moves on, also where nothing was told.
    let block = ear.block().await.unwrap();
    assert_eq!((block.name.as_str(), &block.id), ("", &heard.id));
}

#[tokio::test]
async fn it_ends_with_the_session() {
    let (desk, [_, _, admin]) = Desk::peopled("discover: false").await;
    let browser = desk.browser("viewer").await;
    let mut ear = Ear::of(desk.open(Ask::get(PATH).cookies(&browser)).await);
    let made = json!({"name": "script", "role": "viewer", "days": 1});
    let made = desk.call(Ask::post("/api/v1/me/tokens", &made).bearer(&admin)).await.json();
    let mut script = listening(&desk, PATH, made["secret"].as_str().unwrap()).await;
    // The access token has its end, the session goes on.
    desk.hands.forward(Duration::from_secs(16 * 60));
    assert!(ear.block().await.is_some());
    let admin = desk.token("root").await;
    let users = desk.call(Ask::get("/api/v1/users").bearer(&admin)).await.json();
    let viewer = users["items"].as_array().unwrap().iter().find(|user| user["name"] == "viewer").unwrap();
    let path = format!("/api/v1/users/{}/sessions", viewer["id"].as_str().unwrap());
    assert!(desk.call(Ask::new("DELETE", &path).bearer(&admin)).await.status.is_success());
    desk.hands.forward(Duration::from_secs(30));
    let event = ear.event().await;
    assert_eq!((event.name.as_str(), &event.data), ("ended", &json!({"why": "session"})));
    assert_eq!(ear.block().await, None);
    assert!(script.block().await.is_some(), "a token is another matter");
    let path = format!("/api/v1/me/tokens/{}", made["token"]["id"].as_str().unwrap());
    assert!(desk.call(Ask::new("DELETE", &path).bearer(&admin)).await.status.is_success());
    desk.hands.forward(Duration::from_secs(30));
    assert_eq!(script.event().await.data, json!({"why": "session"}));
}

#[tokio::test]
async fn it_ends_with_the_gateway() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    let mut ear = listening(&desk, PATH, &viewer).await;
    desk.app.stop();
    let event = ear.event().await;
    assert_eq!((event.name.as_str(), &event.data), ("ended", &json!({"why": "shutdown"})));
    assert_eq!(ear.block().await, None);
}

#[tokio::test]
async fn pages_of_others_and_strangers_hear_nothing() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    let browser = desk.browser("viewer").await;
    for (name, value) in
        [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
    {
        let seen = desk.call(Ask::get(PATH).cookies(&browser).with(name, value)).await;
        assert_eq!(seen.status, 403, "{name}: {value}");
    }
    let ask = Ask::get(PATH).cookies(&browser).with("sec-fetch-site", "same-origin");
    assert_eq!(desk.call(ask).await.status, 200);
    assert_eq!(desk.call(Ask::get(PATH)).await.status, 401);
    assert_eq!(desk.call(Ask::get(PATH).bearer("wrong")).await.status, 401);
    assert_eq!(desk.call_client(Ask::get(PATH).bearer(&viewer)).await.status, 404);
}

#[tokio::test]
async fn no_more_listen_than_there_are_places_for() {
    let (desk, [viewer, ..]) = Desk::peopled("discover: false").await;
    let mut ears = Vec::new();
    for _ in 0..64 {
        ears.push(desk.open(Ask::get(PATH).bearer(&viewer)).await);
    }
    assert!(ears.iter().all(|ear| ear.status() == 200));
    let seen = desk.call(Ask::get(PATH).bearer(&viewer)).await;
    assert_eq!((seen.status.as_u16(), seen.header("retry-after")), (503, "5"));
    ears.pop();
    assert_eq!(desk.call(Ask::get(PATH).bearer(&viewer)).await.status, 200);
}
