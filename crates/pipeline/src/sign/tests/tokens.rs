//! Tokens of a service account, made by a simulated vendor that checks every statement.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wye_sim::{Fleet, FleetHandle, Script, service_account};

use super::*;

/// A clock that is moved by hand.
struct Moved(AtomicU64);

impl Clock for Moved {
    fn mono(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    fn unix_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct House {
    fleet: FleetHandle,
    signing: Arc<Signing>,
    clock: Arc<Moved>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl House {
    async fn new(change: impl FnOnce(String) -> String) -> Self {
        let script =
            "seed: 1\nepoch: 1440938160\nproviders:\n  g: { dialect: gemini, service_account: true }\n";
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let fleet = Fleet::start(Script::from_yaml(script).unwrap(), listener, &tracker, stop.clone());
        let base = fleet.root_url("g");
        let account = change(service_account(&format!("{base}/oauth/token")));
        // The tracker of what is done aside is not the fleet's, so that a test can wait for it.
        let tracker = TaskTracker::new();
        let client = Client::new(Connector::new(&base, None, true).unwrap(), tracker.clone());
        let signing = Signing::new(Auth::Google, Some(&Secret::new(account)), &base, &client).unwrap();
        Self { fleet, signing: Arc::new(signing), clock: Arc::new(Moved(MOMENT.into())), tracker, stop }
    }

    async fn token(&self) -> Result<String, String> {
        token(&self.signing, &self.clock).await
    }

    fn exchanges(&self) -> u64 {
        self.fleet.counts().requests
    }
}

async fn token(signing: &Signing, clock: &Moved) -> Result<String, String> {
    let ask = Ask { method: &Method::POST, path: &Uri::from_static("/"), body: &Bytes::new() };
    let (path, headers) = signing.sign(ask, "h", clock).await?;
    assert_eq!(path, "/");
    assert!(headers["authorization"].is_sensitive());
    Ok(headers["authorization"].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_token_is_made_once_and_used_until_it_ages() {
    let house = House::new(|account| account).await;
    let first = house.token().await.unwrap();
    assert!(first.starts_with("Bearer ya29."), "{first}");
    house.clock.0.fetch_add(50 * 60 * 1000, Ordering::Relaxed);
    assert_eq!(house.token().await.unwrap(), first);
    assert_eq!(house.exchanges(), 1);
    // Within its last five minutes it is still used, and renewed aside. The vendor's own clock stands, hence the tolerance.
    house.clock.0.store(MOMENT + 56 * 60 * 1000, Ordering::Relaxed);
    assert_eq!(house.token().await.unwrap(), first);
    house.tracker.close();
    house.tracker.wait().await;
    assert_eq!(house.exchanges(), 2);
}

#[tokio::test]
async fn many_requests_at_once_make_one_statement() {
    let house = House::new(|account| account).await;
    let asking = (0..32).map(|_| {
        let (signing, clock) = (Arc::clone(&house.signing), Arc::clone(&house.clock));
        async move { token(&signing, &clock).await }
    });
    let tokens = futures_util::future::join_all(asking).await;
    assert_eq!(house.exchanges(), 1);
    let first = tokens[0].clone().unwrap();
    assert!(tokens.into_iter().all(|token| token.unwrap() == first));
}

#[tokio::test]
async fn a_refused_account_says_so_and_does_not_ask_for_each_request() {
    let house = House::new(|account| account.replace("wye-sim@", "another@")).await;
    for _ in 0..5 {
        let why = house.token().await.unwrap_err();
        assert!(why.contains("400: Invalid grant: account not found"), "{why}");
    }
    assert_eq!(house.exchanges(), 1);
    house.clock.0.fetch_add(3000, Ordering::Relaxed);
    house.token().await.unwrap_err();
    assert_eq!(house.exchanges(), 2, "after a while it is tried again");
}

#[tokio::test]
async fn a_request_that_goes_away_leaves_the_way_free() {
    let house = House::new(|account| account).await;
    let mut gone = Box::pin(house.token());
    assert!(futures_util::poll!(gone.as_mut()).is_pending());
    drop(gone);
    assert!(house.token().await.is_ok());
}
