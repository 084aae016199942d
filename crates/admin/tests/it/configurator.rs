//! The one writer of the configuration: versions, two who write, the file and the database.

use serde_json::json;
use wye_admin::ChangeError;
use wye_admin::configurator::{CatalogFile, Standing};
use wye_config::Format;
use wye_store::config_log::{ConfigLog, Edit};
use wye_store::{Db, StoreError};
use wye_types::Secret;

use crate::node::{MASTER, Node, author, file, remove, secrets, set};

crate::on_both![
    a_change_is_stored_and_served,
    a_stale_edit_is_refused_and_names_the_newest,
    two_nodes_see_each_others_versions_at_the_next_poll,
    of_two_nodes_that_change_the_same_version_one_wins,
    a_bad_change_changes_nothing,
    what_the_file_names_is_changed_there,
    going_back_brings_back_the_hash,
    export_and_import_keep_the_hash,
    literal_secrets_are_refused_and_shown_nowhere,
    a_bad_file_is_refused_and_a_good_one_is_served_with_the_items,
    a_version_that_is_of_no_use_here_is_not_served_and_can_be_put_right,
    without_its_database_a_node_serves_what_was_kept,
    a_catalogue_is_taken_over_or_changes_nothing,
];

const FILE: &str = "discover: false
providers:
  corp: { dialect: openai_chat, base_url: 'http://corp/v1', api_key: sk-of-the-file }
";

fn provider() -> Edit {
    set("provider", "lab", json!({"dialect": "openai_chat", "base_url": "http://lab/v1"}))
}

fn route(target: &str) -> Edit {
    set("route", "chat", json!({"targets": [target]}))
}

async fn a_change_is_stored_and_served(db: Db) {
    let node = Node::start(&db, FILE).await;
    assert_eq!((node.version(), node.served()), (0, 0));
    let before = node.hash.lock().unwrap().clone();
    assert_eq!(node.change(&[provider(), route("lab/m")]).await, Ok(1));
    let current = node.configurator.current();
    assert_eq!((current.version, current.items.len(), node.served()), (1, 2, 1));
    assert_eq!(current.config.routes[0].name, "chat");
    assert_ne!(*node.hash.lock().unwrap(), before);
    // The same again is no new version.
    assert_eq!(node.change(&[provider()]).await, Ok(1));
    assert_eq!(node.change(&[remove("route", "chat")]).await, Ok(2));
    let history = node.configurator.history(None, 9).await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[1].hash, current.hash);
    // Another process finds it.
    let next = Node::start(&db, FILE).await;
    assert_eq!((next.version(), next.configurator.current().items.len()), (2, 1));
}

async fn a_stale_edit_is_refused_and_names_the_newest(db: Db) {
    let node = Node::start(&db, FILE).await;
    node.change(&[provider()]).await.unwrap();
    let stale = node.configurator.change(0, vec![route("lab/m")], author("bob")).await;
    assert_eq!(stale.unwrap_err(), ChangeError::Stale { newest: 1 });
    let ahead = node.configurator.change(9, vec![route("lab/m")], author("bob")).await;
    assert_eq!(ahead.unwrap_err(), ChangeError::Stale { newest: 1 });
    assert_eq!((node.version(), node.served()), (1, 1));
}

async fn two_nodes_see_each_others_versions_at_the_next_poll(db: Db) {
    let (one, two) = (Node::start(&db, FILE).await, Node::start(&db, FILE).await);
    one.change(&[provider()]).await.unwrap();
    assert_eq!(two.configurator.poll().await, Ok(true));
    assert_eq!(two.configurator.poll().await, Ok(false), "nothing is built anew without need");
    assert_eq!(*one.hash.lock().unwrap(), *two.hash.lock().unwrap());
    two.change(&[route("lab/m")]).await.unwrap();
    assert_eq!(one.configurator.poll().await, Ok(true));
    assert_eq!((one.version(), two.version()), (2, 2));
    // A secret makes no version, and comes all the same.
    let secret = Secret::new("gsk-1234567890abcdef".to_owned());
    one.configurator.set_secret("lab", &secret, &author("ann")).await.unwrap();
    let body = json!({"dialect": "openai_chat", "base_url": "http://lab/v1", "api_key": "vault:lab"});
    assert_eq!(two.change(&[set("provider", "lab", body)]).await.unwrap_err().to_string().lines().count(), 1);
    two.configurator.poll().await.unwrap();
    let body = json!({"dialect": "openai_chat", "base_url": "http://lab/v1", "api_key": "vault:lab"});
    assert_eq!(two.change(&[set("provider", "lab", body)]).await, Ok(3));
    let account = |node: &Node| {
        let config = node.configurator.current().config.clone();
        config.providers.iter().find(|p| p.id == "lab").unwrap().accounts[0].secret.clone()
    };
    assert_eq!(account(&two), Some(secret));
    let other = Secret::new("gsk-abcdef1234567890".to_owned());
    two.configurator.set_secret("lab", &other, &author("ann")).await.unwrap();
    assert_eq!(account(&two), Some(other.clone()));
    assert_eq!(one.configurator.poll().await, Ok(true));
    assert_eq!((account(&one), one.version()), (Some(other), 3));
}

async fn of_two_nodes_that_change_the_same_version_one_wins(db: Db) {
    let (one, two) = (Node::start(&db, FILE).await, Node::start(&db, FILE).await);
    let (edit, other) = ([provider()], [route("corp/m")]);
    let (first, second) = tokio::join!(one.change(&edit), two.change(&other));
    let (won, lost, loser) = if first.is_ok() { (first, second, &two) } else { (second, first, &one) };
    assert_eq!((won, lost), (Ok(1), Err(ChangeError::Stale { newest: 1 })));
    // Who lost serves the newer one already, and may try again on top of it.
    assert_eq!(loser.version(), 1);
    assert_eq!(loser.change(&[provider(), route("corp/m")]).await, Ok(2));
}

async fn a_bad_change_changes_nothing(db: Db) {
    let node = Node::start(&db, FILE).await;
    node.change(&[provider()]).await.unwrap();
    let before = node.configurator.current();
    let bad = [
        vec![route("nobody/m")],
        vec![set("route", "chat", json!({"targets": "x", "wait": -1}))],
        vec![set("nonsense", "x", json!({}))],
        vec![set("provider", "p", json!({"dialect": "openai_chat", "base_url": "ftp://p"}))],
        // Good and bad together are bad.
        vec![route("lab/m"), set("setting", "body_limit", json!("many"))],
        // What a route needs cannot go.
        vec![route("lab/m"), remove("provider", "lab")],
    ];
    for edits in bad {
        let dry = node.configurator.check(&edits).await.unwrap_err();
        let error = node.change(&edits).await.unwrap_err();
        assert!(matches!(error, ChangeError::Invalid(_)), "{edits:?}: {error:?}");
        assert_eq!(dry, error);
    }
    let missing = node.change(&[remove("route", "none")]).await.unwrap_err();
    assert_eq!(missing, ChangeError::NotFound(("route".to_owned(), "none".to_owned())));
    let after = node.configurator.current();
    assert_eq!((after.version, &after.hash, node.served()), (1, &before.hash, 1));
    assert_eq!(ConfigLog::new(db).current().await.unwrap().0, 1);
    assert_eq!(node.configurator.check(&[route("lab/m")]).await, Ok(()));
    assert_eq!((node.version(), node.served()), (1, 1));
}

async fn what_the_file_names_is_changed_there(db: Db) {
    let node = Node::start(&db, FILE).await;
    let corp = ("provider".to_owned(), "corp".to_owned());
    assert!(node.configurator.current().file_items.contains_key(&corp));
    let edit = set("provider", "corp", json!({"dialect": "gemini", "base_url": "http://x"}));
    assert_eq!(
        node.change(std::slice::from_ref(&edit)).await.unwrap_err(),
        ChangeError::OwnedByFile(corp.clone())
    );
    // An item that was there before the file named it is shadowed, and comes into force when the file lets it go.
    node.configurator.reload_file(file("discover: false\n")).await.unwrap();
    node.change(&[edit]).await.unwrap();
    let current = node.configurator.reload_file(file(FILE)).await.unwrap();
    assert_eq!(current.shadowed, [corp]);
    assert_eq!(current.config.providers[0].base_url, "http://corp/v1");
    let current = node.configurator.reload_file(file("discover: false\n")).await.unwrap();
    assert_eq!(current.config.providers[0].base_url, "http://x");
}

async fn going_back_brings_back_the_hash(db: Db) {
    let node = Node::start(&db, FILE).await;
    node.change(&[provider(), route("lab/m")]).await.unwrap();
    let first = node.configurator.current().hash.clone();
    node.change(&[route("corp/m"), remove("provider", "lab")]).await.unwrap();
    let back = node.configurator.go_back(2, 1, author("ann")).await.unwrap();
    assert_eq!((back.version, &back.hash), (3, &first));
    let error = node.configurator.go_back(3, 8, author("ann")).await.unwrap_err();
    assert_eq!(error, ChangeError::NoVersion(8));
    let stale = node.configurator.go_back(2, 0, author("ann")).await.unwrap_err();
    assert_eq!(stale, ChangeError::Stale { newest: 3 });
    let empty = node.configurator.go_back(3, 0, author("ann")).await.unwrap();
    assert!(empty.items.is_empty());
}

async fn export_and_import_keep_the_hash(db: Db) {
    let node = Node::start(&db, FILE).await;
    let odd = "ü \"quoted\": # {no} 0x1f\u{1F600}";
    let edits = [
        provider(),
        route("lab/m"),
        set("route", odd, json!({"targets": ["corp/1e3", "lab/true"]})),
        set("setting", "body_limit", json!(1_048_576)),
    ];
    node.change(&edits).await.unwrap();
    let (text, hash) = (node.configurator.export(), node.configurator.current().hash.clone());
    node.configurator.go_back(1, 0, author("ann")).await.unwrap();
    let import = node.configurator.import(2, (&text, Format::Yaml), author("bob")).await.unwrap();
    assert_eq!((import.version, &import.hash), (3, &hash));
    assert_eq!(node.configurator.export(), text);
    let bad = node.configurator.import(3, ("routes: {x: {targets: [no/m]}}", Format::Yaml), author("bob"));
    assert!(matches!(bad.await.unwrap_err(), ChangeError::Invalid(_)));
    assert_eq!(node.version(), 3);
}

async fn literal_secrets_are_refused_and_shown_nowhere(db: Db) {
    const LITERAL: &str = "sk-literal-0123456789";
    let node = Node::start(&db, FILE).await;
    let with = |key: &str| {
        set("provider", "p", json!({"dialect": "openai_chat", "base_url": "http://p/v1", "api_key": key}))
    };
    let error = node.change(&[with(LITERAL)]).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(LITERAL), "{error}");
    let key = set("key", "ci", json!({"key": LITERAL}));
    let error = node.change(&[key]).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(LITERAL), "{error}");
    node.configurator.set_secret("p", &Secret::new(LITERAL.to_owned()), &author("ann")).await.unwrap();
    node.change(&[with("vault:p")]).await.unwrap();
    let current = node.configurator.current();
    let listed = node.configurator.list_secrets().await.unwrap();
    assert_eq!((listed[0].hint.as_str(), listed[0].used_by.len()), ("…6789", 1));
    let shown = format!(
        "{current:?} {:?} {} {} {:?} {listed:?} {:?}",
        node.configurator.history(None, 9).await.unwrap(),
        node.configurator.export(),
        node.configurator.export_secrets().await.unwrap(),
        node.kept.lock().unwrap(),
        node.configurator,
    );
    assert!(!shown.contains(LITERAL) && !shown.contains("sk-of-the-file"), "{shown}");
}

async fn a_bad_file_is_refused_and_a_good_one_is_served_with_the_items(db: Db) {
    let node = Node::start(&db, FILE).await;
    node.change(&[provider(), route("corp/m")]).await.unwrap();
    let hash = node.hash.lock().unwrap().clone();
    // The items' route needs the file's provider.
    let error = node.configurator.reload_file(file("discover: false\n")).await.unwrap_err();
    assert!(error.to_string().contains("there is no provider corp"), "{error}");
    assert_eq!((node.served(), &*node.hash.lock().unwrap()), (1, &hash));
    let current = node.configurator.reload_file(file(&FILE.replace("corp/v1", "corp/v2"))).await.unwrap();
    assert_eq!((current.version, current.config.providers.len(), node.served()), (1, 2, 2));
}

async fn a_version_that_is_of_no_use_here_is_not_served_and_can_be_put_right(db: Db) {
    let (one, two) = (Node::start(&db, FILE).await, Node::start(&db, "discover: false\n").await);
    one.change(&[route("corp/m")]).await.unwrap();
    assert!(two.configurator.poll().await.is_err());
    assert_eq!((two.version(), two.served()), (0, 0));
    let trouble = two.configurator.trouble();
    assert!(trouble[0].what.starts_with("version 1 of the configuration cannot be used here"), "{trouble:?}");
    assert_eq!(two.configurator.poll().await, Ok(false), "said once");
    assert_eq!(two.configurator.trouble().len(), 1);
    let fixed = two.configurator.change(1, vec![remove("route", "chat")], author("ann")).await.unwrap();
    assert_eq!(fixed.version, 2);
    assert!(two.configurator.trouble().is_empty());
}

async fn without_its_database_a_node_serves_what_was_kept(db: Db) {
    let node = Node::start(&db, FILE).await;
    node.configurator.set_secret("g", &Secret::new("gsk-12345678".to_owned()), &author("ann")).await.unwrap();
    let body = json!({"dialect": "openai_chat", "base_url": "http://lab/v1", "api_key": "vault:g"});
    node.change(&[set("provider", "lab", body), route("lab/m")]).await.unwrap();
    let (kept, hash) = (node.kept.lock().unwrap().clone(), node.hash.lock().unwrap().clone());
    // A database that has not been opened is as good as away.
    let path = std::env::temp_dir().join("wye-is-not-opened").join("wye.db");
    let away = Db::sqlite_later(&path).unwrap();
    let next = Node::try_start(&away, secrets(&away, MASTER), FILE, kept).await.unwrap();
    assert_eq!((next.version(), &*next.hash.lock().unwrap()), (1, &hash));
    assert!(next.configurator.trouble()[0].what.contains("unavailable"));
    let refused = next.change(&[provider()]).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Store(StoreError::Unavailable(_))), "{refused:?}");
    // Without a copy there is the file.
    let bare = Node::try_start(&away, secrets(&away, MASTER), FILE, None).await.unwrap();
    assert_eq!(bare.configurator.current().config.providers.len(), 1);
}

async fn a_catalogue_is_taken_over_or_changes_nothing(db: Db) {
    let node = Node::start(&db, FILE).await;
    let file = |bytes: &str| vec![CatalogFile { from: "models.json".to_owned(), bytes: bytes.into() }];
    let row = |id: &str, input: i64| json!({"id": id, "name": id, "cost": {"input": input, "output": 1}});
    let good = json!({"corp": {"id": "corp", "models": {"a": row("a", 2), "b": row("b", -1)}}}).to_string();
    node.configurator.take_catalog(file(&good), "2026-11-21").await.unwrap();
    let standing = node.configurator.catalog();
    assert_eq!((standing.taken, standing.refused, standing.trouble.clone()), (1, 1, None));
    assert!(standing.problems[0].to_string().contains("corp/b"), "{standing:?}");
    assert_eq!((standing.from.join(","), node.served()), ("models.json".to_owned(), 1));
    // The same again is nothing new.
    node.configurator.take_catalog(file(&good), "2026-11-21").await.unwrap();
    assert_eq!(node.served(), 1);
    let why = node.configurator.take_catalog(file("[]"), "2026-11-21").await.unwrap_err();
    let spoilt = node.configurator.catalog();
    assert_eq!(spoilt, Standing { trouble: Some(why), ..standing });
    assert_eq!(node.served(), 1);
    // Without files, what the binary knows.
    node.configurator.take_catalog(Vec::new(), "2026-11-21").await.unwrap();
    assert_eq!((node.configurator.catalog(), node.served()), (Standing::default(), 2));
}
