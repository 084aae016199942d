//! What the month will cost, and when budgets will be used up, from what was spent on each day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_admin::forecast::{DAY_MS, DAYS, Pace};
use wye_config::{BudgetOf, Config};
use wye_limits::{Cell, CellId, Measure, Moment, Period, Unit};
use wye_store::log::{By, Daily};

use super::endpoint::Call;
use super::input::{Json, Query};
use super::problem::Problem;

/// The most items; the largest are told.
const MOST_ITEMS: usize = 50;
/// The most budgets; those of which the least is left are told.
const MOST_BUDGETS: usize = 200;
/// How far ahead a budget that never begins anew is looked at.
const AHEAD_MS: u64 = 366 * DAY_MS;

/// What forecast is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ForecastAsk {
    /// What is told apart.
    #[serde(default)]
    #[param(inline)]
    by: ForecastBy,
}

/// What forecasts are told apart by.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ForecastBy {
    /// Nothing: one forecast.
    #[default]
    All,
    /// Client key.
    Key,
    /// Team of the client key.
    Team,
    /// Provider.
    Provider,
    /// Provider and model.
    Deployment,
}

/// What this calendar month will cost, in UTC.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Forecast {
    /// When the month began, in Unix milliseconds.
    from_ms: u64,
    /// When it ends.
    to_ms: u64,
    /// Up to when it is known what was spent.
    now_ms: u64,
    /// Whole days that the forecast of all requests is made from: those since the first request, 28 at most.
    days: u64,
    /// The forecasts, the largest first, 50 at most.
    items: Vec<ForecastItem>,
    /// Budgets, those that are used up first before the others; where there are more than 200, those of which the least is
    /// left.
    budgets: Vec<BudgetForecast>,
}

/// What will be spent under one name. An amount is `null` where nothing was asked yet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ForecastItem {
    /// The name; `null`: all requests, or those without one.
    of: Option<String>,
    /// Nano-dollars since the month began, as far as prices are known.
    spent_nano: u64,
    /// What the whole month is expected to cost, by what each day of the week cost in the last 28 days.
    expected_nano: Option<u64>,
    /// In eight of ten cases the month costs no less; `null`: fewer than two whole days are known.
    low_nano: Option<u64>,
    /// In eight of ten cases it costs no more.
    high_nano: Option<u64>,
    /// What a day costs on average.
    daily_nano: Option<u64>,
}

/// When a budget will be used up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BudgetForecast {
    /// Whose it is, as the limits name it: `key ci`, `team search`, `budget nightly`.
    owner: String,
    /// The same without the word before it.
    name: String,
    /// Over which time.
    period: String,
    /// Nano-dollars that may be spent.
    limit_nano: u64,
    /// Of them, what is spent, or reserved by requests under way.
    spent_nano: u64,
    /// When it begins anew, in Unix milliseconds; `null`: never.
    resets_ms: Option<u64>,
    /// When it will be used up; `null`: not before it begins anew, or not within a year.
    used_up_ms: Option<u64>,
}

pub(super) async fn show_forecast(
    call: Call,
    Query(ask): Query<ForecastAsk>,
) -> Result<Json<Forecast>, Problem> {
    let now_ms = call.admin.clock.unix_ms();
    let (from_ms, to_ms) = Unit::Month.around(now_ms, &TimeZone::UTC);
    let first_ms = from_ms.min(now_ms.saturating_sub(DAYS * DAY_MS));
    let range = (first_ms / 1000, now_ms / 1000 + 1);
    let db = &call.admin.db;
    let all = Daily::of(db, By::All, range).await?;
    let all = all.into_iter().next().unwrap_or_default();
    let days = Pace::of(&all.days, now_ms).map_or(0, |pace| pace.days);
    let by = match ask.by {
        ForecastBy::All => None,
        ForecastBy::Key => Some(By::Key),
        ForecastBy::Team => Some(By::Team),
        ForecastBy::Provider => Some(By::Provider),
        ForecastBy::Deployment => Some(By::Deployment),
    };
    let sums = match by {
        None => vec![all],
        Some(by) => Daily::of(db, by, range).await?,
    };
    let mut items: Vec<ForecastItem> = sums.iter().map(|one| item(one, (from_ms, now_ms, to_ms))).collect();
    // Of equals in the order of their names, so that a page does not jump.
    items.sort_by_key(|item| std::cmp::Reverse((item.expected_nano, item.spent_nano)));
    items.truncate(MOST_ITEMS);
    let budgets = budgets(&call, range).await?;
    Ok(Json(Forecast { from_ms, to_ms, now_ms, days, items, budgets }))
}

fn item(sums: &Daily, (from_ms, now_ms, to_ms): (u64, u64, u64)) -> ForecastItem {
    let month = sums.days.iter().filter(|(day, _)| *day >= from_ms / DAY_MS);
    let spent = month.fold(0_u64, |sum, (_, nano)| sum.saturating_add(*nano));
    let seen = Pace::of(&sums.days, now_ms).map(|pace| pace.until(spent, now_ms, to_ms));
    let between = seen.and_then(|seen| seen.between);
    ForecastItem {
        of: Some(sums.of.clone()).filter(|of| !of.is_empty()),
        spent_nano: spent,
        expected_nano: seen.map(|seen| seen.expected),
        low_nano: between.map(|(low, _)| low),
        high_nano: between.map(|(_, high)| high),
        daily_nano: seen.map(|seen| seen.daily),
    }
}

/// Whose requests a budget pays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Payer {
    Key(String),
    Team(String),
    Tag(String),
    User(String),
}

/// A budget as it stands.
struct Standing {
    id: CellId,
    payer: Payer,
    limit: u64,
    left: u64,
    resets_ms: Option<u64>,
}

/// When budgets will be used up.
async fn budgets(call: &Call, range: (u64, u64)) -> Result<Vec<BudgetForecast>, Problem> {
    let config = Arc::clone(&call.admin.configurator.current().config);
    let now = Moment::of(&*call.admin.clock);
    let all = call.admin.cells.all().into_iter();
    let mut standing: Vec<Standing> = all.filter_map(|(id, cell)| stands(id, &cell, &config, now)).collect();
    standing.sort_by_key(|one| one.left);
    standing.truncate(MOST_BUDGETS);
    let paces = paces(call, &standing, range, now.unix_ms).await?;
    let mut told: Vec<BudgetForecast> = standing
        .into_iter()
        .map(|one| {
            let before = one.resets_ms.unwrap_or(now.unix_ms.saturating_add(AHEAD_MS));
            let pace = paces.get(&one.payer);
            let used_up_ms = match (one.left, pace) {
                (0, _) => Some(now.unix_ms),
                (left, pace) => pace.and_then(|pace| pace.reaches(left, now.unix_ms, before)),
            };
            let name = one.id.owner.split_once(' ').map_or(&*one.id.owner, |(_, name)| name).to_owned();
            BudgetForecast {
                name,
                owner: one.id.owner,
                period: one.id.period,
                limit_nano: one.limit,
                spent_nano: one.limit.saturating_sub(one.left),
                resets_ms: one.resets_ms,
                used_up_ms,
            }
        })
        .collect();
    told.sort_by(|a, b| {
        let key = |one: &BudgetForecast| one.used_up_ms.unwrap_or(u64::MAX);
        key(a).cmp(&key(b)).then_with(|| (&a.owner, &a.period).cmp(&(&b.owner, &b.period)))
    });
    Ok(told)
}

/// How a budget stands; `None`: it is no budget, or nobody's any more.
fn stands(id: CellId, cell: &Cell, config: &Config, now: Moment) -> Option<Standing> {
    if id.measure != Measure::Money {
        return None;
    }
    let resets_ms = match cell.with(|meter| meter.window().period().clone()) {
        Period::Calendar(unit, zone) => Some(unit.around(now.unix_ms, &zone).1),
        Period::Total => None,
        // What goes by the hour is a provider's quota.
        Period::Rolling(_) => return None,
    };
    let payer = payer(&id.owner, config)?;
    let seen = cell.view(now);
    Some(Standing { id, payer, limit: seen.limit, left: seen.left, resets_ms })
}

/// Whose requests count in the limits of an owner, if there is one of that name.
fn payer(owner: &str, config: &Config) -> Option<Payer> {
    let (kind, name) = owner.split_once(' ')?;
    match kind {
        "key" => config.keys.iter().any(|key| key.name == name).then(|| Payer::Key(name.to_owned())),
        "team" => config.teams.iter().any(|team| team.name == name).then(|| Payer::Team(name.to_owned())),
        "budget" => config.budgets.iter().find_map(|budget| match &budget.of {
            BudgetOf::Tag(tag) => (budget.name == name).then(|| Payer::Tag(tag.clone())),
            BudgetOf::EachUser => {
                let user = name.strip_prefix(&budget.name)?.strip_prefix(", user ")?;
                Some(Payer::User(user.to_owned()))
            }
        }),
        _ => None,
    }
}

/// What days cost those who pay.
async fn paces(
    call: &Call,
    standing: &[Standing],
    range: (u64, u64),
    now_ms: u64,
) -> Result<BTreeMap<Payer, Pace>, Problem> {
    let payers: BTreeSet<&Payer> = standing.iter().map(|one| &one.payer).collect();
    let names = |of: fn(&Payer) -> Option<&String>| -> Vec<String> {
        payers.iter().filter_map(|payer| of(payer)).cloned().collect()
    };
    let keys = names(|payer| if let Payer::Key(name) = payer { Some(name) } else { None });
    let teams = names(|payer| if let Payer::Team(name) = payer { Some(name) } else { None });
    let tags = names(|payer| if let Payer::Tag(name) = payer { Some(name) } else { None });
    let users = names(|payer| if let Payer::User(name) = payer { Some(name) } else { None });
    let db = &call.admin.db;
    let of_keys = if keys.is_empty() { Vec::new() } else { Daily::of(db, By::Key, range).await? };
    let mut paces = BTreeMap::new();
    let mut add = |payer: fn(String) -> Payer, sums: Vec<Daily>| {
        let each = sums.into_iter();
        paces.extend(each.filter_map(|one| Some((payer(one.of), Pace::of(&one.days, now_ms)?))));
    };
    add(Payer::Key, of_keys);
    add(Payer::Team, Daily::among(db, By::Team, &teams, range).await?);
    add(Payer::Tag, Daily::among(db, By::Tag, &tags, range).await?);
    add(Payer::User, Daily::among(db, By::User, &users, range).await?);
    Ok(paces)
}
