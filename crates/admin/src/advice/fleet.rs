//! Rules about providers and their deployments, and the routes that lead to them.

use std::collections::BTreeMap;

use wye_types::Severity::{Note, Soon, Urgent};

use super::Remedy::{OpenDeployment, OpenProvider, OpenRoute, ResetDeployment};
use super::{Advice, Allowed, Calls, Facts, Shut, Standing, percent, words};

/// So many calls must have failed before a provider is spoken of: one that fails now and then is why there are routes.
const LEAST_FAILED: u64 = 5;
/// From this share of failed calls on, most requests have to look for another target.
const MOSTLY_PERCENT: u64 = 50;
/// From this share on it is more than chance; what overload costs good providers is a few in a hundred.
const PARTLY_PERCENT: u64 = 20;
/// Codes of a provider that refuses who asks, not what is asked.
const REFUSED: [&str; 3] = ["provider_auth_failed", "provider_forbidden", "provider_payment_required"];
/// With less than this left of a day's quota it will not last the day, as a rule.
const NEAR_PERCENT: u64 = 10;
/// A rest that is longer than this was not guessed from a few failures.
const LONG_REST_MS: u64 = 600_000;
/// From so many deployments of one provider on that are left alone, it is the provider.
const MANY_SHUT: usize = 3;
/// So many times as long as usual is slow.
const SLOWER: u64 = 3;
/// First contents that a median needs to say something, now and before.
const LEAST_NOW: u64 = 10;
const LEAST_USUAL: u64 = 50;
/// What comes sooner than this nobody calls slow.
const SLOW_US: u64 = 1_000_000;
/// How many days before a model ends its end is told: time to try another.
const ENDS_DAYS: i64 = 30;

pub(super) fn advise(facts: &Facts) -> Vec<Advice> {
    let calls = facts.calls.iter();
    let failing = calls.clone().filter_map(|calls| failing(calls, facts.window_ms));
    let refused = calls.filter_map(refused);
    let quotas = facts.allowed.iter().filter_map(quota);
    let routes = facts.routes.iter().filter_map(route);
    let mut all: Vec<Advice> = refused.chain(failing).chain(routes).chain(quotas).collect();
    all.extend(shut(&facts.shut));
    all.extend(slow(facts));
    all.extend(ending(facts));
    all
}

/// A provider that fails. Refusals of its keys are another rule's.
fn failing(calls: &Calls, window_ms: u64) -> Option<Advice> {
    let failed = calls.failed.iter().filter(|(code, _)| !REFUSED.contains(&code.as_str()));
    let mut codes: Vec<(&String, u64)> = failed.map(|(code, count)| (code, *count)).collect();
    codes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let failed: u64 = codes.iter().map(|(_, count)| count).sum();
    let all = failed + calls.served;
    let share = percent(failed, all);
    let severity = match share {
        MOSTLY_PERCENT.. => Urgent,
        PARTLY_PERCENT.. => Soon,
        _ => return None,
    };
    if failed < LEAST_FAILED {
        return None;
    }
    let name = &calls.provider;
    let mix: Vec<String> = codes.iter().map(|(code, count)| format!("{count} {code}")).collect();
    let message = format!(
        "{name} failed in {failed} of {all} calls ({share} %) in the last {}: {}",
        words(window_ms),
        mix.join(", ")
    );
    let advice = Advice::new("provider_failing", severity, OpenProvider, name, message);
    let codes: BTreeMap<&str, u64> = codes.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    let advice =
        advice.with("failed", failed).with("calls", all).with("percent", share).since(calls.since_ms);
    let advice = advice.with("codes", serde_json::json!(codes));
    Some(match &calls.last {
        Some(last) => advice.with("last", last.as_str()),
        None => advice,
    })
}

/// A provider that refuses the credentials it is called with.
fn refused(calls: &Calls) -> Option<Advice> {
    let codes = REFUSED.iter().filter_map(|code| Some((*code, *calls.failed.get(*code)?)));
    let (code, count) = codes.max_by_key(|(_, count)| *count)?;
    let name = &calls.provider;
    let why = match code {
        "provider_payment_required" => "wants to be paid before it answers",
        "provider_forbidden" => "forbids what its key is used for",
        _ => "refuses its key",
    };
    // Another of its accounts may still be good.
    let severity = if calls.served == 0 { Urgent } else { Soon };
    let message = format!("{name} {why}: {count} calls were answered with {code}");
    let advice = Advice::new("credentials_refused", severity, OpenProvider, name, message);
    Some(advice.with("code", code).with("count", count).since(calls.since_ms))
}

/// A provider's quota of the day, or of longer, that is used up or nearly.
fn quota(allowed: &Allowed) -> Option<Advice> {
    let provider = allowed.provider.as_deref()?;
    let Allowed { owner, measure, period, limit, left, resets_in_ms, .. } = allowed;
    let back = resets_in_ms.map(|ms| format!("; all of it is back in {}", words(ms))).unwrap_or_default();
    let (kind, severity, message) = match percent(*left, *limit) {
        _ if *limit == 0 => return None,
        _ if *left == 0 => {
            ("quota_used_up", Soon, format!("{owner} has used up its {measure} of {period}{back}"))
        }
        0..NEAR_PERCENT => {
            let message = format!("{owner} has {left} of {limit} {measure} of {period} left{back}");
            ("quota_near", Note, message)
        }
        _ => return None,
    };
    let mut advice = Advice::new(kind, severity, OpenProvider, owner, message);
    advice.remedy.1 = provider.to_owned();
    let advice = advice.with("measure", *measure).with("period", period.as_str());
    Some(advice.with("limit", *limit).with("left", *left).with("resets_in_ms", *resets_in_ms))
}

/// Routes that have nothing to call, or only one thing more, or much that cools down.
fn route(route: &Standing) -> Option<Advice> {
    let Standing { route: name, targets, ready } = route;
    let (kind, severity, message) = match (*targets, *ready) {
        (0, _) => ("route_empty", Urgent, format!("no deployment is behind the route {name}")),
        (targets, 0) => {
            let message = format!("none of the {targets} deployments behind {name} may be called now");
            ("route_without_target", Urgent, message)
        }
        (2.., 1) => {
            let message = format!("{name} has one deployment left of {targets}: the others cool down");
            ("route_last_target", Soon, message)
        }
        // With fewer it is told deployment by deployment.
        (4.., _) if targets - ready >= *ready => {
            let message = format!("{} of the {targets} deployments behind {name} cool down", targets - ready);
            ("route_cooling", Note, message)
        }
        _ => return None,
    };
    let advice = Advice::new(kind, severity, OpenRoute, name, message);
    Some(advice.with("targets", *targets as u64).with("ready", *ready as u64))
}

/// Deployments that are left alone; of many of one provider only that.
fn shut(all: &[Shut]) -> Vec<Advice> {
    let mut by_provider: BTreeMap<&str, Vec<&Shut>> = BTreeMap::new();
    for one in all {
        by_provider.entry(&one.provider).or_default().push(one);
    }
    let mut advice = Vec::new();
    for (provider, shut) in by_provider {
        let longest = shut.iter().map(|one| one.for_ms).max().unwrap_or(0);
        if shut.len() >= MANY_SHUT {
            let message = format!(
                "{} deployments of {provider} are left alone, the longest for {} more",
                shut.len(),
                words(longest)
            );
            let one = Advice::new("provider_cooling", Soon, OpenProvider, provider, message);
            advice.push(one.with("count", shut.len() as u64).with("for_ms", longest));
            continue;
        }
        for Shut { deployment, broken, for_ms, .. } in shut {
            let time = words(*for_ms);
            let one = match broken {
                true => {
                    let message = format!("the circuit breaker of {deployment} is open for {time} more");
                    Advice::new("breaker_open", Soon, ResetDeployment, deployment, message)
                }
                false if *for_ms >= LONG_REST_MS => {
                    let message = format!("{deployment} rests for {time} more");
                    Advice::new("resting_long", Note, ResetDeployment, deployment, message)
                }
                false => continue,
            };
            advice.push(one.with("for_ms", *for_ms));
        }
    }
    advice
}

/// Deployments that are much slower than they were.
fn slow(facts: &Facts) -> impl Iterator<Item = Advice> {
    let enough = |now: u64, usual: u64| now >= LEAST_NOW && usual >= LEAST_USUAL;
    facts.paces.iter().filter(move |pace| enough(pace.now, pace.usual)).filter_map(|pace| {
        let (now, usual) = (pace.now_us, pace.usual_us);
        if now < SLOW_US || now < usual.saturating_mul(SLOWER) {
            return None;
        }
        let (name, times) = (&pace.deployment, now / usual.max(1));
        let message = format!(
            "{name} takes {times} times as long as usual to its first content: {} ms instead of {} ms",
            now / 1000,
            usual / 1000
        );
        let advice = Advice::new("model_slow", Soon, OpenDeployment, name, message);
        Some(advice.with("now_us", now).with("usual_us", usual).with("times", times))
    })
}

/// Deployments whose vendor has said that they end.
fn ending(facts: &Facts) -> impl Iterator<Item = Advice> {
    facts.endings.iter().filter(|(_, _, days)| *days <= ENDS_DAYS).map(|(name, day, days)| {
        let message = match *days {
            ..0 => format!("{name} ended on {day}, says the catalogue; use another model"),
            days => format!("{name} ends on {day}, in {days} days, says the catalogue; choose another model"),
        };
        let advice = Advice::new("model_ends", Soon, OpenDeployment, name, message);
        advice.with("day", day.as_str()).with("days", *days)
    })
}
