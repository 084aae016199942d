//! Versions of the configuration.

use serde_json::json;
use wye_store::config_log::{Author, ConfigLog, Edit, hash_of};
use wye_store::{Db, StoreError};

crate::on_both![
    a_change_makes_a_version_and_history_keeps_what_was,
    a_stale_change_is_refused_whole,
    of_many_at_once_one_wins,
    of_several_edits_of_one_item_the_last_holds,
    going_back_is_a_new_version_with_the_old_hash,
];

fn author(name: &str) -> Author {
    Author { name: name.to_owned(), at_ms: 7, note: String::new() }
}

fn set(kind: &str, name: &str, body: serde_json::Value) -> Edit {
    Edit { key: (kind.to_owned(), name.to_owned()), body: Some(body) }
}

fn remove(kind: &str, name: &str) -> Edit {
    Edit { key: (kind.to_owned(), name.to_owned()), body: None }
}

async fn a_change_makes_a_version_and_history_keeps_what_was(db: Db) {
    let log = ConfigLog::new(db);
    assert_eq!(log.current().await.unwrap(), (0, Default::default()));
    let first = [set("route", "chat", json!({"b": 1, "a": 2})), set("provider", "groq", json!({}))];
    assert_eq!(log.change(0, &first, &author("ann")).await, Ok(1));
    // The same in another order of fields changes nothing.
    let same = [set("route", "chat", json!({"a": 2, "b": 1}))];
    assert_eq!(log.change(1, &same, &author("ann")).await, Ok(1));
    let second = [set("route", "chat", json!({"a": 3})), remove("provider", "groq"), remove("route", "none")];
    assert_eq!(log.change(1, &second, &author("bob")).await, Ok(2));
    let (newest, items) = log.current().await.unwrap();
    assert_eq!((newest, items.len()), (2, 1));
    assert_eq!(items[&("route".to_owned(), "chat".to_owned())], json!({"a": 3}));
    assert_eq!(log.at(1).await.unwrap().len(), 2);
    let history = log.history(None, 10).await.unwrap();
    assert_eq!(history.iter().map(|v| v.author.name.as_str()).collect::<Vec<_>>(), ["bob", "ann"]);
    assert_eq!(
        history[0].changes,
        json!([
            {"kind": "route", "name": "chat", "before": {"a": 2, "b": 1}, "after": {"a": 3}},
            {"kind": "provider", "name": "groq", "before": {}, "after": null},
        ])
    );
    assert_eq!(history[0].hash, hash_of(&items));
    assert_eq!(log.history(Some(2), 10).await.unwrap().len(), 1);
}

async fn a_stale_change_is_refused_whole(db: Db) {
    let log = ConfigLog::new(db);
    log.change(0, &[set("route", "a", json!(1))], &author("ann")).await.unwrap();
    let stale = log.change(0, &[set("route", "b", json!(1))], &author("bob")).await;
    assert_eq!(stale, Err(StoreError::Conflict));
    assert_eq!(log.current().await.unwrap().1.len(), 1);
}

async fn of_many_at_once_one_wins(db: Db) {
    let log = ConfigLog::new(db);
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let log = log.clone();
            tokio::spawn(async move {
                let edits = [set("route", &format!("r{n}"), json!(n)), set("route", "shared", json!(n))];
                log.change(0, &edits, &author("x")).await
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(1) => won += 1,
            other => assert_eq!(other, Err(StoreError::Conflict)),
        }
    }
    assert_eq!(won, 1);
    let (newest, items) = log.current().await.unwrap();
    assert_eq!((newest, items.len()), (1, 2));
}

async fn going_back_is_a_new_version_with_the_old_hash(db: Db) {
    let log = ConfigLog::new(db);
    log.change(0, &[set("a", "x", json!(1)), set("a", "y", json!(1))], &author("ann")).await.unwrap();
    log.change(1, &[set("a", "x", json!(2)), remove("a", "y"), set("a", "z", json!(1))], &author("ann"))
        .await
        .unwrap();
    assert_eq!(log.go_back(2, 1, &author("ann")).await, Ok(3));
    let history = log.history(None, 10).await.unwrap();
    assert_eq!(history[0].hash, history[2].hash);
    assert_eq!(log.current().await.unwrap().1, log.at(1).await.unwrap());
    assert_eq!(log.go_back(3, 0, &author("ann")).await, Ok(4));
    assert!(log.current().await.unwrap().1.is_empty());
}

async fn of_several_edits_of_one_item_the_last_holds(db: Db) {
    let log = ConfigLog::new(db);
    let twice = [set("route", "a", json!(1)), remove("route", "b"), set("route", "a", json!(2))];
    assert_eq!(log.change(0, &twice, &author("ann")).await, Ok(1));
    let again = [remove("route", "a"), set("route", "a", json!(2))];
    assert_eq!(log.change(1, &again, &author("ann")).await, Ok(1), "nothing has changed");
    let gone = [set("route", "a", json!(3)), remove("route", "a"), set("route", "c", json!(1))];
    assert_eq!(log.change(1, &gone, &author("ann")).await, Ok(2));
    let items = log.current().await.unwrap().1;
    assert_eq!(items.keys().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["c"]);
    assert_eq!(log.history(None, 1).await.unwrap()[0].hash, hash_of(&items));
}
