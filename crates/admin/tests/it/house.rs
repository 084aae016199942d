//! A gateway's users with a clock that stands still, and ways to look at them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wye_admin::audit::{Filter, find};
use wye_admin::{Auth, AuthError, Client, Login, NewUser, Principal, Role, Secrets, SignedIn, UserView, Via};
use wye_store::Db;
use wye_types::{Clock, Secret};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A clock that is set by hand.
#[derive(Debug)]
pub(crate) struct Hand(AtomicU64);

impl Hand {
    pub(crate) fn go(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn mono(&self) -> Duration {
        Duration::from_millis(self.unix_ms())
    }

    fn unix_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// One node.
pub(crate) struct House {
    pub(crate) auth: Auth,
    pub(crate) clock: Arc<Hand>,
    pub(crate) db: Db,
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// Where a test's requests come from.
pub(crate) fn from(last: u8) -> Client {
    Client::new(Some(IpAddr::from([192, 0, 2, last])), "test")
}

impl House {
    /// A node on an empty database.
    pub(crate) fn new(db: Db) -> Self {
        Self::at(db, Arc::new(Hand(AtomicU64::new(1_800_000_000_000))))
    }

    /// Another node on the same database, or the same after a restart.
    pub(crate) fn beside(&self) -> Self {
        Self::at(self.db.clone(), Arc::clone(&self.clock))
    }

    fn at(db: Db, clock: Arc<Hand>) -> Self {
        let keys = Arc::new(|| vec![secret("master")]);
        let secrets = Arc::new(Secrets::new(db.clone(), keys, Arc::<Hand>::clone(&clock)));
        let auth = Auth::new(db.clone(), secrets, Arc::<Hand>::clone(&clock));
        Self { auth, clock, db }
    }

    /// With the first administrator, `ann`.
    pub(crate) async fn with_ann(db: Db) -> (Self, SignedIn) {
        let house = Self::new(db);
        let code = house.auth.setup_code().await.unwrap().unwrap();
        let ann = house.auth.setup(&secret(&code), "ann", &secret(PASSWORD), &from(1)).await.unwrap();
        (house, ann)
    }

    pub(crate) async fn who(&self, signed: &SignedIn) -> Result<Principal, AuthError> {
        self.auth.authenticate(signed.access.expose(), Via::Cookie, &from(1)).await
    }

    pub(crate) async fn add(&self, by: &Principal, name: &str, role: Role) -> UserView {
        let password = secret(PASSWORD);
        self.auth.create_user(by, NewUser { name, password: &password, role }).await.unwrap()
    }

    pub(crate) async fn login(&self, name: &str) -> SignedIn {
        match self.auth.login(name, &secret(PASSWORD), &from(9)).await.unwrap() {
            Login::In(signed) => *signed,
            Login::SecondFactor { .. } => unreachable!("a second factor is on"),
        }
    }

    /// A login whose password is wrong.
    pub(crate) async fn fail(&self, name: &str, client: &Client) -> AuthError {
        self.auth.login(name, &secret("not the password"), client).await.unwrap_err()
    }

    /// `actor action outcome` of each entry, oldest first.
    pub(crate) async fn audit(&self) -> Vec<String> {
        let page = find(&self.db, &Filter::default(), 500).await.unwrap();
        let lines = page.entries.iter().map(|e| format!("{} {} {}", e.actor, e.action, e.outcome.name()));
        lines.rev().collect()
    }
}
