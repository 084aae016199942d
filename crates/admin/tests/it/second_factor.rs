//! The second factor: what opens with it, what does not, and what is not taken twice.

use totp_rs::{Builder, Totp};
use wye_admin::{AuthError, Login, Principal, Role, SignedIn, TotpBegun, Unauthenticated, Via};
use wye_store::Db;
use wye_types::{Clock, Secret};

use crate::house::{House, PASSWORD, from, secret};

crate::on_both![
    it_is_the_server_that_asks_for_the_code,
    a_code_is_not_taken_twice_on_any_node,
    the_clock_may_be_off_by_a_step,
    recovery_codes_work_once_each,
    switching_it_off_takes_the_password_and_a_code,
    guessing_codes_is_throttled,
    a_login_that_waits_is_for_one_user_and_one_time,
    an_administrator_can_take_it_away,
];

const STEP: u64 = 30_000;

fn generator(begun: &TotpBegun) -> Totp {
    let bytes = data_encoding::BASE32_NOPAD.decode(begun.secret.expose().as_bytes()).unwrap();
    assert_eq!(bytes.len(), 20);
    Builder::new().with_secret(bytes).build().unwrap()
}

fn code(house: &House, totp: &Totp) -> Secret {
    secret(&totp.generate(house.clock.unix_ms() / 1000).to_string())
}

async fn switch_on(house: &House, signed: &SignedIn) -> (Totp, Vec<Secret>, Principal) {
    let who = house.who(signed).await.unwrap();
    let begun = house.auth.begin_totp(&who, &secret(PASSWORD)).await.unwrap();
    let totp = generator(&begun);
    let codes = house.auth.confirm_totp(&who, &code(house, &totp)).await.unwrap();
    house.clock.go(STEP);
    (totp, codes, who)
}

async fn password_right(house: &House, name: &str) -> Secret {
    match house.auth.login(name, &secret(PASSWORD), &from(1)).await.unwrap() {
        Login::SecondFactor { pre_auth, .. } => pre_auth,
        Login::In(_) => unreachable!("no second factor was asked for"),
    }
}

async fn it_is_the_server_that_asks_for_the_code(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let other = house.login("ann").await;
    let who = house.who(&ann).await.unwrap();
    let begun = house.auth.begin_totp(&who, &secret("not the password")).await;
    assert_eq!(begun.unwrap_err(), AuthError::WrongCredentials);
    let early = house.auth.confirm_totp(&who, &secret("123456")).await;
    assert!(matches!(early.unwrap_err(), AuthError::Conflict(_)));
    let first = house.auth.begin_totp(&who, &secret(PASSWORD)).await.unwrap();
    let begun = house.auth.begin_totp(&who, &secret(PASSWORD)).await.unwrap();
    assert!(begun.uri.expose().starts_with("otpauth://totp/Wye:ann?secret="), "{}", begun.uri.expose());
    assert!(begun.svg.expose().contains("<svg"));
    // Begun is not on; the secret that was begun before is worth nothing.
    house.login("ann").await;
    let old = house.auth.confirm_totp(&who, &code(&house, &generator(&first))).await;
    assert_eq!(old.unwrap_err(), AuthError::WrongCode);
    let codes = house.auth.confirm_totp(&who, &code(&house, &generator(&begun))).await.unwrap();
    assert_eq!(codes.len(), 10);
    assert!(house.auth.me(&who).await.unwrap().unwrap().totp);
    let again = house.auth.begin_totp(&who, &secret(PASSWORD)).await;
    assert!(matches!(again.unwrap_err(), AuthError::Conflict(_)), "it cannot be replaced while it is on");
    assert!(house.who(&ann).await.is_ok());
    assert!(house.who(&other).await.is_err(), "sessions that were begun without it end");
    // The right password alone opens nothing.
    let pre_auth = password_right(&house, "ann").await;
    for via in [Via::Cookie, Via::Bearer, Via::Token] {
        assert!(house.auth.authenticate(pre_auth.expose(), via, &from(1)).await.is_err());
    }
    assert!(house.auth.refresh(&pre_auth, &from(1)).await.is_err());
    house.clock.go(STEP);
    let signed =
        house.auth.second_factor(&pre_auth, &code(&house, &generator(&begun)), &from(1)).await.unwrap();
    assert_eq!(house.who(&signed).await.unwrap().name, "ann");
    let secrets = house.db.rows("SELECT name FROM secrets WHERE name LIKE '!totp/%'", vec![]).await.unwrap();
    assert_eq!(secrets.len(), 1, "the one that was replaced is gone");
}

async fn a_code_is_not_taken_twice_on_any_node(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let (totp, ..) = switch_on(&house, &ann).await;
    let node = house.beside();
    let (one, two) = (password_right(&house, "ann").await, password_right(&house, "ann").await);
    let (now, client) = (code(&house, &totp), from(1));
    let (a, b) = tokio::join!(
        house.auth.second_factor(&one, &now, &client),
        node.auth.second_factor(&two, &now, &client)
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
    let lost = if a.is_ok() { two } else { one };
    let again = house.auth.second_factor(&lost, &now, &client).await;
    assert_eq!(again.unwrap_err(), AuthError::WrongCode);
    house.clock.go(STEP);
    house.auth.second_factor(&lost, &code(&house, &totp), &client).await.unwrap();
    // A restart does not forget which step was taken.
    let last = password_right(&house, "ann").await;
    let again = house.beside().auth.second_factor(&last, &code(&house, &totp), &client).await;
    assert_eq!(again.unwrap_err(), AuthError::WrongCode);
}

async fn the_clock_may_be_off_by_a_step(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let (totp, ..) = switch_on(&house, &ann).await;
    house.clock.go(10 * STEP);
    let at = |steps: i64| {
        let seconds = i64::try_from(house.clock.unix_ms() / 1000).unwrap() + 30 * steps;
        secret(&totp.generate(u64::try_from(seconds).unwrap()).to_string())
    };
    for (steps, taken) in [(-2, false), (2, false), (-1, true), (-1, false), (1, true), (0, false)] {
        let pre_auth = password_right(&house, "ann").await;
        let result = house.auth.second_factor(&pre_auth, &at(steps), &from(1)).await;
        assert_eq!(
            result.is_ok(),
            taken,
            "{steps}: a step before the last that was taken is not taken either"
        );
    }
}

async fn recovery_codes_work_once_each(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let (totp, codes, who) = switch_on(&house, &ann).await;
    for (index, one) in codes.iter().enumerate().take(2) {
        let pre_auth = password_right(&house, "ann").await;
        let typed =
            if index == 0 { one.clone() } else { secret(&one.expose().replace('-', " ").to_uppercase()) };
        house.auth.second_factor(&pre_auth, &typed, &from(1)).await.unwrap();
        let pre_auth = password_right(&house, "ann").await;
        let again = house.auth.second_factor(&pre_auth, &typed, &from(1)).await;
        assert_eq!(again.unwrap_err(), AuthError::WrongCode);
    }
    assert_eq!(house.auth.recovery_codes_left(&who).await, Ok(8));
    let renewed =
        house.auth.renew_recovery_codes(&who, &secret(PASSWORD), &code(&house, &totp)).await.unwrap();
    assert_eq!(house.auth.recovery_codes_left(&who).await, Ok(10));
    let pre_auth = password_right(&house, "ann").await;
    let old = house.auth.second_factor(&pre_auth, &codes[5], &from(1)).await;
    assert_eq!(old.unwrap_err(), AuthError::WrongCode);
    house.auth.second_factor(&pre_auth, &renewed[0], &from(1)).await.unwrap();
}

async fn switching_it_off_takes_the_password_and_a_code(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let (totp, _, who) = switch_on(&house, &ann).await;
    let (right, wrong) = (secret(PASSWORD), secret("not the password"));
    let off = async |password, code: &Secret| house.auth.disable_totp(&who, password, code).await;
    assert_eq!(off(&wrong, &code(&house, &totp)).await, Err(AuthError::WrongCredentials));
    assert_eq!(off(&right, &secret("000000")).await, Err(AuthError::WrongCode));
    assert_eq!(off(&right, &secret("aaaa-aaaa-aaaa-aaaa")).await, Err(AuthError::WrongCode));
    assert_eq!(off(&right, &code(&house, &totp)).await, Ok(()));
    house.login("ann").await;
    assert!(matches!(off(&right, &code(&house, &totp)).await, Err(AuthError::Conflict(_))));
    assert!(
        house.db.rows("SELECT name FROM secrets WHERE name LIKE '!totp/%'", vec![]).await.unwrap().is_empty()
    );
    assert_eq!(house.auth.recovery_codes_left(&who).await, Ok(0));
}

async fn guessing_codes_is_throttled(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let (totp, ..) = switch_on(&house, &ann).await;
    let mut tried = 0;
    // A new login before every guess, from many addresses, with made-up recovery codes in between: no way around it.
    for guess in 0..12_u8 {
        let pre_auth = password_right(&house, "ann").await;
        let made_up = if guess % 2 == 0 { "000000" } else { "aaaa-aaaa-aaaa-aaaa" };
        match house.auth.second_factor(&pre_auth, &secret(made_up), &from(100 + guess)).await.unwrap_err() {
            AuthError::WrongCode => tried += 1,
            AuthError::Throttled { .. } => {}
            other => unreachable!("{other:?}"),
        }
    }
    assert_eq!(tried, 5);
    let pre_auth = password_right(&house, "ann").await;
    let right = house.auth.second_factor(&pre_auth, &code(&house, &totp), &from(1)).await;
    assert!(matches!(right.unwrap_err(), AuthError::Throttled { .. }), "even if it is right");
    house.clock.go(1000);
    house.auth.second_factor(&pre_auth, &code(&house, &totp), &from(1)).await.unwrap();
}

async fn a_login_that_waits_is_for_one_user_and_one_time(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let (totp, ..) = switch_on(&house, &ann).await;
    let admin = house.who(&ann).await.unwrap();
    house.add(&admin, "bob", Role::Viewer).await;
    let (bobs, ..) = switch_on(&house, &house.login("bob").await).await;
    let ended = |result: Result<SignedIn, AuthError>| {
        assert!(matches!(result.unwrap_err(), AuthError::Unauthenticated(_)));
    };
    let (mine, client) = (password_right(&house, "ann").await, from(1));
    let bobs = house.auth.second_factor(&mine, &code(&house, &bobs), &client).await;
    assert_eq!(bobs.unwrap_err(), AuthError::WrongCode);
    house.auth.second_factor(&mine, &code(&house, &totp), &client).await.unwrap();
    house.clock.go(STEP);
    ended(house.auth.second_factor(&mine, &code(&house, &totp), &client).await);
    // Five minutes, and what is made up.
    let late = password_right(&house, "ann").await;
    house.clock.go(5 * 60_000);
    ended(house.auth.second_factor(&late, &code(&house, &totp), &client).await);
    ended(house.auth.second_factor(&secret("made up"), &code(&house, &totp), &client).await);
    ended(house.auth.second_factor(&ann.access, &code(&house, &totp), &client).await);
    // A new password ends logins that wait.
    let waits = password_right(&house, "ann").await;
    house
        .auth
        .change_password(
            &house.who(&house.auth.refresh(&ann.refresh, &client).await.unwrap()).await.unwrap(),
            &secret(PASSWORD),
            &secret("staple staple staple"),
        )
        .await
        .unwrap();
    let refused = house.auth.second_factor(&waits, &code(&house, &totp), &client).await;
    assert_eq!(refused.unwrap_err(), AuthError::Unauthenticated(Unauthenticated::Ended));
}

async fn an_administrator_can_take_it_away(db: Db) {
    let (house, ann) = House::with_ann(db).await;
    let admin = house.who(&ann).await.unwrap();
    let bob = house.add(&admin, "bob", Role::Operator).await;
    let signed = house.login("bob").await;
    let (_, _, who) = switch_on(&house, &signed).await;
    assert!(matches!(house.auth.reset_totp(&who, &bob.id).await, Err(AuthError::Forbidden { .. })));
    house.auth.reset_totp(&admin, &bob.id).await.unwrap();
    assert!(house.who(&signed).await.is_err());
    let signed = house.login("bob").await;
    switch_on(&house, &signed).await;
    let console = Principal::console();
    house.auth.reset_password(&console, &bob.id, &secret("staple staple staple"), false).await.unwrap();
    let waits = house.auth.login("bob", &secret("staple staple staple"), &from(1)).await.unwrap();
    assert!(matches!(waits, Login::SecondFactor { .. }));
    house.auth.reset_password(&console, &bob.id, &secret(PASSWORD), true).await.unwrap();
    house.login("bob").await;
    assert!(house.audit().await.contains(&"(command line) user.reset_password ok".to_owned()));
}
