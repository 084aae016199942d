//! Client keys: shown once, kept as a hash.

use serde_json::{Map, json};
use wye_admin::ChangeError;
use wye_admin::client_key::{NewKey, create, disable, list, remove, rotate};
use wye_config::Credential;
use wye_store::Db;

use crate::node::{Node, author};

crate::on_both![
    a_key_is_shown_once_and_kept_as_a_hash,
    a_key_is_rotated_switched_off_and_removed,
    a_key_of_the_file_is_changed_there,
    keys_made_at_once_on_two_nodes_all_stand,
];

fn new(name: &str) -> NewKey {
    NewKey { name: name.to_owned(), settings: Map::new() }
}

async fn a_key_is_shown_once_and_kept_as_a_hash(db: Db) {
    let node = Node::start(&db, "discover: false\n").await;
    let by = author("ann");
    let made = create(&node.configurator, new("ci"), &by).await.unwrap();
    let key = made.key.expose();
    assert!(key.starts_with("wye-") && key.len() == 47, "{key}");
    assert!(key[4..].chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let current = node.configurator.current();
    assert!(matches!(current.config.keys[0].credential, Credential::Sha256(_)));
    let listed = list(&current);
    assert_eq!((listed[0].name.as_str(), listed[0].hint.as_deref()), ("ci", Some(&key[43..])));
    let shown = format!(
        "{current:?} {made:?} {listed:?} {:?} {} {:?}",
        node.configurator.history(None, 9).await.unwrap(),
        node.configurator.export(),
        node.kept.lock().unwrap()
    );
    assert!(!shown.contains(key));
    let twice = create(&node.configurator, new("ci"), &by).await.unwrap_err();
    assert_eq!(twice, ChangeError::Taken(("key".to_owned(), "ci".to_owned())));
    let mut own = new("own");
    own.settings.insert("key".to_owned(), json!("mine"));
    assert!(matches!(create(&node.configurator, own, &by).await, Err(ChangeError::Invalid(_))));
    let mut wrong = new("wrong");
    wrong.settings.insert("limit".to_owned(), json!({}));
    assert!(matches!(create(&node.configurator, wrong, &by).await, Err(ChangeError::Invalid(_))));
    let second = create(&node.configurator, new("<b>'; --"), &by).await.unwrap();
    assert_ne!(second.key, made.key);
}

async fn a_key_is_rotated_switched_off_and_removed(db: Db) {
    let node = Node::start(&db, "discover: false\n").await;
    let (of, by) = (&node.configurator, author("ann"));
    let made = create(of, new("ci"), &by).await.unwrap();
    let again = rotate(of, "ci", &by).await.unwrap();
    assert_ne!(made.key, again.key);
    assert_eq!(of.current().config.keys.len(), 1);
    disable(of, "ci", true, &by).await.unwrap();
    assert!(of.current().config.keys[0].disabled);
    disable(of, "ci", false, &by).await.unwrap();
    assert!(!of.current().config.keys[0].disabled);
    remove(of, "ci", &by).await.unwrap();
    assert!(of.current().config.keys.is_empty());
    for gone in [disable(of, "ci", true, &by).await, remove(of, "ci", &by).await] {
        assert!(matches!(gone, Err(ChangeError::NotFound(_))), "{gone:?}");
    }
}

async fn a_key_of_the_file_is_changed_there(db: Db) {
    let node = Node::start(&db, "discover: false\nkeys: [{name: ci, key: sesame}]\n").await;
    let (of, by) = (&node.configurator, author("ann"));
    assert!(list(&of.current())[0].in_file);
    assert!(matches!(rotate(of, "ci", &by).await, Err(ChangeError::OwnedByFile(_))));
    assert!(matches!(remove(of, "ci", &by).await, Err(ChangeError::OwnedByFile(_))));
    assert!(matches!(create(of, new("ci"), &by).await, Err(ChangeError::Taken(_))));
}

async fn keys_made_at_once_on_two_nodes_all_stand(db: Db) {
    let (one, two) =
        (Node::start(&db, "discover: false\n").await, Node::start(&db, "discover: false\n").await);
    let by = author("ann");
    let make = |node: &Node, names: [&'static str; 2]| {
        let (of, by) = (node.configurator.clone(), by.clone());
        async move {
            for name in names {
                create(&of, new(name), &by).await.unwrap();
            }
        }
    };
    tokio::join!(make(&one, ["a", "b"]), make(&two, ["c", "d"]));
    one.configurator.poll().await.unwrap();
    assert_eq!(one.configurator.current().config.keys.len(), 4);
    // The same name on both: one of them has it.
    let (of, other) = (&one.configurator, &two.configurator);
    let both = tokio::join!(create(of, new("x"), &by), create(other, new("x"), &by));
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
}
