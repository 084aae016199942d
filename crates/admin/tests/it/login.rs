//! Set-up and logins: who gets in, who has to wait, and what the audit log says of it.

use std::net::IpAddr;
use std::time::Duration;

use wye_admin::{AuthError, Client, Role};
use wye_store::{Db, Value};

use crate::house::{House, PASSWORD, from, secret};

crate::on_both![
    setup_is_once_and_takes_the_code,
    setup_on_two_nodes_at_once_makes_one_administrator,
    setup_does_not_reopen_when_the_administrator_is_renamed,
    unknown_and_disabled_and_wrong_are_one_answer,
    failures_make_the_next_wait_and_success_forgives,
    many_guesses_at_once_are_many_guesses,
    neither_a_restart_nor_another_node_forgets,
    an_address_waits_too_and_ipv6_by_its_network,
    nothing_that_opens_anything_stands_in_the_database,
];

async fn setup_is_once_and_takes_the_code(db: Db) {
    let house = House::new(db);
    let password = secret(PASSWORD);
    assert!(house.auth.setup_open().await.unwrap());
    // Before a code was made there is none that is right.
    let early = house.auth.setup(&secret(""), "ann", &password, &from(1)).await;
    assert_eq!(early.unwrap_err(), AuthError::WrongSetupCode);
    let first = house.auth.setup_code().await.unwrap().unwrap();
    let code = house.auth.setup_code().await.unwrap().unwrap();
    assert_eq!(code.replace('-', "").len(), 26, "128 bits in base32");
    let old = house.auth.setup(&secret(&first), "ann", &password, &from(1)).await;
    assert_eq!(old.unwrap_err(), AuthError::WrongSetupCode);
    // A bad password does not use the code up.
    let short = house.auth.setup(&secret(&code), "ann", &secret("four"), &from(1)).await;
    assert!(matches!(short.unwrap_err(), AuthError::Invalid { field: "password", .. }));
    let typed = code.to_lowercase().replace('-', " ");
    let ann = house.auth.setup(&secret(&typed), "ann", &password, &from(1)).await.unwrap();
    assert_eq!((ann.user.name.as_str(), ann.user.role), ("ann", Role::Admin));
    assert_eq!(house.who(&ann).await.unwrap().role, Role::Admin);
    let again = house.auth.setup(&secret(&code), "eve", &password, &from(1)).await;
    assert_eq!(again.unwrap_err(), AuthError::SetupClosed);
    assert_eq!(house.auth.setup_code().await.unwrap(), None);
    assert_eq!(
        house.audit().await,
        [" setup failed", " setup failed", "ann setup ok", "ann login ok"],
        "and no user of the name that was refused"
    );
}

async fn setup_on_two_nodes_at_once_makes_one_administrator(db: Db) {
    let one = House::new(db);
    let two = one.beside();
    let password = secret(PASSWORD);
    let (first, second) =
        (one.auth.setup_code().await.unwrap().unwrap(), two.auth.setup_code().await.unwrap().unwrap());
    let (first, second) = (secret(&first), secret(&second));
    let (client, other) = (from(1), from(2));
    let (ann, bob) = tokio::join!(
        one.auth.setup(&first, "ann", &password, &client),
        two.auth.setup(&second, "bob", &password, &other)
    );
    let (won, lost) = if ann.is_ok() { (ann, bob) } else { (bob, ann) };
    let won = won.unwrap();
    assert_eq!(lost.unwrap_err(), AuthError::SetupClosed);
    let who = one.who(&won).await.unwrap();
    assert_eq!(one.auth.list_users(&who, None, 10).await.unwrap().len(), 1);
}

async fn setup_does_not_reopen_when_the_administrator_is_renamed(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let who = house.who(&ann).await.unwrap();
    house.auth.rename_me(&who, "root").await.unwrap();
    assert!(!house.auth.setup_open().await.unwrap());
    assert_eq!(house.auth.setup_code().await.unwrap(), None);
    assert_eq!(house.fail("admin", &from(1)).await, AuthError::WrongCredentials);
    assert_eq!(house.login("ROOT").await.user.name, "root");
}

async fn unknown_and_disabled_and_wrong_are_one_answer(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let who = house.who(&ann).await.unwrap();
    let bob = house.add(&who, "Bob", Role::Viewer).await;
    house.auth.set_disabled(&who, &bob.id, true).await.unwrap();
    assert_eq!(house.fail("nobody", &from(1)).await, AuthError::WrongCredentials);
    assert_eq!(house.fail("ann", &from(1)).await, AuthError::WrongCredentials);
    let shut = house.auth.login("bob", &secret(PASSWORD), &from(1)).await;
    assert_eq!(shut.unwrap_err(), AuthError::WrongCredentials);
    house.auth.set_disabled(&who, &bob.id, false).await.unwrap();
    assert_eq!(house.login("bob").await.user.name, "Bob");
    // A name that nobody has may be a password typed into the wrong field.
    let log = house.audit().await;
    assert!(log.contains(&" login failed".to_owned()) && !log.iter().any(|line| line.contains("nobody")));
}

async fn failures_make_the_next_wait_and_success_forgives(db: Db) {
    let (house, _) = House::with_ann(db).await;
    // An account that is there and one that is not behave alike.
    for name in ["ann", "nobody"] {
        for _ in 0..5 {
            assert_eq!(house.fail(name, &from(1)).await, AuthError::WrongCredentials);
        }
        let mut wait = 1000;
        while wait < 15 * 60 * 1000 {
            let retry_after = Duration::from_millis(wait);
            let right = house.auth.login(name, &secret(PASSWORD), &from(2)).await;
            assert_eq!(right.unwrap_err(), AuthError::Throttled { retry_after }, "even if it were right");
            // Trying during the wait does not make it longer.
            house.clock.go(wait - 1);
            let retry_after = Duration::from_millis(1);
            assert_eq!(house.fail(name, &from(3)).await, AuthError::Throttled { retry_after });
            house.clock.go(1);
            assert_eq!(house.fail(name, &from(4)).await, AuthError::WrongCredentials);
            wait *= 2;
        }
        let retry_after = Duration::from_secs(15 * 60);
        assert_eq!(house.fail(name, &from(5)).await, AuthError::Throttled { retry_after });
        house.clock.go(15 * 60 * 1000);
    }
    house.login("ann").await;
    for _ in 0..5 {
        assert_eq!(house.fail("ann", &from(6)).await, AuthError::WrongCredentials);
    }
    // Of each wait the audit log tells once, however many tries there were.
    let told = house.audit().await.iter().filter(|line| *line == "ann login throttled").count();
    assert_eq!(told, 11, "one for each of 1, 2, 4 … 512 s and the first of 15 min");
}

async fn many_guesses_at_once_are_many_guesses(db: Db) {
    let (house, _) = House::with_ann(db).await;
    let guesses = (0..24).map(|i| {
        let (house, client) = (&house, from(i));
        async move { house.fail("ann", &client).await }
    });
    let refused = futures(guesses).await;
    let tried = refused.iter().filter(|error| **error == AuthError::WrongCredentials).count();
    assert!(tried <= 5, "{tried} guesses were made");
    assert!(refused.iter().all(|error| {
        matches!(error, AuthError::WrongCredentials | AuthError::Throttled { .. } | AuthError::Busy)
    }));
}

/// All at once.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = all.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, done) in &mut running {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        if running.iter().all(|(_, done)| done.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    running.into_iter().filter_map(|(_, done)| done).collect()
}

async fn neither_a_restart_nor_another_node_forgets(db: Db) {
    let (house, _) = House::with_ann(db).await;
    for _ in 0..5 {
        house.fail("ann", &from(1)).await;
    }
    let retry_after = Duration::from_secs(1);
    assert_eq!(house.beside().fail("ann", &from(2)).await, AuthError::Throttled { retry_after });
}

async fn an_address_waits_too_and_ipv6_by_its_network(db: Db) {
    let (house, _) = House::with_ann(db).await;
    let six = |text: &str| Client::new(Some(text.parse::<IpAddr>().unwrap()), "");
    for i in 0..20 {
        let client = six(&format!("2001:db8:1:2::{i}"));
        assert_eq!(house.fail(&format!("user{i}"), &client).await, AuthError::WrongCredentials);
        // Having an account of one's own does not buy more guesses.
        if i == 10 {
            assert!(house.auth.login("ann", &secret(PASSWORD), &client).await.is_ok());
        }
    }
    let refused = house.fail("someone", &six("2001:db8:1:2:ffff::1")).await;
    assert_eq!(refused, AuthError::Throttled { retry_after: Duration::from_secs(1) });
    assert_eq!(house.fail("someone", &six("2001:db8:1:3::1")).await, AuthError::WrongCredentials);
    // An IPv4 address written as IPv6 is the same address.
    for i in 0..20 {
        house.fail(&format!("y{i}"), &from(77)).await;
    }
    let mapped = house.fail("z", &six("::ffff:192.0.2.77")).await;
    assert!(matches!(mapped, AuthError::Throttled { .. }));
}

async fn nothing_that_opens_anything_stands_in_the_database(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let who = house.who(&ann).await.unwrap();
    let new = wye_admin::NewToken { name: "script", role: Role::Viewer, days: 1 };
    let token = house.auth.create_token(&who, new).await.unwrap();
    let begun = house.auth.begin_totp(&who, &secret(PASSWORD)).await.unwrap();
    house.fail("hunter2hunter2", &from(3)).await;
    let mut all = String::new();
    for (table, columns) in [
        ("users", "name, hash, role"),
        ("sessions", "id, user_id, address, agent"),
        ("tokens", "id, name, hint, role"),
        ("audit", "actor, action, object, address, detail"),
        ("secrets", "name, hint, name"),
    ] {
        let columns: Vec<&str> = columns.split(", ").collect();
        let rows = house.db.rows(format!("SELECT {} FROM {table}", columns.join(", ")), Vec::<Value>::new());
        for row in rows.await.unwrap() {
            for at in 0..columns.len() {
                all.push_str(row.text(at).unwrap());
                all.push('\n');
            }
        }
    }
    let begun = begun.secret.expose();
    let secrets = [PASSWORD, token.secret.expose(), ann.access.expose(), ann.refresh.expose(), begun];
    for found in secrets.iter().chain(&["hunter2"]) {
        assert!(!all.contains(found), "{found} stands in the database");
    }
    assert!(all.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    let debug = format!("{ann:?} {token:?} {:?} {who:?}", house.auth);
    for secret in &secrets {
        assert!(!debug.contains(secret));
    }
}
