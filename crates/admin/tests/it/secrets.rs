//! Secrets, the master key and its replacement.

use std::sync::{Arc, Mutex};

use serde_json::json;
use wye_admin::ChangeError;
use wye_admin::secrets::{Secrets, SecretsError};
use wye_store::sealed::SealedTable;
use wye_store::vault::VaultError;
use wye_store::{Db, StoreError};
use wye_types::Secret;

use crate::node::{MASTER, Node, Still, author, remove, secrets, set};

crate::on_both![
    a_secret_comes_back_under_its_name_and_is_never_in_the_database,
    a_wrong_master_key_is_refused,
    the_first_of_many_nodes_decides_the_key,
    a_secret_that_is_named_cannot_be_removed,
    a_secret_that_another_node_removes_cannot_be_named,
    odd_names_and_texts_are_refused,
    exported_secrets_open_under_the_same_key_alone,
    a_replaced_key_is_noticed_by_those_who_run,
    a_replacement_is_whole_or_not_there,
    nobody_seals_under_a_key_that_was_replaced,
];

const OTHER: &str = "another master key, as long as that";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

async fn a_secret_comes_back_under_its_name_and_is_never_in_the_database(db: Db) {
    let kept = secrets(&db, MASTER);
    kept.set("a/1", &secret("sk-first")).await.unwrap();
    kept.set("a/1", &secret("sk-second")).await.unwrap();
    assert_eq!(kept.get("a/1").await, Ok(Some(secret("sk-second"))));
    assert_eq!(kept.get("a/2").await, Ok(None));
    assert_eq!(kept.get_or_set("a/1", &secret("sk-third")).await, Ok(secret("sk-second")));
    assert_eq!(kept.get_or_set("!own", &secret("sk-own")).await, Ok(secret("sk-own")));
    let (_, all) = SealedTable::new(db).all().await.unwrap();
    assert!(all.values().all(|sealed| !sealed.blob.windows(3).any(|part| part == b"sk-")));
    let (_, _, opened) = kept.of_configuration().await.unwrap();
    assert_eq!(opened.len(), 1, "what is the gateway's own is no configuration's");
    kept.remove("a/1").await.unwrap();
    assert_eq!(kept.get("a/1").await, Ok(None));
}

async fn a_wrong_master_key_is_refused(db: Db) {
    Node::start(&db, "discover: false\n").await;
    let wrong = secrets(&db, OTHER);
    assert_eq!(wrong.unlock().await, Err(SecretsError::Vault(VaultError::WrongKey)));
    let refused = Node::try_start(&db, wrong, "discover: false\n", None).await.err().unwrap();
    assert_eq!(refused, ChangeError::Vault(VaultError::WrongKey));
    assert!(refused.to_string().contains("WYE_MASTER_KEY"), "{refused}");
    let none = Secrets::new(db, Arc::new(Vec::new), Arc::new(Still));
    assert_eq!(none.unlock().await, Err(SecretsError::Vault(VaultError::NoKey)));
}

async fn the_first_of_many_nodes_decides_the_key(db: Db) {
    let nodes: Vec<_> =
        (0..4).map(|n| secrets(&db, &format!("master key number {n} of a few nodes"))).collect();
    let mut right = 0;
    let tasks: Vec<_> =
        nodes.into_iter().map(|node| tokio::spawn(async move { node.unlock().await })).collect();
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => right += 1,
            other => assert_eq!(other, Err(SecretsError::Vault(VaultError::WrongKey))),
        }
    }
    assert_eq!(right, 1);
}

async fn a_secret_that_is_named_cannot_be_removed(db: Db) {
    let node = Node::start(&db, "discover: false\n").await;
    let of = &node.configurator;
    of.set_secret("g", &secret("gsk-1"), &author("ann")).await.unwrap();
    let body = json!({"dialect": "openai_chat", "base_url": "http://g/v1", "api_keys": ["vault:g"]});
    node.change(&[set("provider", "g", body)]).await.unwrap();
    let refused = of.remove_secret("g", &author("ann")).await.unwrap_err();
    assert_eq!(refused, ChangeError::InUse(vec![("provider".to_owned(), "g".to_owned())]));
    let back = of.go_back(1, 0, author("ann")).await.unwrap();
    of.remove_secret("g", &author("ann")).await.unwrap();
    let gone = of.remove_secret("g", &author("ann")).await.unwrap_err();
    assert!(matches!(gone, ChangeError::NotFound(_)));
    // A version that names a secret which is gone cannot come back.
    let refused = of.go_back(back.version, 1, author("ann")).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Invalid(_)), "{refused}");
}

async fn a_secret_that_another_node_removes_cannot_be_named(db: Db) {
    let (a, b) = (Node::start(&db, "discover: false\n").await, Node::start(&db, "discover: false\n").await);
    let naming = || {
        let body = json!({"dialect": "openai_chat", "base_url": "http://g/v1", "api_keys": ["vault:g"]});
        [set("provider", "g", body)]
    };
    let begin = async || {
        b.configurator.poll().await.unwrap();
        b.configurator.set_secret("g", &secret("gsk-1"), &author("bob")).await.unwrap();
        a.configurator.poll().await.unwrap();
    };
    begin().await;
    // This node has not heard of it.
    b.configurator.remove_secret("g", &author("bob")).await.unwrap();
    let refused = a.change(&naming()).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Invalid(_)), "{refused}");
    // Another secret that is changed meanwhile harms nothing.
    begin().await;
    b.configurator.set_secret("h", &secret("hsk-1"), &author("bob")).await.unwrap();
    a.change(&naming()).await.unwrap();
    a.change(&[remove("provider", "g")]).await.unwrap();
    for _ in 0..20 {
        begin().await;
        let by = author("bob");
        let edits = naming();
        let (named, removed) = tokio::join!(a.change(&edits), b.configurator.remove_secret("g", &by));
        assert!(named.is_ok() != removed.is_ok(), "{named:?} {removed:?}");
        if named.is_ok() {
            a.change(&[remove("provider", "g")]).await.unwrap();
        }
    }
}

async fn odd_names_and_texts_are_refused(db: Db) {
    let node = Node::start(&db, "discover: false\n").await;
    let long = "n".repeat(129);
    let names = ["", "!jwt", "totp/ann", "a b", "a\n", "'; DROP TABLE secrets --", "<b>", &long];
    for name in names {
        let refused = node.configurator.set_secret(name, &secret("sk-1"), &author("ann")).await.unwrap_err();
        assert!(matches!(refused, ChangeError::Invalid(_)), "{name}");
    }
    for text in ["", " ", "a\nb", "schlüssel", " sk-a"] {
        let refused = node.configurator.set_secret("a", &secret(text), &author("ann")).await.unwrap_err();
        assert!(text.trim().is_empty() || !refused.to_string().contains(text), "{refused}");
    }
    assert!(node.configurator.list_secrets().await.unwrap().is_empty());
}

async fn exported_secrets_open_under_the_same_key_alone(db: Db) {
    let node = Node::start(&db, "discover: false\n").await;
    let of = &node.configurator;
    of.set_secret("a", &secret("sk-a"), &author("ann")).await.unwrap();
    of.set_secret("b", &secret("sk-b"), &author("ann")).await.unwrap();
    node.secrets.set("!own", &secret("own")).await.unwrap();
    let text = of.export_secrets().await.unwrap();
    assert!(!text.contains("own") && !text.contains("sk-"), "{text}");
    of.remove_secret("a", &author("ann")).await.unwrap();
    assert_eq!(of.import_secrets(&text, &author("ann")).await, Ok(2));
    assert_eq!(node.secrets.get("a").await, Ok(Some(secret("sk-a"))));
    // One blob under another name does not open, and then none is taken.
    let swapped = text.replace("\"a\"", "\"c\"");
    let refused = of.import_secrets(&swapped, &author("ann")).await;
    assert_eq!(refused, Err(ChangeError::Vault(VaultError::WrongKey)));
    for bad in ["", "[]", "{\"sealed\": {\"!jwt\": {\"sealed\": \"\", \"hint\": \"\", \"at_ms\": 0}}}"] {
        assert!(of.import_secrets(bad, &author("ann")).await.is_err(), "{bad}");
    }
    assert_eq!(of.list_secrets().await.unwrap().len(), 2);
}

/// A key that an operator can replace under a running gateway.
fn replaceable(db: &Db) -> (Arc<Secrets>, Arc<Mutex<Vec<Secret>>>) {
    let keys = Arc::new(Mutex::new(vec![secret(MASTER)]));
    let given = Arc::clone(&keys);
    (
        Arc::new(Secrets::new(db.clone(), Arc::new(move || given.lock().unwrap().clone()), Arc::new(Still))),
        keys,
    )
}

async fn a_replaced_key_is_noticed_by_those_who_run(db: Db) {
    let (running, keys) = replaceable(&db);
    let node = Node::try_start(&db, Arc::clone(&running), "discover: false\n", None).await.unwrap();
    running.set("a", &secret("sk-a")).await.unwrap();
    running.vault().seal("totp", b"x").unwrap();
    let command = secrets(&db, MASTER);
    assert_eq!(command.rotate(&secret(OTHER)).await, Ok(1));
    // Until the new key is to be had, what is open stays, and the trouble is told.
    assert!(node.configurator.poll().await.is_err());
    assert!(node.configurator.trouble()[0].what.contains("another master key"));
    keys.lock().unwrap().insert(0, secret(OTHER));
    node.configurator.poll().await.unwrap();
    assert!(node.configurator.trouble().is_empty());
    assert_eq!(running.get("a").await, Ok(Some(secret("sk-a"))));
    assert_eq!(secrets(&db, MASTER).unlock().await, Err(SecretsError::Vault(VaultError::WrongKey)));
}

async fn a_replacement_is_whole_or_not_there(db: Db) {
    let kept = secrets(&db, MASTER);
    for n in 0..20 {
        kept.set(&format!("s{n}"), &secret(&format!("sk-{n}"))).await.unwrap();
    }
    // Two at once: each is whole, and one of the two keys opens everything afterwards.
    let (one, two) = (secrets(&db, MASTER), secrets(&db, MASTER));
    let third = "a third master key, long enough too";
    let (first, second) = (secret(OTHER), secret(third));
    let both = tokio::join!(one.rotate(&first), two.rotate(&second));
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    let now = secrets(&db, if both.0.is_ok() { OTHER } else { third });
    assert_eq!(now.of_configuration().await.unwrap().2.len(), 20);
    assert_eq!(now.get("s7").await, Ok(Some(secret("sk-7"))));
    // What stands in the table is of one key, or nothing is changed.
    let table = SealedTable::new(db);
    let (seal, all) = table.all().await.unwrap();
    let few: Vec<_> = all.iter().take(3).map(|(n, s)| (n.clone(), s.blob.clone(), vec![1])).collect();
    let refused = table.replace(&seal.clone().unwrap(), vec![1], &few).await;
    assert_eq!(refused, Err(StoreError::Conflict));
    assert_eq!(table.all().await.unwrap(), (seal, all));
}

async fn nobody_seals_under_a_key_that_was_replaced(db: Db) {
    let (running, keys) = replaceable(&db);
    running.set("a", &secret("sk-a")).await.unwrap();
    secrets(&db, MASTER).rotate(&secret(OTHER)).await.unwrap();
    let refused = running.set("b", &secret("sk-b")).await;
    assert_eq!(refused, Err(SecretsError::Vault(VaultError::WrongKey)));
    keys.lock().unwrap().push(secret(OTHER));
    running.set("b", &secret("sk-b")).await.unwrap();
    assert_eq!(secrets(&db, OTHER).get("b").await, Ok(Some(secret("sk-b"))));
}
