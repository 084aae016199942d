//! The facts that advice rests on: from the log and its sums, the fleet, the limits, the configuration.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wye_admin::advice::{Allowed, Calls, Facts, Pace, Shut, Standing};
use wye_catalog::How;
use wye_limits::Moment;
use wye_pipeline::Live;
use wye_pipeline::seen::{self, Seen};
use wye_store::StoreError;
use wye_store::log::{By, Filter, Span, Sum};
use wye_store::users::Users;
use wye_types::DeploymentId;

use crate::admin::Admin;
use crate::admin::provider::provider_of;
use crate::degraded::Degraded;

/// What is called the last minutes.
const WINDOW_MS: u64 = 900_000;
/// What is called usual, before that.
const USUAL_S: u64 = 86_400;
/// Requests that are read one by one, at most: the newest.
const MOST_READ: usize = 2_000;
/// Of them at once.
const AT_ONCE: u32 = 500;
/// A limit over a shorter time is there again before anybody has looked.
const LONG_S: f64 = 86_400.0;

/// Gathers them.
pub(super) async fn facts(admin: &Admin) -> Result<Facts, StoreError> {
    let (live, config) = (admin.pipeline.live(), admin.configurator.current().config.clone());
    let now_ms = admin.clock.unix_ms();
    let recently = (now_ms - now_ms.min(WINDOW_MS)) / 1000;
    let usual =
        By::Deployment.sum(&admin.db, Span::Minute, recently.saturating_sub(USUAL_S), recently).await?;
    let recent = By::Deployment.sum(&admin.db, Span::Minute, recently, now_ms / 1000 + 1).await?;
    let (shut, unready) = left_alone(admin, &live);
    let routes: Vec<(&str, Vec<String>)> = config
        .routes
        .iter()
        .filter_map(|route| {
            let targets = live.routes.get(&route.name)?.targets.iter().filter(|target| !target.off);
            Some((route.name.as_str(), targets.map(|target| target.deployment.to_string()).collect()))
        })
        .collect();
    let used = usual.iter().chain(&recent).map(|sum| sum.of.as_str());
    let named: BTreeSet<&str> =
        routes.iter().flat_map(|(_, targets)| targets.iter().map(String::as_str)).chain(used).collect();
    let keys = config.keys.iter().filter(|key| !key.disabled);
    Ok(Facts {
        now_ms,
        window_ms: WINDOW_MS,
        calls: calls(admin, now_ms).await?,
        allowed: allowed(admin, &live),
        shut,
        routes: routes
            .iter()
            .map(|(route, targets)| Standing {
                route: (*route).to_owned(),
                targets: targets.len(),
                ready: targets.iter().filter(|target| !unready.contains(*target)).count(),
            })
            .collect(),
        paces: paces(&usual, &recent),
        expiries: keys.filter_map(|key| Some((key.name.clone(), key.expires_ms?))).collect(),
        is_open: live.keys.is_open(),
        single_factor: single_factor(admin).await?,
        unpriced: unpriced(&usual, &recent),
        ailments: admin
            .condition
            .look()
            .into_iter()
            .map(|ailment| (kind(ailment.kind), ailment.what))
            .collect(),
        endings: endings(&live, named.into_iter(), now_ms),
    })
}

const fn kind(kind: Degraded) -> &'static str {
    match kind {
        Degraded::Limits => "limits",
        Degraded::Log => "log",
        Degraded::Configuration => "configuration",
        Degraded::Catalog => "catalog",
    }
}

/// How the calls of the last minutes went, by provider. What is the request's own fault counts for nothing.
async fn calls(admin: &Admin, now_ms: u64) -> Result<Vec<Calls>, StoreError> {
    let mut filter = Filter { from_ms: Some(now_ms.saturating_sub(WINDOW_MS)), ..Filter::default() };
    let (mut calls, mut read): (BTreeMap<String, Calls>, usize) = (BTreeMap::new(), 0);
    loop {
        let found = filter.find(&admin.db, AT_ONCE).await?;
        read += found.entries.len();
        for entry in &found.entries {
            // The newest first, of requests and of the attempts of each.
            for attempt in entry.told().attempts.into_iter().rev() {
                let Some((provider, _)) = attempt.deployment.split_once('/') else { continue };
                let one = calls.entry(provider.to_owned()).or_default();
                match (attempt.outcome.as_str(), attempt.code) {
                    ("served", _) => one.served += 1,
                    ("failed", Some(code)) if code.starts_with("provider_") => {
                        one.since_ms = Some(entry.at_ms());
                        one.last.get_or_insert_with(|| code.clone());
                        *one.failed.entry(code).or_default() += 1;
                    }
                    _ => {}
                }
            }
        }
        match found.next {
            Some(next) if read < MOST_READ => filter.before = Some(next),
            _ => break,
        }
    }
    Ok(calls.into_iter().map(|(provider, calls)| Calls { provider, ..calls }).collect())
}

/// What is left of limits over a day or longer.
fn allowed(admin: &Admin, live: &Live) -> Vec<Allowed> {
    let now = Moment::of(&*admin.clock);
    let is_long = |period: &str| {
        period.strip_suffix(" s").is_none_or(|seconds| seconds.parse().is_ok_and(|s: f64| s >= LONG_S))
    };
    let all = admin.cells.all().into_iter();
    let all = all.filter(|(id, _)| id.measure != wye_limits::Measure::Concurrent && is_long(&id.period));
    let one = |(id, cell): (wye_limits::CellId, std::sync::Arc<wye_limits::Cell>)| {
        let view = cell.view(now);
        let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Allowed {
            provider: provider_of(&id.owner, live).map(str::to_owned),
            owner: id.owner,
            measure: id.measure.name(),
            period: id.period,
            limit: view.limit,
            left: view.left,
            resets_in_ms: view.resets_in.map(ms).filter(|ms| *ms > 0),
        }
    };
    all.map(one).collect()
}

/// Deployments that are left alone, and the names of all that may not be called now.
fn left_alone(admin: &Admin, live: &Live) -> (Vec<Shut>, HashSet<String>) {
    let now = admin.clock.mono();
    let mut shut: Vec<Shut> = seen::deployments(live, None)
        .into_iter()
        .filter_map(|of| {
            let (broken, for_ms) = rest(&of.look(now))?;
            let deployment = format!("{}/{}", of.provider, of.model);
            Some(Shut { deployment, provider: of.provider, broken, for_ms })
        })
        .collect();
    shut.sort_by(|one, other| one.deployment.cmp(&other.deployment));
    let unready = shut.iter().map(|one| one.deployment.clone()).collect();
    (shut, unready)
}

/// Whether its breaker is why a deployment is left alone, and for how many milliseconds; `None`: it is not. It is also where
/// all of its provider's accounts rest.
fn rest(seen: &Seen) -> Option<(bool, u64)> {
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    if let Some((time, broken)) = seen.shut {
        return Some((broken, ms(time)));
    }
    let each = seen.accounts.iter().map(|of| of.rests.iter().map(|(_, time)| *time).max());
    let soonest = each.collect::<Option<Vec<_>>>()?.into_iter().min()?;
    Some((false, ms(soonest)))
}

/// How fast deployments are, beside the day before.
fn paces(usual: &[Sum], recent: &[Sum]) -> Vec<Pace> {
    let before: BTreeMap<&str, &Sum> = usual.iter().map(|sum| (sum.of.as_str(), sum)).collect();
    let pace = |now: &Sum| {
        let then = before.get(now.of.as_str())?;
        Some(Pace {
            deployment: now.of.clone(),
            now: now.first_us.count(),
            now_us: now.first_us.percentile(0.5)?,
            usual: then.first_us.count(),
            usual_us: then.first_us.percentile(0.5)?,
        })
    };
    recent.iter().filter(|sum| !sum.of.is_empty()).filter_map(pace).collect()
}

/// Deployments whose use has no price, those with the most requests first.
fn unpriced(usual: &[Sum], recent: &[Sum]) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for sum in usual.iter().chain(recent).filter(|sum| sum.unpriced > 0 && !sum.of.is_empty()) {
        *counts.entry(&sum.of).or_default() += sum.unpriced;
    }
    let mut counts: Vec<(String, u64)> =
        counts.into_iter().map(|(of, count)| (of.to_owned(), count)).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Administrators who log in with a password alone.
async fn single_factor(admin: &Admin) -> Result<usize, StoreError> {
    let users = Users::new(admin.db.clone());
    let (mut count, mut after) = (0, None::<String>);
    loop {
        let page = users.list(after.as_deref(), AT_ONCE).await?;
        count += page.iter().filter(|user| user.role == "admin" && !user.disabled && !user.totp).count();
        match page.last() {
            Some(last) if page.len() == AT_ONCE as usize => after = Some(last.id.clone()),
            _ => return Ok(count),
        }
    }
}

/// Deployments whose end the catalogue knows.
fn endings<'n>(live: &Live, names: impl Iterator<Item = &'n str>, now_ms: u64) -> Vec<(String, String, i64)> {
    let Some(now) = i64::try_from(now_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()) else {
        return Vec::new();
    };
    let today = now.to_zoned(TimeZone::UTC).date();
    let ends = |name: &str| {
        let id = DeploymentId::parse(name)?;
        let known = live.models.known(live.endpoints.get(&id.provider)?, &id.model);
        // What a name begins with says nothing of when it ends.
        let sure = known.how.is_some_and(|how| how < How::Prefix);
        let day = known.facts.as_deref().filter(|_| sure)?.ends?;
        let days = (day - today).get_days();
        Some((name.to_owned(), day.to_string(), days.into()))
    };
    names.filter_map(ends).collect()
}
