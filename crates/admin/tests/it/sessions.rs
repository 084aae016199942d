//! Sessions and tokens: how they are refreshed, stolen, ended and forged.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::json;
use wye_admin::{AuthError, NewToken, Role, SignedIn, Unauthenticated, Via};
use wye_store::Db;

use crate::house::{House, PASSWORD, from, secret};

crate::on_both![
    an_access_token_lasts_a_quarter_of_an_hour_and_a_session_a_month,
    a_refresh_token_works_once_and_reuse_ends_the_session,
    two_tabs_at_once_get_the_same_successor,
    a_logout_counts_on_every_node_at_once,
    a_key_of_a_page_is_read_by_every_node_while_its_session_stands,
    forged_tokens_are_none,
    a_new_role_a_new_password_and_a_disabled_user_end_sessions,
    a_user_has_so_many_sessions,
    tokens_do_what_they_are_for_and_no_more,
    the_csrf_token_is_bound_to_its_session,
];

const MINUTE: u64 = 60 * 1000;

fn unauthenticated<T: std::fmt::Debug>(result: Result<T, AuthError>) -> Unauthenticated {
    match result {
        Err(AuthError::Unauthenticated(why)) => why,
        other => unreachable!("{other:?}"),
    }
}

async fn an_access_token_lasts_a_quarter_of_an_hour_and_a_session_a_month(db: Db) {
    let (house, mut ann) = House::with_ann(db).await;
    house.clock.go(15 * MINUTE - 1);
    assert!(house.who(&ann).await.is_ok());
    house.clock.go(1);
    assert_eq!(unauthenticated(house.who(&ann).await), Unauthenticated::Expired);
    let ends = ann.refresh_expires_ms;
    for _ in 0..29 {
        house.clock.go(24 * 60 * MINUTE);
        ann = house.auth.refresh(&ann.refresh, &from(2)).await.unwrap();
        assert_eq!(ann.refresh_expires_ms, ends, "refreshing does not prolong it");
        assert!(house.who(&ann).await.is_ok());
    }
    house.clock.go(24 * 60 * MINUTE);
    assert_eq!(unauthenticated(house.auth.refresh(&ann.refresh, &from(2)).await), Unauthenticated::Ended);
}

async fn a_refresh_token_works_once_and_reuse_ends_the_session(db: Db) {
    let (house, first) = House::with_ann(db).await;
    let other = house.login("ann").await;
    let second = house.auth.refresh(&first.refresh, &from(2)).await.unwrap();
    assert_ne!(first.refresh, second.refresh);
    let third = house.auth.refresh(&second.refresh, &from(2)).await.unwrap();
    // What is made up with the session's id ends nothing.
    let made_up = format!("wyer-{}.0.{}", first.session, "A".repeat(43));
    for made_up in [made_up.as_str(), "wyer-..", "wyer-x.1.y", "", "wyer-", first.access.expose()] {
        let refused = house.auth.refresh(&secret(made_up), &from(3)).await;
        assert!(matches!(unauthenticated(refused), Unauthenticated::Invalid | Unauthenticated::Ended));
    }
    assert!(house.who(&third).await.is_ok());
    // An old one is a thief's, or the thief has the new one.
    assert_eq!(unauthenticated(house.auth.refresh(&first.refresh, &from(66)).await), Unauthenticated::Reused);
    assert_eq!(unauthenticated(house.who(&third).await), Unauthenticated::Ended);
    assert_eq!(unauthenticated(house.auth.refresh(&third.refresh, &from(2)).await), Unauthenticated::Ended);
    assert!(house.who(&other).await.is_ok(), "other sessions go on");
    assert!(house.audit().await.contains(&"ann session.reuse failed".to_owned()));
}

async fn two_tabs_at_once_get_the_same_successor(db: Db) {
    let (house, first) = House::with_ann(db).await;
    let node = house.beside();
    let client = from(2);
    let (one, two) =
        tokio::join!(house.auth.refresh(&first.refresh, &client), node.auth.refresh(&first.refresh, &client));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.refresh, two.refresh);
    house.clock.go(10_000);
    let late = house.auth.refresh(&first.refresh, &client).await.unwrap();
    assert_eq!(late.refresh, one.refresh, "an answer that was lost can be had again for 10 s");
    house.clock.go(1);
    assert_eq!(unauthenticated(house.auth.refresh(&first.refresh, &client).await), Unauthenticated::Reused);
}

async fn a_logout_counts_on_every_node_at_once(db: Db) {
    let (house, first) = House::with_ann(db).await;
    let node = house.beside();
    let (second, third) = (house.login("ann").await, house.login("ann").await);
    let who = node.who(&first).await.unwrap();
    let seen = house.auth.sessions(&who).await.unwrap();
    assert_eq!(seen.iter().filter(|session| session.current).count(), 1);
    assert_eq!((seen.len(), seen[0].address.as_str(), seen[0].agent.as_str()), (3, "192.0.2.9", "test"));
    house.auth.logout(&who).await.unwrap();
    assert_eq!(unauthenticated(node.who(&first).await), Unauthenticated::Ended);
    assert_eq!(unauthenticated(node.auth.refresh(&first.refresh, &from(1)).await), Unauthenticated::Ended);
    let who = house.who(&second).await.unwrap();
    house.auth.end_session(&who, &third.session).await.unwrap();
    assert_eq!(house.auth.end_session(&who, &third.session).await, Err(AuthError::NotFound));
    assert_eq!(unauthenticated(node.who(&third).await), Unauthenticated::Ended);
    house.auth.logout_everywhere(&who).await.unwrap();
    assert_eq!(unauthenticated(node.who(&second).await), Unauthenticated::Ended);
    let last = house.login("ann").await;
    house.clock.go(20 * MINUTE);
    house.auth.logout_by_refresh(&secret("wyer-nothing"), &from(1)).await.unwrap();
    house.auth.logout_by_refresh(&last.refresh, &from(1)).await.unwrap();
    assert_eq!(unauthenticated(house.auth.refresh(&last.refresh, &from(1)).await), Unauthenticated::Ended);
}

async fn a_key_of_a_page_is_read_by_every_node_while_its_session_stands(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let who = house.who(&ann).await.unwrap();
    let page = Some("https://wye.example");
    let (key, says) = house.auth.give_guest_key(&who, page, 3600).await.unwrap();
    assert!(key.expose().starts_with("wye-console-ey"), "it is signed");
    assert_eq!((says.name.as_str(), says.origin.as_deref(), &says.session), ("ann", page, &ann.session));
    let read = async |node: &House, key: &str| node.auth.guest_key(key).await.unwrap();
    let other = house.beside();
    assert_eq!(read(&other, key.expose()).await, Some(says.clone()), "what it says is what was given");
    // Neither is it a session's token, nor the other way round; and nobody makes one without the secret.
    let signed = key.expose().strip_prefix("wye-console-").unwrap();
    for token in [signed, key.expose()] {
        let presented = house.auth.authenticate(token, Via::Bearer, &from(1)).await;
        assert_eq!(unauthenticated(presented), Unauthenticated::Invalid);
    }
    let claims = json!({"sid": ann.session, "exp": u64::MAX / 2, "aud": "wye-console"});
    let guessed = |algorithm, secret: &[u8]| {
        let made = jsonwebtoken::encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(secret));
        format!("wye-console-{}", made.unwrap())
    };
    let access = format!("wye-console-{}", ann.access.expose());
    let cut = &key.expose()[..key.expose().len() - 2];
    let made_up =
        [&*access, cut, "wye-console-", "wye-console-a.b.c", "sk-x", &guessed(Algorithm::HS256, b"master")];
    for made_up in made_up {
        assert_eq!(read(&other, made_up).await, None, "{made_up}");
    }
    // Another session's end is none of its business; its own ends it everywhere, and so does its time.
    let second = house.login("ann").await;
    let (late, _) = other.auth.give_guest_key(&other.who(&second).await.unwrap(), None, 3600).await.unwrap();
    house.auth.logout(&who).await.unwrap();
    assert_eq!((read(&house, key.expose()).await, read(&other, key.expose()).await), (None, None));
    assert!(read(&house, late.expose()).await.is_some());
    house.clock.go(60 * MINUTE);
    assert_eq!(read(&house, late.expose()).await, None);
}

async fn forged_tokens_are_none(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let claims = json!({"sub": ann.user.id, "sid": ann.session, "role": "admin", "iat": 1, "exp": 4_000_000_000_u64,
                        "aud": "wye-admin"});
    let mut forged = Vec::new();
    for word in ["", "secret", "wye", "changeme", PASSWORD] {
        let key = EncodingKey::from_secret(word.as_bytes());
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            forged.push(jsonwebtoken::encode(&Header::new(algorithm), &claims, &key).unwrap());
        }
    }
    let real: Vec<&str> = ann.access.expose().split('.').collect();
    let part = |value: &serde_json::Value| jsonwebtoken_part(value.to_string().as_bytes());
    // No algorithm, another one over the same words, and a longer life under the old signature.
    forged.push(format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(&claims)));
    forged.push(format!("{}.{}.{}", part(&json!({"alg": "HS512"})), real[1], real[2]));
    forged.push(format!("{}.{}.{}", real[0], part(&claims), real[2]));
    forged.push(format!("{}.{}.", real[0], real[1]));
    forged.extend(["", ".", "..", "a.b.c", ann.refresh.expose(), &ann.session].map(str::to_owned));
    for token in forged {
        for via in [Via::Cookie, Via::Bearer, Via::Token] {
            let refused = house.auth.authenticate(&token, via, &from(1)).await;
            assert_eq!(unauthenticated(refused), Unauthenticated::Invalid, "{token}");
        }
    }
    // Nothing makes a request the command line's.
    let console = house.auth.authenticate(ann.access.expose(), Via::Console, &from(1)).await;
    assert_eq!(unauthenticated(console), Unauthenticated::Invalid);
    assert_eq!(house.who(&ann).await.unwrap().name, "ann");
}

fn jsonwebtoken_part(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

async fn a_new_role_a_new_password_and_a_disabled_user_end_sessions(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let admin = house.who(&ann).await.unwrap();
    let bob = house.add(&admin, "bob", Role::Operator).await;
    let (one, two) = (house.login("bob").await, house.login("bob").await);
    house.auth.set_role(&admin, &bob.id, Role::Viewer).await.unwrap();
    assert_eq!(unauthenticated(house.who(&one).await), Unauthenticated::Ended);
    let one = house.auth.refresh(&one.refresh, &from(1)).await.unwrap();
    let me = house.who(&one).await.unwrap();
    assert_eq!(me.role, Role::Viewer, "a refresh takes the new role over");
    let two = house.auth.refresh(&two.refresh, &from(1)).await.unwrap();
    let (old, new) = (secret(PASSWORD), secret("staple staple staple"));
    assert_eq!(house.auth.change_password(&me, &new, &new).await, Err(AuthError::WrongCredentials));
    assert!(matches!(house.auth.change_password(&me, &old, &old).await, Err(AuthError::Invalid { .. })));
    assert!(matches!(
        house.auth.change_password(&me, &old, &secret("short")).await,
        Err(AuthError::Invalid { field: "new_password", .. })
    ));
    house.auth.change_password(&me, &old, &new).await.unwrap();
    assert!(house.who(&one).await.is_ok(), "the session that changed it goes on");
    assert_eq!(unauthenticated(house.who(&two).await), Unauthenticated::Ended);
    assert_eq!(house.auth.login("bob", &old, &from(1)).await.unwrap_err(), AuthError::WrongCredentials);
    assert!(house.auth.login("bob", &new, &from(1)).await.is_ok());
    house.auth.set_disabled(&admin, &bob.id, true).await.unwrap();
    assert_eq!(unauthenticated(house.who(&one).await), Unauthenticated::Ended);
    assert_eq!(unauthenticated(house.auth.refresh(&one.refresh, &from(1)).await), Unauthenticated::Ended);
    house.auth.set_disabled(&admin, &bob.id, false).await.unwrap();
    assert_eq!(unauthenticated(house.who(&one).await), Unauthenticated::Ended, "and does not come back");
}

async fn a_user_has_so_many_sessions(db: Db) {
    let (house, first) = House::with_ann(db).await;
    let mut last = None;
    for _ in 0..51 {
        house.clock.go(1);
        last = Some(house.login("ann").await);
    }
    let who = house.who(&last.unwrap()).await.unwrap();
    assert_eq!(house.auth.sessions(&who).await.unwrap().len(), 50);
    assert_eq!(unauthenticated(house.who(&first).await), Unauthenticated::Ended);
}

async fn tokens_do_what_they_are_for_and_no_more(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let admin = house.who(&ann).await.unwrap();
    house.add(&admin, "bob", Role::Operator).await;
    let bob = house.who(&house.login("bob").await).await.unwrap();
    let new = |role, days| NewToken { name: "nightly export", role, days };
    let above = house.auth.create_token(&bob, new(Role::Admin, 1)).await;
    assert_eq!(above.unwrap_err(), AuthError::Forbidden { least: Role::Admin });
    for days in [0, 367] {
        let refused = house.auth.create_token(&bob, new(Role::Viewer, days)).await.unwrap_err();
        assert!(matches!(refused, AuthError::Invalid { field: "days", .. }));
    }
    let made = house.auth.create_token(&bob, new(Role::Operator, 2)).await.unwrap();
    let bare = made.secret.expose().strip_prefix("wyeadm-").unwrap();
    assert_eq!(bare.len(), 43, "256 bits");
    let use_it = async |via| house.auth.authenticate(made.secret.expose(), via, &from(1)).await;
    let who = use_it(Via::Bearer).await.unwrap();
    assert_eq!(
        (who.name.as_str(), who.role, who.via, &who.session),
        ("bob", Role::Operator, Via::Token, &None)
    );
    assert_eq!(unauthenticated(use_it(Via::Cookie).await), Unauthenticated::Invalid);
    // It is no way to more.
    let password = secret(PASSWORD);
    assert_eq!(
        house.auth.create_token(&who, new(Role::Viewer, 1)).await.unwrap_err(),
        AuthError::NeedsSession
    );
    assert_eq!(house.auth.change_password(&who, &password, &password).await, Err(AuthError::NeedsSession));
    assert_eq!(house.auth.begin_totp(&who, &password).await.unwrap_err(), AuthError::NeedsSession);
    assert_eq!(house.auth.rename_me(&who, "bobby").await, Err(AuthError::NeedsSession));
    assert_eq!(house.auth.logout_everywhere(&who).await, Err(AuthError::NeedsSession));
    let mighty = house.auth.create_token(&admin, new(Role::Admin, 1)).await.unwrap();
    let mighty = house.auth.authenticate(mighty.secret.expose(), Via::Bearer, &from(1)).await.unwrap();
    assert_eq!(house.auth.set_role(&mighty, &bob.user_id, Role::Admin).await, Err(AuthError::NeedsSession));
    assert_eq!(house.auth.list_users(&mighty, None, 10).await.unwrap().len(), 2);
    // It never may more than its user.
    house.auth.set_role(&admin, &bob.user_id, Role::Viewer).await.unwrap();
    assert_eq!(use_it(Via::Bearer).await.unwrap().role, Role::Viewer);
    house.auth.set_disabled(&admin, &bob.user_id, true).await.unwrap();
    assert_eq!(unauthenticated(use_it(Via::Bearer).await), Unauthenticated::Ended);
    house.auth.set_disabled(&admin, &bob.user_id, false).await.unwrap();
    assert!(use_it(Via::Bearer).await.is_ok());
    let bob = house.who(&house.login("bob").await).await.unwrap();
    assert_eq!(house.auth.tokens(&bob).await.unwrap(), std::slice::from_ref(&made.token));
    assert_eq!(house.auth.remove_token(&admin, &made.token.id).await, Err(AuthError::NotFound), "not hers");
    house.clock.go(2 * 24 * 60 * MINUTE);
    assert_eq!(unauthenticated(use_it(Via::Bearer).await), Unauthenticated::Ended);
}

async fn the_csrf_token_is_bound_to_its_session(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let other = house.login("ann").await;
    let token = house.auth.csrf_token(&ann.session).await.unwrap();
    assert!(house.beside().auth.csrf_fits(&ann.session, &token).await.unwrap());
    assert!(!house.auth.csrf_fits(&other.session, &token).await.unwrap());
    assert!(!house.auth.csrf_fits(&ann.session, "").await.unwrap());
}

/// What happens to a session whose token a thief once had: an owner and a thief refresh in whatever order, each with the
/// newest token they were given.
#[derive(Debug, Clone, Copy)]
enum Step {
    Owner,
    Thief,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![Just(Step::Owner), Just(Step::Thief), (0..20_000_u64).prop_map(Step::Wait)]
}

async fn play(house: &House, steps: &[Step]) -> Result<(), TestCaseError> {
    let start = house.login("ann").await;
    let mut held: [Option<SignedIn>; 2] = [Some(start.clone()), Some(start)];
    for step in steps {
        let hand = match step {
            Step::Wait(ms) => {
                house.clock.go(*ms);
                continue;
            }
            Step::Owner => 0,
            Step::Thief => 1,
        };
        let Some(mine) = held[hand].clone() else { continue };
        match house.auth.refresh(&mine.refresh, &from(1)).await {
            Ok(next) => held[hand] = Some(next),
            Err(AuthError::Unauthenticated(Unauthenticated::Reused)) => {
                // Whoever it was: from now on neither has anything.
                for signed in held.iter().flatten() {
                    prop_assert!(house.who(signed).await.is_err());
                    prop_assert!(house.auth.refresh(&signed.refresh, &from(1)).await.is_err());
                }
                return Ok(());
            }
            Err(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }
    // Nobody was found out: then both have the newest or the one before, no two different newest ones.
    let generation = |signed: &Option<SignedIn>| {
        let token = signed.as_ref().map(|signed| signed.refresh.expose().to_owned()).unwrap_or_default();
        token.split('.').nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or_default()
    };
    let (owner, thief) = (generation(&held[0]), generation(&held[1]));
    if owner == thief {
        let refresh = |signed: &Option<SignedIn>| signed.as_ref().map(|signed| signed.refresh.clone());
        prop_assert!(refresh(&held[0]) == refresh(&held[1]));
    }
    Ok(())
}

#[test]
fn a_stolen_refresh_token_never_makes_two_sessions_of_one() {
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (db, _folder) = runtime.block_on(crate::databases::sqlite());
    let (house, _) = runtime.block_on(House::with_ann(db));
    proptest!(config, |(steps in proptest::collection::vec(step(), 0..24))| {
        runtime.block_on(play(&house, &steps))?;
    });
}
