//! Whose prompts are counted: those that something goes by, once each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use serde_json::json;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wye_profile::tokens::{Prompt, Reader};
use wye_sim::Script;
use wye_types::DialectId;
use wye_types::record::UsageSource;
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House};

/// Hears of every prompt that is counted.
#[derive(Clone, Default)]
struct Listener(Arc<AtomicU64>);

impl Subscriber for Listener {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        of.target().ends_with("::parse::input")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A gateway with providers `a` and `b`, whose models `m` hold so many tokens; `limits` are those of `a`, `rest` is the rest of
/// the configuration.
async fn house(limits: &str, context: u64, rest: &str) -> House {
    broken("", (limits, context, rest)).await
}

/// The same with a fault of `a`.
async fn broken(fault: &str, (limits, context, rest): (&str, u64, &str)) -> House {
    let script = format!(
        "seed: 1\nepoch: 1750000000\nproviders:\n  \
         a: {{ dialect: openai_chat, models: {{ m: {{ tokens: 60 }} }}, faults: [{fault}] }}\n  \
         b: {{ dialect: openai_chat, models: {{ m: {{ tokens: 8 }} }} }}\n"
    );
    House::of(Script::from_yaml(&script).unwrap(), |fleet| {
        let provider = |name: &str, limits: &str| {
            let url = fleet.base_url(name);
            format!(
                "  {name}: {{ dialect: openai_chat, base_url: \"{url}\"{limits}, \
                 models: [{{ id: m, price: {{ input: 4, output: 8 }}, context: {context} }}] }}\n"
            )
        };
        let (a, b) = (provider("a", limits), provider("b", ""));
        format!("discover: false\nproviders:\n{a}{b}{rest}")
    })
    .await
}

fn ask(words: usize, stream: bool) -> Ask {
    let text = "say the word ".repeat(words);
    let body = json!({ "model": "r", "stream": stream, "messages": [{ "role": "user", "content": text }] });
    Ask { dialect: DialectId::OpenAiChat, path: PathAsk::default(), headers: HeaderMap::new(), body }
}

const ONE: &str = "routes:\n  r: { strategy: ordered, targets: [a/m] }\n";
const TWO: &str = "routes:\n  r: { strategy: ordered, targets: [a/m, b/m] }\n";
const CHEAPEST: &str = "routes:\n  r: { strategy: cheapest, targets: [a/m, b/m] }\n";

/// How often the prompt of one request was counted.
async fn counted(house: &House, ask: &Ask, key: Option<&str>) -> u64 {
    let heard = Listener::default();
    let _guard = tracing::subscriber::set_default(heard.clone());
    assert_eq!(Box::pin(house.ask_by(ask, key)).await.unwrap().status, 200);
    heard.0.load(Ordering::Relaxed)
}

#[tokio::test]
async fn what_nobody_goes_by_is_not_counted() {
    for (routes, stream) in [(ONE, false), (ONE, true), (TWO, false), (TWO, true)] {
        let house = house(", limits: { rpm: 1000, concurrent: 10 }", 1000, routes).await;
        assert_eq!(counted(&house, &ask(3, stream), None).await, 0, "{routes} {stream}");
        let record = house.records().remove(0);
        assert_eq!(record.usage_source, UsageSource::Reported);
    }
}

#[tokio::test]
async fn what_somebody_goes_by_is_counted_once() {
    let key = |limits: &str| format!("keys: [{{ name: k, key: wye-test-5f9c2a71d0b84e63{limits} }}]\n{ONE}");
    let cases = [
        ("", 1000, key(", limits: { tpm: 100000 }")),
        ("", 1000, key(", limits: { tpr: 100000 }")),
        ("", 1000, key(", budgets: [{ usd: 10, per: month }]")),
        (", limits: { tpm: 100000 }", 1000, ONE.to_owned()),
        // It may not fit.
        ("", 100, TWO.to_owned()),
        ("", 1000, CHEAPEST.to_owned()),
    ];
    for (limits, context, rest) in cases {
        let house = house(limits, context, &rest).await;
        let key = rest.starts_with("keys").then_some("k");
        assert_eq!(counted(&house, &ask(3, false), key).await, 1, "{limits} {rest}");
    }
    // The only one is asked whatever it holds.
    let house = house("", 100, ONE).await;
    assert_eq!(counted(&house, &ask(3, false), None).await, 0);
}

/// A stream that breaks off before it says what it used: what it used is estimated as before.
#[tokio::test]
async fn what_nobody_reports_is_counted() {
    for words in [3, 3000] {
        let house = broken("{ fault: { cut_after_events: 6 } }", ("", 1_000_000, ONE)).await;
        let ask = ask(words, true);
        let heard = Listener::default();
        let _guard = tracing::subscriber::set_default(heard.clone());
        let _ = Box::pin(house.ask(&ask)).await;
        assert_eq!(heard.0.load(Ordering::Relaxed), 1);
        let record = house.records().remove(0);
        let messages = ask.body["messages"].to_string();
        let tokens = Prompt::tokens_of([("messages", messages.as_bytes())], Reader::of("m"));
        assert_eq!((record.usage_source, record.usage.unwrap().input), (UsageSource::Estimated, tokens));
    }
}
