//! Responses that are kept: found at once, written behind, read as conversations, forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wye_store::log::Keep;
use wye_store::log::retain::forget;
use wye_store::responses::{ResponseStore, ResponseWriter};
use wye_store::{Db, Statement};
use wye_types::kept::{KeptError, KeptResponse, Responses};
use wye_types::{Clock, DeploymentId};

use crate::retain::at;

crate::on_both![
    what_is_kept_is_found_before_and_after_it_is_written,
    conversations_are_read_in_order_and_end_somewhere,
    what_is_deleted_is_gone_and_belongs_to_its_owner_until_then,
    a_full_queue_takes_no_more,
    the_old_go_and_those_that_are_too_many,
];

/// So long that memory believes nothing any more.
const LATER: Duration = Duration::from_secs(3600);
const MOST: usize = 1 << 20;
const DAY_MS: u64 = 86_400_000;

#[derive(Debug, Default)]
struct Hands(AtomicU64);

impl Hands {
    fn forward(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn mono(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn unix_ms(&self) -> u64 {
        0
    }
}

fn start(db: &Db, places: usize) -> (ResponseStore, ResponseWriter, Arc<Hands>) {
    let hands = Arc::new(Hands::default());
    let clock: Arc<dyn Clock> = Arc::<Hands>::clone(&hands);
    let (store, writer) = ResponseStore::start(db.clone(), clock, places, LATER).unwrap();
    (store, writer, hands)
}

fn kept(id: &str, previous: Option<&str>) -> KeptResponse {
    let deployment = DeploymentId { provider: "p".to_owned(), model: "m".to_owned() };
    KeptResponse {
        id: id.to_owned(),
        owner: "alice".to_owned(),
        at_ms: DAY_MS,
        previous: previous.map(str::to_owned),
        deployment: Some(Arc::new(deployment)),
        account: "a1".to_owned(),
        upstream: previous.is_some(),
        input: format!("\"asked {id}\"").into(),
        response: format!("{{\"id\":\"{id}\"}}").into(),
    }
}

fn keep(store: &ResponseStore, kept: KeptResponse) {
    store.reserve().unwrap().send(kept);
}

/// Keeps them and waits until they are written.
async fn written(db: &Db, all: Vec<KeptResponse>) {
    let (store, writer, _) = start(db, 16);
    all.into_iter().for_each(|kept| keep(&store, kept));
    drop(store);
    writer.done().await.unwrap();
}

async fn what_is_kept_is_found_before_and_after_it_is_written(db: Db) {
    let (store, writer, _) = start(&db, 16);
    let one = kept("one", None);
    keep(&store, one.clone());
    assert_eq!(*store.find("alice", "one").await.unwrap(), one);
    // Who keeps a place and never uses it is not waited for at the end.
    drop(store.reserve());
    drop(store);
    writer.done().await.unwrap();
    let (store, _writer, hands) = start(&db, 16);
    assert_eq!(*store.find("alice", "one").await.unwrap(), one);
    // What another gateway has made of it is seen after a while.
    db.change(vec![Statement::new("UPDATE responses SET account = 'a2'", [])]).await.unwrap();
    assert_eq!(store.find("alice", "one").await.unwrap().account, "a1");
    hands.forward(LATER);
    assert_eq!(store.find("alice", "one").await.unwrap().account, "a2");
    for (owner, id) in [("bob", "one"), ("", "one"), ("alice", "two")] {
        assert_eq!(store.find(owner, id).await, Err(KeptError::Missing(id.to_owned())));
    }
    // What one database cannot hold is no id, rather than a fault of the database.
    let odd = Err(KeptError::Missing("a\\u{0}".to_owned()));
    assert_eq!(store.find("alice", "a\0").await, odd);
    assert!(matches!(store.conversation("alice", "a\0", MOST).await, Err(KeptError::Missing(_))));
}

async fn conversations_are_read_in_order_and_end_somewhere(db: Db) {
    written(
        &db,
        vec![
            kept("a", None),
            kept("b", Some("a")),
            kept("c", Some("b")),
            kept("x", Some("y")),
            kept("y", Some("x")),
        ],
    )
    .await;
    let (store, _writer, _) = start(&db, 16);
    keep(&store, kept("d", Some("c")));
    let all = store.conversation("alice", "d", MOST).await.unwrap();
    assert_eq!(all.iter().map(|kept| &*kept.id).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert!(all[0].previous.is_none() && all[3].upstream);
    let size: usize = all.iter().map(|kept| kept.size()).sum();
    assert_eq!(store.conversation("alice", "d", size - 1).await, Err(KeptError::TooLong));
    assert_eq!(store.conversation("alice", "d", size).await.unwrap().len(), 4);
    // Rows that go on from each other are none of ours, and no reason to read for ever.
    assert_eq!(store.conversation("alice", "x", MOST).await, Err(KeptError::TooLong));
    assert_eq!(store.conversation("bob", "c", MOST).await, Err(KeptError::Missing("c".to_owned())));
}

async fn what_is_deleted_is_gone_and_belongs_to_its_owner_until_then(db: Db) {
    written(&db, vec![kept("a", None), kept("b", Some("a"))]).await;
    let (store, _writer, _) = start(&db, 16);
    assert_eq!(store.forget("bob", "a").await, Err(KeptError::Missing("a".to_owned())));
    keep(&store, kept("c", None));
    for id in ["a", "c"] {
        store.forget("alice", id).await.unwrap();
        assert_eq!(store.find("alice", id).await, Err(KeptError::Missing(id.to_owned())));
        assert_eq!(store.forget("alice", id).await, Err(KeptError::Missing(id.to_owned())));
    }
    assert!(store.find("alice", "b").await.is_ok());
    // A conversation without its beginning is not gone on with as if it were whole.
    assert_eq!(store.conversation("alice", "b", MOST).await, Err(KeptError::Missing("a".to_owned())));
}

async fn a_full_queue_takes_no_more(db: Db) {
    let (store, writer, _) = start(&db, 2);
    let (first, second) = (store.reserve().unwrap(), store.reserve().unwrap());
    assert!(store.reserve().is_none());
    drop(first);
    let third = store.reserve().unwrap();
    second.send(kept("a", None));
    third.send(kept("b", None));
    drop(store);
    writer.done().await.unwrap();
    let (store, _writer, _) = start(&db, 2);
    assert!(store.find("alice", "a").await.is_ok() && store.find("alice", "b").await.is_ok());
}

async fn the_old_go_and_those_that_are_too_many(db: Db) {
    let aged = |id: &str, day: u64| KeptResponse { at_ms: day * DAY_MS, ..kept(id, None) };
    written(&db, (1..=6).map(|day| aged(&format!("d{day}"), day)).collect()).await;
    let left = async || {
        let rows = db.rows("SELECT id FROM responses ORDER BY at_ms", Vec::new()).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let sql = "SELECT CAST(SUM(LENGTH(input) + LENGTH(response)) AS BIGINT) FROM responses";
    let all = u64::try_from(db.rows(sql, Vec::new()).await.unwrap()[0].int(0).unwrap()).unwrap();
    let mut keeps = Keep::new(0, &[], &[]).unwrap();
    (keeps.responses, keeps.responses_bytes) = (Duration::from_millis(4 * DAY_MS), all);
    forget(&db, &keeps, &at(6 * DAY_MS + 1)).await.unwrap();
    assert_eq!(left().await, ["d3", "d4", "d5", "d6"]);
    keeps.responses_bytes = all / 3;
    forget(&db, &keeps, &at(6 * DAY_MS + 1)).await.unwrap();
    assert_eq!(left().await, ["d5", "d6"]);
}
