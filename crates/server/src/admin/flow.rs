//! Who asks for what, and where it goes.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_store::log::{Amount, Flow, Link};

use super::endpoint::Call;
use super::input::{Json, Query};
use super::problem::Problem;
use super::statistic::{StatisticsSpan, span};

/// The most steps of a span that a question may reach over. They are added up, a day or an hour at once where it can be.
const MOST_STEPS: u64 = 5_000;
/// Links that are told by themselves; more cannot be told apart in a picture.
const MOST_LINKS: usize = 200;

/// Of when it is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct FlowAsk {
    /// To what `from` and `to` are rounded.
    #[serde(default)]
    #[param(inline)]
    span: StatisticsSpan,
    /// From this Unix second on.
    from: u64,
    /// Before this Unix second.
    to: u64,
}

/// Where requests went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FlowView {
    /// The 200 links with the most requests, those first; then, with empty names and `others`, the sum of all other links.
    links: Vec<FlowLink>,
}

/// What one client key had from one deployment through one route.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FlowLink {
    /// The client key's name; empty: none.
    key: String,
    /// The route; empty: none was found.
    route: String,
    /// `provider/model`, whose answer was sent; empty: nobody's.
    deployment: String,
    /// How many links this is the sum of, where it is not one; `null`: it is.
    others: Option<usize>,
    /// Requests.
    requests: u64,
    /// Of them, those that did not end well.
    failed: u64,
    /// Tokens of prompts.
    input: u64,
    /// Tokens of answers.
    output: u64,
    /// Nano-dollars, as far as prices are known.
    cost_nano: u64,
}

pub(super) async fn show_flow(call: Call, Query(ask): Query<FlowAsk>) -> Result<Json<FlowView>, Problem> {
    let span = span(ask.span, ask.from, ask.to, MOST_STEPS)?;
    let Flow { links, rest, others } = Flow::of(&call.admin.db, span, (ask.from, ask.to), MOST_LINKS).await?;
    let rest = (others > 0).then(|| view(Link { amount: rest, ..Link::default() }, Some(others)));
    Ok(Json(FlowView { links: links.into_iter().map(|link| view(link, None)).chain(rest).collect() }))
}

fn view(link: Link, others: Option<usize>) -> FlowLink {
    let Link { key, route, deployment, amount } = link;
    let Amount { requests, failed, input, output, cost_nano } = amount;
    FlowLink { key, route, deployment, others, requests, failed, input, output, cost_nano }
}
