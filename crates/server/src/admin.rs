//! The admin API, `/api/v1`: a thin layer of HTTP over `wye_admin` and the store.
//!
//! **Invariants:** every endpoint is a row of [`table`], so that none can be without a rule of who may call it; nothing of
//! a request is read before the gate has let it in.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use tokio_util::sync::CancellationToken;
use wye_admin::{Audit, Auth, Configurator};
use wye_limits::Cells;
use wye_pipeline::Pipeline;
use wye_store::Db;
use wye_types::{Clock, Code};

use crate::degraded::Condition;
use crate::guest::Guestbook;

mod account;
mod advice;
mod alert;
mod catalog;
mod config;
mod conversation;
mod cookie;
mod decision;
mod endpoint;
mod fleet;
mod flow;
mod forecast;
mod gate;
mod grade;
mod guide;
mod input;
mod judge;
mod key;
mod label;
mod ledger;
mod limit;
mod live;
mod model;
mod openapi;
mod page;
mod playground;
mod problem;
mod provider;
mod provider_try;
mod request;
mod schema;
mod secret;
mod series;
mod session;
mod setting;
mod statistic;
mod status;
mod table;
mod template;
mod test;
mod trace;
mod user;
mod version;

pub use alert::Alerts;
pub use openapi::document;
pub use setting::EnvironmentVariable;

/// Where the admin API lives.
pub(crate) const PREFIX: &str = "/api/v1";

/// What the admin API works on.
#[derive(Clone)]
pub struct AdminDeps {
    /// Users and sessions.
    pub auth: Arc<Auth>,
    /// The one writer of the configuration.
    pub configurator: Arc<Configurator>,
    /// The database.
    pub db: Db,
    /// Every limit of the process.
    pub cells: Arc<Cells>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// This node's name.
    pub node: String,
    /// The variables of the environment that the program reads, as they are now.
    pub environment: Environment,
}

/// The variables of the environment that the program reads. Only the program itself looks.
pub type Environment = Arc<dyn Fn() -> Vec<EnvironmentVariable> + Send + Sync>;

impl std::fmt::Debug for AdminDeps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminDeps").field("node", &self.node).finish_non_exhaustive()
    }
}

/// The admin API at work.
pub(crate) struct Admin {
    pipeline: Arc<Pipeline>,
    auth: Arc<Auth>,
    audit: Audit,
    configurator: Arc<Configurator>,
    db: Db,
    cells: Arc<Cells>,
    clock: Arc<dyn Clock>,
    started: Duration,
    node: String,
    condition: Arc<Condition>,
    live: Arc<live::Hub>,
    environment: Environment,
    guests: Arc<Guestbook>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("node", &self.node).finish_non_exhaustive()
    }
}

impl Admin {
    /// Over `deps`; what has no end of its own ends with `stop`.
    pub(crate) fn new(
        pipeline: Arc<Pipeline>,
        condition: Arc<Condition>,
        deps: AdminDeps,
        stop: CancellationToken,
    ) -> Self {
        let AdminDeps { auth, configurator, db, cells, clock, node, environment } = deps;
        let audit = Audit::new(db.clone(), Arc::clone(&clock));
        let started = clock.mono();
        let live = Arc::new(live::Hub::new(stop));
        let guests = Arc::new(Guestbook::new(Arc::clone(&auth), Arc::clone(&pipeline)));
        Self {
            guests,
            pipeline,
            auth,
            audit,
            configurator,
            db,
            cells,
            clock,
            started,
            node,
            condition,
            environment,
            live,
        }
    }

    /// Who gives keys to pages.
    pub(crate) const fn guests(&self) -> &Arc<Guestbook> {
        &self.guests
    }
}

/// The paths of the admin API.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(admin: &Arc<Admin>) -> Router<S> {
    let mut router = Router::new();
    for endpoint in table::endpoints() {
        let path = format!("{PREFIX}{}", endpoint.path);
        let (admin, endpoint) = (Arc::clone(admin), Arc::new(endpoint));
        let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
        let handler = move |params: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            gate::enter(Arc::clone(&admin), Arc::clone(&endpoint), params, request)
        };
        let row: MethodRouter<S> = on(filter, handler);
        router = router.route(&path, row);
    }
    router
}

/// The answer to a call of what is no endpoint, or not by this method.
pub(crate) fn nowhere(admin: &Admin, code: Code, request: &Request) -> Response {
    let detail = match code {
        Code::CallerMethodNotAllowed => format!("this does not take {}", request.method()),
        _ => format!("there is nothing at {}", request.uri().path()),
    };
    gate::nowhere(admin, request, problem::Problem::new(code, detail))
}

/// Each endpoint as `METHOD path`, who may call it, and whether it has a body; for tests and for the page about security.
#[must_use]
pub fn endpoints() -> Vec<(String, String, String, bool)> {
    let one = |row: &endpoint::Endpoint| {
        let who = match row.who {
            endpoint::Who::Anyone => "anyone".to_owned(),
            endpoint::Who::SignedIn => "signed in".to_owned(),
            endpoint::Who::Person => "signed in, no token".to_owned(),
            endpoint::Who::May(action) => action.least().name().to_owned(),
            endpoint::Who::PersonMay(action) => format!("{}, no token", action.least().name()),
        };
        (row.method.to_string(), format!("{PREFIX}{}", row.path), who, row.body)
    };
    table::endpoints().iter().map(one).collect()
}
