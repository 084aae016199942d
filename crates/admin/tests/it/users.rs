//! Users, the last administrator, roles and the audit log.

use wye_admin::audit::{Audit, AuditOutcome, Deed, Filter, find};
use wye_admin::{AuthError, NewUser, Principal, Role};
use wye_store::Db;

use crate::house::{House, PASSWORD, from, secret};

crate::on_both![
    names_are_unique_whatever_their_case,
    the_last_administrator_stays,
    two_administrators_cannot_take_each_other_away_at_once,
    only_administrators_change_users,
    a_user_who_is_removed_leaves_nothing_but_the_audit_log,
    the_first_user_of_the_command_line_is_an_administrator,
    the_audit_log_is_paged_and_filtered,
];

async fn names_are_unique_whatever_their_case(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let who = house.who(&ann).await.unwrap();
    let password = secret(PASSWORD);
    let bob = house.add(&who, "Åsa<b>';--", Role::Viewer).await;
    for name in ["ANN", "åsa<B>';--"] {
        let taken =
            house.auth.create_user(&who, NewUser { name, password: &password, role: Role::Viewer }).await;
        assert_eq!(taken.unwrap_err(), AuthError::Taken, "{name}");
    }
    assert_eq!(house.auth.rename_me(&who, "ÅSA<b>';--").await, Err(AuthError::Taken));
    assert!(matches!(house.auth.rename_me(&who, "").await, Err(AuthError::Invalid { field: "name", .. })));
    house.auth.rename_me(&who, "Ann").await.unwrap();
    assert_eq!(house.auth.me(&who).await.unwrap().unwrap().name, "Ann");
    assert_eq!(house.auth.user_named(&who, "ÅSA<b>';--").await.unwrap().id, bob.id);
    let all = house.auth.list_users(&who, None, 1).await.unwrap();
    let rest = house.auth.list_users(&who, Some(&all[0].id), 10).await.unwrap();
    assert_eq!((all[0].name.as_str(), rest[0].name.as_str(), rest.len()), ("Ann", "Åsa<b>';--", 1));
}

async fn the_last_administrator_stays(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let (who, id) = (house.who(&ann).await.unwrap(), ann.user.id.clone());
    let bob = house.add(&who, "bob", Role::Admin).await;
    house.auth.set_disabled(&who, &bob.id, true).await.unwrap();
    // Bob does not count: he cannot log in.
    assert_eq!(house.auth.set_role(&who, &id, Role::Operator).await, Err(AuthError::LastAdmin));
    assert_eq!(house.auth.set_disabled(&who, &id, true).await, Err(AuthError::LastAdmin));
    assert_eq!(house.auth.delete_user(&who, &id).await, Err(AuthError::LastAdmin));
    assert_eq!(house.auth.delete_user(&who, "nobody").await, Err(AuthError::NotFound));
    assert!(house.who(&ann).await.is_ok(), "what was refused changed nothing");
    assert!(
        !house.audit().await.iter().any(|line| line.contains("user.delete") || line.contains("user.role"))
    );
    house.auth.set_disabled(&who, &bob.id, false).await.unwrap();
    house.auth.set_role(&who, &id, Role::Operator).await.unwrap();
}

async fn two_administrators_cannot_take_each_other_away_at_once(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let node = house.beside();
    let who = house.who(&ann).await.unwrap();
    for round in 0..8_u32 {
        let bob = house.add(&who, &format!("bob{round}"), Role::Admin).await;
        let console = Principal::console();
        let (one, two) = tokio::join!(house.auth.set_role(&console, &ann.user.id, Role::Viewer), async {
            if round % 2 == 0 {
                node.auth.set_disabled(&console, &bob.id, true).await
            } else {
                node.auth.delete_user(&console, &bob.id).await
            }
        });
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        house.auth.set_role(&console, &ann.user.id, Role::Admin).await.unwrap();
        if round % 2 == 0 {
            house.auth.delete_user(&console, &bob.id).await.unwrap();
        } else {
            drop(house.auth.delete_user(&console, &bob.id).await);
        }
    }
}

async fn only_administrators_change_users(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let admin = house.who(&ann).await.unwrap();
    for role in [Role::Viewer, Role::Operator] {
        house.add(&admin, role.name(), role).await;
        let who = house.who(&house.login(role.name()).await).await.unwrap();
        let forbidden = AuthError::Forbidden { least: Role::Admin };
        let password = secret(PASSWORD);
        let new = NewUser { name: "eve", password: &password, role: Role::Viewer };
        assert_eq!(house.auth.create_user(&who, new).await.unwrap_err(), forbidden);
        assert_eq!(house.auth.list_users(&who, None, 1).await.unwrap_err(), forbidden);
        assert_eq!(house.auth.user(&who, &who.user_id).await.unwrap_err(), forbidden);
        assert_eq!(house.auth.set_role(&who, &who.user_id, Role::Admin).await, Err(forbidden.clone()));
        assert_eq!(house.auth.set_disabled(&who, &ann.user.id, true).await, Err(forbidden.clone()));
        assert_eq!(house.auth.delete_user(&who, &ann.user.id).await, Err(forbidden.clone()));
        let reset = house.auth.reset_password(&who, &ann.user.id, &password, true).await;
        assert_eq!(reset, Err(forbidden.clone()));
        assert_eq!(house.auth.end_sessions_of(&who, &ann.user.id).await, Err(forbidden.clone()));
        assert_eq!(house.auth.rename_user(&who, &ann.user.id, "x").await, Err(forbidden));
        assert!(house.auth.me(&who).await.unwrap().is_some());
    }
}

async fn a_user_who_is_removed_leaves_nothing_but_the_audit_log(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let admin = house.who(&ann).await.unwrap();
    let bob = house.add(&admin, "bob", Role::Viewer).await;
    let signed = house.login("bob").await;
    let who = house.who(&signed).await.unwrap();
    let new = wye_admin::NewToken { name: "t", role: Role::Viewer, days: 1 };
    house.auth.create_token(&who, new).await.unwrap();
    house.auth.begin_totp(&who, &secret(PASSWORD)).await.unwrap();
    house.auth.delete_user(&admin, &bob.id).await.unwrap();
    assert!(house.who(&signed).await.is_err());
    for table in ["sessions", "tokens", "recovery_codes", "challenges"] {
        let sql = format!("SELECT user_id FROM {table} WHERE user_id = ?");
        assert!(house.db.rows(sql, vec![bob.id.as_str().into()]).await.unwrap().is_empty(), "{table}");
    }
    let secrets = house.db.rows("SELECT name FROM secrets WHERE name LIKE '!totp/%'", vec![]).await.unwrap();
    assert!(secrets.is_empty());
    assert_eq!(house.fail("bob", &from(1)).await, AuthError::WrongCredentials);
    assert!(house.audit().await.contains(&"ann user.delete ok".to_owned()));
    house.add(&admin, "bob", Role::Viewer).await;
}

async fn the_first_user_of_the_command_line_is_an_administrator(db: Db) {
    let house = House::new(db);
    let (console, password) = (Principal::console(), secret(PASSWORD));
    let new = |role| NewUser { name: "ann", password: &password, role };
    let viewer = house.auth.create_user(&console, new(Role::Viewer)).await;
    assert_eq!(viewer.unwrap_err(), AuthError::LastAdmin);
    assert!(house.auth.setup_open().await.unwrap());
    house.auth.create_user(&console, new(Role::Admin)).await.unwrap();
    assert!(!house.auth.setup_open().await.unwrap());
}

async fn the_audit_log_is_paged_and_filtered(db: Db) {
    let (house, ann) = House::with_ann(db.clone()).await;
    let who = house.who(&ann).await.unwrap();
    let audit = Audit::new(db.clone(), std::sync::Arc::<crate::house::Hand>::clone(&house.clock));
    for version in 0..7 {
        house.clock.go(10);
        let deed = Deed { action: "config.change", object: "route/chat", outcome: AuditOutcome::Ok };
        audit.record(&who, deed, serde_json::json!({"version": version})).await;
    }
    let wanted = Filter { action: Some("config.change".to_owned()), ..Filter::default() };
    let mut seen = Vec::new();
    let mut next = None;
    loop {
        let page = audit.find(&Filter { before: next, ..wanted.clone() }, 3).await.unwrap();
        seen.extend(page.entries.iter().map(|entry| entry.detail["version"].as_i64().unwrap()));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
    let count = async |filter: Filter| find(&db, &filter, 500).await.unwrap().entries.len();
    let start = 1_800_000_000_000;
    assert_eq!(
        count(Filter { from_ms: Some(start + 20), to_ms: Some(start + 50), ..wanted.clone() }).await,
        3
    );
    assert_eq!(count(Filter { actor: Some("ann".to_owned()), ..wanted.clone() }).await, 7);
    assert_eq!(count(Filter { actor: Some("bob' OR 1=1 --".to_owned()), ..wanted.clone() }).await, 0);
    assert_eq!(count(Filter { outcome: Some(AuditOutcome::Failed), ..wanted.clone() }).await, 0);
    assert_eq!(count(Filter { address: Some("192.0.2.1".to_owned()), ..wanted.clone() }).await, 7);
    assert_eq!(count(Filter { object: Some("route/chat".to_owned()), ..Filter::default() }).await, 7);
}
