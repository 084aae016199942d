//! Statistics: sums of requests by what they have in common.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_store::log::{By, Only, Span, Sum};

use super::endpoint::Call;
use super::input::{Both, Json, Text};
use super::problem::Problem;

/// The most steps of a span that a question may reach over.
const MOST_STEPS: u64 = 5_000;

/// What statistics are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct StatisticsAsk {
    /// What they are told apart by.
    #[serde(default)]
    #[param(inline)]
    by: StatisticsBy,
}

/// Which requests are wanted, by when they arrived and what they have in common. Everything that is given must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Extent {
    /// Their resolution.
    #[serde(default)]
    #[param(inline)]
    span: StatisticsSpan,
    /// From this Unix second on.
    from: u64,
    /// Before this Unix second.
    to: u64,
    /// Only requests that this provider answered.
    provider: Option<Text<200>>,
    /// Only requests that this model of any provider answered.
    model: Option<Text<300>>,
    /// Only requests of this client key.
    key: Option<Text<200>>,
    /// Only requests of this route.
    route: Option<Text<200>>,
}

impl Extent {
    /// The span, the seconds from and to, and which requests; over so many steps at most.
    pub(super) fn read(self, most: u64) -> Result<((Span, u64, u64), Only), Problem> {
        let span = span(self.span, self.from, self.to, most)?;
        let only = Only {
            provider: self.provider.map(|text| text.0),
            model: self.model.map(|text| text.0),
            key: self.key.map(|text| text.0),
            route: self.route.map(|text| text.0),
        };
        Ok(((span, self.from, self.to), only))
    }
}

/// The span of a question that reaches over so many steps at most.
pub(super) fn span(asked: StatisticsSpan, from: u64, to: u64, most: u64) -> Result<Span, Problem> {
    let span = match asked {
        StatisticsSpan::Minute => Span::Minute,
        StatisticsSpan::Hour => Span::Hour,
        StatisticsSpan::Day => Span::Day,
    };
    let Some(seconds) = to.checked_sub(from) else {
        return Err(Problem::field("to", "this is before `from`"));
    };
    if seconds / span.seconds() > most {
        let message = format!("a question reaches over {most} steps at most; take a longer span");
        return Err(Problem::field("span", message));
    }
    Ok(span)
}

/// What statistics are told apart by.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StatisticsBy {
    /// Nothing: one sum.
    #[default]
    All,
    /// Time, in steps of the span.
    Time,
    /// Provider and model.
    Deployment,
    /// Provider.
    Provider,
    /// Client key.
    Key,
    /// Route.
    Route,
    /// Category.
    Category,
    /// How requests ended.
    Code,
    /// What was asked for: chat, embeddings, images. Summed per hour, without percentiles. So are the next three, of
    /// which the thousand that cost most are told.
    Kind,
    /// Team of the client key.
    Team,
    /// End user.
    User,
    /// Tag. A request with two of them counts in both.
    Tag,
}

/// The resolution of statistics.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatisticsSpan {
    /// A minute.
    Minute,
    /// An hour.
    #[default]
    Hour,
    /// A day, in UTC.
    Day,
}

/// Sums of requests.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Statistics {
    /// The sums, in the order of what they are of.
    sums: Vec<Statistic>,
}

/// A sum of requests.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Statistic {
    /// What it is the sum of: Unix seconds for time, `provider/model` for deployments; empty where a request had none.
    of: String,
    /// Requests.
    requests: u64,
    /// Of them, those that did not end well.
    failed: u64,
    /// Tokens of prompts.
    input: u64,
    /// Of them, those read from a cache.
    cache_read: u64,
    /// Tokens of answers.
    output: u64,
    /// Of them, those spent on reasoning.
    reasoning: u64,
    /// Nano-dollars, as far as prices are known.
    cost_nano: u64,
    /// Requests that used something whose price nobody knows.
    unpriced: u64,
    /// Microseconds to the first content.
    first_us: Percentiles,
    /// Microseconds to the end.
    total_us: Percentiles,
}

/// How long most, nearly all and all but a few took.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Percentiles {
    /// Half took no longer.
    p50: Option<u64>,
    /// 95 of 100 took no longer.
    p95: Option<u64>,
    /// 99 of 100 took no longer.
    p99: Option<u64>,
}

pub(super) async fn show_statistics(
    call: Call,
    Both(extent, ask): Both<Extent, StatisticsAsk>,
) -> Result<Json<Statistics>, Problem> {
    let by = match ask.by {
        StatisticsBy::All => By::All,
        StatisticsBy::Time => By::Time,
        StatisticsBy::Deployment => By::Deployment,
        StatisticsBy::Provider => By::Provider,
        StatisticsBy::Key => By::Key,
        StatisticsBy::Route => By::Route,
        StatisticsBy::Category => By::Category,
        StatisticsBy::Code => By::Code,
        StatisticsBy::Kind => By::Kind,
        StatisticsBy::Team => By::Team,
        StatisticsBy::User => By::User,
        StatisticsBy::Tag => By::Tag,
    };
    let ((span, from, to), only) = extent.read(MOST_STEPS)?;
    if !only.is_all() && !by.can_choose() {
        let message = "kinds, teams, end users and tags are summed over all requests: leave out `provider`, `model`, `key` \
                       and `route`, or tell apart by something else";
        return Err(Problem::field("by", message));
    }
    let sums = by.sum_of(&call.admin.db, span, (from, to), &only).await?;
    Ok(Json(Statistics { sums: sums.into_iter().map(Statistic::from).collect() }))
}

impl From<Sum> for Statistic {
    fn from(sum: Sum) -> Self {
        let percentiles = |sketch: &wye_store::log::Sketch| Percentiles {
            p50: sketch.percentile(0.5),
            p95: sketch.percentile(0.95),
            p99: sketch.percentile(0.99),
        };
        Self {
            first_us: percentiles(&sum.first_us),
            total_us: percentiles(&sum.total_us),
            of: sum.of,
            requests: sum.requests,
            failed: sum.failed,
            input: sum.input,
            cache_read: sum.cache_read,
            output: sum.output,
            reasoning: sum.reasoning,
            cost_nano: sum.cost_nano,
            unpriced: sum.unpriced,
        }
    }
}
