//! The demo's traffic: what its clients ask goes over HTTP to the gateway's own door, and now and then a provider is away.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::{sleep, timeout};
use wye_pipeline::chance::Chance;
use wye_sim::{Fault, FleetHandle, On, Rule, Script};

use super::crowd::{Ask, Crowd};

/// The most requests under way. Where answers take too long, fewer are asked.
const AT_ONCE: usize = 32;
/// Who is answered later than this has gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most of an answer that is read.
const ANSWER: usize = 8 << 20;
/// Providers that are away now and then.
const AWAY: [&str; 4] = ["sim-openai", "sim-gemini", "sim-anthropic", "sim-cohere"];
/// When the first goes, and how long they stay and are away, in seconds: from, and how many more at most.
const FIRST_GOES: Duration = Duration::from_secs(45);
const THERE_S: (u64, u64) = (100, 120);
const AWAY_S: (u64, u64) = (15, 25);

/// What the traffic needs.
pub(super) struct Traffic {
    /// Where the gateway listens.
    pub(super) door: SocketAddr,
    /// The demo's key, with which those of its clients begin.
    pub(super) key: &'static str,
    pub(super) fleet: FleetHandle,
    /// The fleet's script, as it is when all is well.
    pub(super) script: Script,
    pub(super) seed: u64,
}

impl Traffic {
    /// Asks and asks. Ends never; what is under way when it is dropped is broken off.
    pub(super) async fn run(self) {
        let outages = outages(&self.fleet, &self.script, Chance::seeded(self.seed));
        tokio::select! {
            () = outages => {}
            () = self.asking() => {}
        }
    }

    async fn asking(&self) {
        let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let mut crowd = Crowd::new(self.seed);
        let mut running = FuturesUnordered::new();
        loop {
            let pause = sleep(crowd.pause());
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause, if running.len() < AT_ONCE => break,
                    Some((talk, answer)) = running.next() => {
                        if let Some(talk) = talk {
                            crowd.answered(talk, answer);
                        }
                    }
                }
            }
            let ask = crowd.next();
            let talk = ask.talk;
            let sent = self.send(&client, ask);
            running.push(async move { (talk, sent.await) });
        }
    }

    /// Sends a request and reads the answer to its end: what was said in it, if that can be told.
    async fn send(&self, client: &Client<HttpConnector, Full<Bytes>>, ask: Ask) -> Option<String> {
        let uri: Uri = format!("http://{}{}", self.door, ask.path).parse().ok()?;
        let request = Request::post(uri)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}-{}", self.key, ask.key))
            .header("user-agent", "wye-demo");
        let request = match &ask.session {
            Some(session) => request.header("x-wye-session", session),
            None => request,
        };
        let request = request.body(Full::new(Bytes::from(ask.body.to_string()))).ok()?;
        let answer = async {
            let response = client.request(request).await.ok()?;
            let body = Limited::new(response.into_body(), ANSWER).collect().await.ok()?.to_bytes();
            let said: Value = serde_json::from_slice(&body).ok()?;
            said.pointer("/choices/0/message/content")?.as_str().map(str::to_owned)
        };
        timeout(PATIENCE, answer).await.ok()?
    }
}

/// One provider after another is away for a while. Ends never.
async fn outages(fleet: &FleetHandle, script: &Script, chance: Chance) {
    let some = |(least, more): (u64, u64)| Duration::from_secs(least + chance.next() % more);
    sleep(FIRST_GOES).await;
    loop {
        let place = usize::try_from(chance.next() % AWAY.len() as u64).unwrap_or(0);
        let mut without = script.clone();
        if let Some(provider) = without.providers.get_mut(AWAY[place]) {
            let fault = if chance.next().is_multiple_of(2) { Fault::Reset } else { unavailable() };
            provider.faults.insert(0, Rule { on: On::default(), fault });
        }
        fleet.set_script(without);
        sleep(some(AWAY_S)).await;
        fleet.set_script(script.clone());
        sleep(some(THERE_S)).await;
    }
}

fn unavailable() -> Fault {
    Fault::Status { status: 503, retry_after: None, body: None, headers: std::collections::BTreeMap::new() }
}
