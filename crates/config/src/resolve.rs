//! The checked tree becomes the [`Config`]; what only makes sense together is checked here.

use std::time::Duration;

use wye_types::Map;

use crate::node::{Entry, Node};
use crate::{Config, Defaults, OnLoss, Problem, Retry, Sources, Timeouts, quantity};

mod alerts;
mod catalog;
mod client;
mod embeddings;
mod keep;
mod limit;
mod provider;
mod route;
mod shape;
mod strategy;
mod way;

pub(crate) use provider::{address as provider_address, discover};

/// Builds the configuration. Only valid if nothing was added to `problems`.
pub(crate) fn resolve(root: &Node, sources: &Sources<'_>, problems: &mut Vec<Problem>) -> Config {
    let mut config = Config::default();
    set(&mut config.listen, root.get("listen").and_then(Node::text).and_then(quantity::address));
    set(&mut config.body_limit, size(root, "body_limit"));
    set(&mut config.upload_limit, size(root, "upload_limit"));
    set(&mut config.header_limit, size(root, "header_limit"));
    set(&mut config.body_timeout, wait(root, "body_timeout"));
    set(&mut config.stall_timeout, wait(root, "stall_timeout"));
    set(&mut config.sse_heartbeat, wait(root, "sse_heartbeat"));
    set(&mut config.shutdown_grace, wait(root, "shutdown_grace"));
    set(&mut config.records_queue, whole(root, "records_queue").and_then(|n| usize::try_from(n).ok()));
    set(&mut config.waiting_places, whole(root, "waiting_places").and_then(|n| usize::try_from(n).ok()));
    config.log = keep::log(root, problems);
    config.responses = keep::responses(root);
    config.access = keep::access(root);
    config.images = shape::images(root, problems);
    config.alerts = alerts::alerts(root, problems);
    config.catalog = catalog::catalog(root, problems);
    config.savings_against = catalog::against(root, problems);
    set(&mut config.fading, root.get("fleet").and_then(|node| number(node, "fading")));
    config.teams = client::teams(root, problems);
    config.keys = client::keys(root, problems);
    config.budgets = limit::shared(root, problems);
    keep::reach(root, &config, problems);
    let defaults = root.get("defaults");
    config.defaults = Defaults {
        retry: retry(defaults, &Retry::default()),
        timeouts: timeouts(defaults, &Timeouts::default()),
        on_loss: on_loss(defaults, OnLoss::default()),
        wait: defaults.and_then(|node| wait(node, "wait")).unwrap_or(Defaults::default().wait),
    };
    let mentioned = provider::read(root.get("providers"), &mut config, sources, problems);
    if root.get("discover").and_then(Node::flag).unwrap_or(true) {
        discover(&mut config, &mentioned, sources);
    }
    config.embeddings = embeddings::embeddings(root, &config, problems);
    route::read(root.get("routes"), &mut config, &mentioned, sources, problems);
    config
}

fn retry(of: Option<&Node>, base: &Retry) -> Retry {
    let mut retry = base.clone();
    let Some(node) = of.and_then(|n| n.get("retry")) else { return retry };
    let statuses = |list: &Node| list.items().iter().filter_map(|n| u16::try_from(n.whole()?).ok()).collect();
    set(&mut retry.statuses, node.get("statuses").map(statuses));
    set(&mut retry.keywords, node.get("keywords").map(texts));
    set(&mut retry.empty, node.get("empty").and_then(Node::flag));
    set(&mut retry.rounds, whole(node, "rounds").and_then(|n| u32::try_from(n).ok()));
    retry.attempts = whole(node, "attempts").and_then(|n| u32::try_from(n).ok()).or(retry.attempts);
    set(&mut retry.backoff, wait(node, "backoff"));
    retry
}

fn timeouts(of: Option<&Node>, base: &Timeouts) -> Timeouts {
    let mut timeouts = *base;
    let Some(node) = of.and_then(|n| n.get("timeouts")) else { return timeouts };
    set(&mut timeouts.connect, wait(node, "connect"));
    set(&mut timeouts.first_content, wait(node, "first_content"));
    set(&mut timeouts.first_content_reasoning, wait(node, "first_content_reasoning"));
    set(&mut timeouts.idle, wait(node, "idle"));
    set(&mut timeouts.total, wait(node, "total"));
    timeouts.first_content_reasoning = timeouts.first_content_reasoning.max(timeouts.first_content);
    timeouts
}

fn on_loss(of: Option<&Node>, base: OnLoss) -> OnLoss {
    match of.and_then(|n| n.get("on_loss")).and_then(Node::text) {
        Some("refuse") => OnLoss::Refuse,
        Some(_) => OnLoss::Drop,
        None => base,
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn wait(node: &Node, key: &str) -> Option<Duration> {
    node.get(key)?.text().and_then(quantity::wait)
}

fn size(node: &Node, key: &str) -> Option<u64> {
    let node = node.get(key)?;
    node.whole().or_else(|| node.text().and_then(quantity::size))
}

fn whole(node: &Node, key: &str) -> Option<u64> {
    node.get(key)?.whole()
}

fn flag(node: &Node, key: &str) -> Option<bool> {
    node.get(key)?.flag()
}

#[expect(clippy::cast_possible_truncation, reason = "what people write has a few digits")]
fn number(node: &Node, key: &str) -> Option<f32> {
    Some(node.get(key)?.float()? as f32)
}

fn texts(list: &Node) -> Vec<String> {
    list.items().iter().filter_map(Node::text).map(str::to_owned).collect()
}

fn params(node: &Node, key: &str) -> Map {
    let entries: &[Entry] = node.get(key).map_or(&[], Node::entries);
    entries.iter().map(|e| (e.key.clone(), e.node.json())).collect()
}
