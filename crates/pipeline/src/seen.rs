//! How deployments and their accounts are, for people to look at. What a decision reads is read here the same way, so that
//! the page and the routing cannot disagree.

use std::sync::Arc;
use std::time::Duration;

use wye_fleet::speed::Speed;
use wye_fleet::{Lane, Member};

use crate::live::{Account, Endpoint, Live};

/// A deployment that a route may call or that is called now.
#[derive(Debug)]
pub struct Deployment {
    /// Its provider.
    pub provider: String,
    /// Its model, as the provider knows it.
    pub model: String,
    endpoint: Arc<Endpoint>,
    member: Arc<Member>,
}

/// How a deployment is.
#[derive(Debug)]
pub struct Seen {
    /// Health from 0 to 100; 0 while it rests.
    pub health: u8,
    /// For how long it is left alone, if it is, and whether that is its breaker's doing.
    pub shut: Option<(Duration, bool)>,
    /// Whether its provider refuses so much that all others are asked before it.
    pub asked_last: bool,
    /// Calls under way.
    pub in_flight: u32,
    /// Successes in the last minute.
    pub used: u32,
    /// Streams.
    pub streams: Figures,
    /// Whole answers.
    pub wholes: Figures,
    /// Through each of its provider's accounts. A single one has the deployment's figures.
    pub accounts: Vec<Through>,
}

/// How a deployment is through an account.
#[derive(Debug)]
pub struct Through {
    /// Calls under way.
    pub in_flight: u32,
    /// Why it is left alone (`told` by the provider, `guessed`, or for the quota of one `model`), and for how long.
    pub rests: Vec<(&'static str, Duration)>,
    /// Streams.
    pub streams: Figures,
    /// Whole answers.
    pub wholes: Figures,
    /// Whether other accounts are asked for a stream before it, because it is clearly worse.
    pub behind_in_streams: bool,
    /// The same for whole answers.
    pub behind_in_wholes: bool,
}

/// How one kind of answer comes. What is `None` is not known.
#[derive(Debug, Default)]
pub struct Figures {
    /// Moving average of the time to the first content, in milliseconds.
    pub first_ms: Option<f32>,
    /// The time within which half of the first contents came.
    pub p50: Option<Duration>,
    /// The time within which 97 percent of them came.
    pub p97: Option<Duration>,
    /// Moving average of tokens a second after the first content.
    pub tokens_per_s: Option<f32>,
    /// Moving average of successes, from 0 to 1.
    pub success: Option<f32>,
}

/// The deployments of one provider, or of all of them, in no order.
#[must_use]
pub fn deployments(live: &Live, provider: Option<&str>) -> Vec<Deployment> {
    let endpoints = live.endpoints.values().filter(|endpoint| provider.is_none_or(|id| id == endpoint.id));
    let of = |endpoint: &Arc<Endpoint>| {
        let endpoint = Arc::clone(endpoint);
        let members = endpoint.fleet.members().into_iter();
        members.map(move |(model, member)| Deployment {
            provider: endpoint.id.clone(),
            model,
            endpoint: Arc::clone(&endpoint),
            member,
        })
    };
    endpoints.flat_map(of).collect()
}

impl Deployment {
    /// Looks at it.
    #[must_use]
    pub fn look(&self, now: Duration) -> Seen {
        let Self { endpoint, member, .. } = self;
        let reading = member.read(true, now);
        let shut = member.state.shut(now);
        Seen {
            health: reading.health,
            shut: shut.map(|(until, broken)| (until.saturating_sub(now), broken)),
            asked_last: member.asked_last(now),
            in_flight: reading.in_flight,
            used: reading.used,
            streams: figures(member.state.speed(true)),
            wholes: figures(member.state.speed(false)),
            accounts: self.accounts(endpoint.lanes(member).as_deref(), now),
        }
    }

    fn accounts(&self, lanes: Option<&[Arc<Lane>]>, now: Duration) -> Vec<Through> {
        let (endpoint, state) = (&self.endpoint, &self.member.state);
        let behind = |stream| {
            let merits =
                lanes.unwrap_or_default().iter().zip(&endpoint.accounts).map(move |(lane, account)| {
                    let rests = account.state.rests_until(&self.model, now).is_some();
                    (!rests).then(|| lane.merit(stream, now))
                });
            wye_fleet::merit::ranks(merits)
        };
        let (streams, wholes) = (behind(true), behind(false));
        let is_behind =
            |ranks: &Option<Vec<u32>>, place: usize| ranks.as_ref().is_some_and(|ranks| ranks[place] > 0);
        let through = |(place, account): (usize, &Account)| {
            let lane = lanes.and_then(|lanes| lanes.get(place));
            let speed = |stream| match lane {
                Some(lane) => lane.speed(stream).map(figures).unwrap_or_default(),
                None => figures(state.speed(stream)),
            };
            Through {
                in_flight: lane
                    .map_or_else(|| self.member.read(true, now).in_flight, |lane| lane.in_flight()),
                rests: self.rests(account, now),
                streams: speed(true),
                wholes: speed(false),
                behind_in_streams: is_behind(&streams, place),
                behind_in_wholes: is_behind(&wholes, place),
            }
        };
        endpoint.accounts.iter().enumerate().map(through).collect()
    }

    /// The rests of an account that keep this deployment from being called.
    fn rests(&self, account: &Account, now: Duration) -> Vec<(&'static str, Duration)> {
        let rests = account.state.rests(now);
        let own = rests.iter().filter_map(|(rest, until)| {
            let (word, model) = rest.word();
            model.is_none_or(|model| model == self.model).then(|| (word, until.saturating_sub(now)))
        });
        own.collect()
    }
}

fn figures(speed: &Speed) -> Figures {
    Figures {
        first_ms: speed.first_ms(),
        p50: speed.quantile(50),
        p97: speed.quantile(97),
        tokens_per_s: speed.tokens_per_s(),
        success: speed.success(),
    }
}
