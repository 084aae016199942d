//! Routes: what their targets mean, and whether they lead anywhere. Each is followed through the routes in it once, also
//! through those that judge for it or are sent copies, so that no request can go in a circle.

use std::collections::HashMap;

use wye_providers::find;
use wye_types::DeploymentId;

use super::provider::from_registry;
use super::{flag, on_loss, retry, shape, strategy, timeouts, wait, way};
use crate::model::{Flat, MAX_TARGETS, OWN};
use crate::node::{Entry, Node, join};
use crate::{Config, MirrorConfig, Problem, RouteConfig, RouteTarget, Sources, TargetOf};

mod target;

/// How deep routes may stand in routes.
const MAX_DEPTH: usize = 8;
/// How many targets a route may have on all ways through the routes in it: what serves it walks each of them.
const MOST_WAYS: usize = 10 * MAX_TARGETS;

/// Reads the routes of the file into the configuration.
pub(super) fn read(
    map: Option<&Node>,
    config: &mut Config,
    mentioned: &[String],
    sources: &Sources<'_>,
    problems: &mut Vec<Problem>,
) {
    let entries = map.map_or(&[][..], Node::entries);
    switch_on_local(entries, config, mentioned, sources);
    let mut walk = Walk { entries, config, mentioned, done: Vec::new(), problems };
    for entry in entries {
        walk.follow(entry, &mut Vec::new());
    }
    let mut done = walk.done;
    for entry in entries {
        let path = join("routes", &entry.key);
        name(entry, &path, config, mentioned, problems);
        let at = done.iter().position(|d| d.name == entry.key);
        let found = at.map(|at| done.swap_remove(at)).unwrap_or_default();
        let route = route(entry, &path, found, config, problems);
        config.routes.push(route);
    }
    let mut flat = Flat { config, known: HashMap::new() };
    let long = entries
        .iter()
        .filter(|entry| config.route(&entry.key).is_some_and(|r| flat.of(r).len() > MAX_TARGETS));
    for entry in long {
        let path = join("routes", &entry.key);
        // One word about it is enough.
        if problems.iter().all(|problem| problem.path != path) {
            let message =
                format!("with the routes in it this route has over {MAX_TARGETS} targets; name fewer");
            problems.push(entry.place.problem(&path, message));
        }
    }
}

fn route(
    entry: &Entry,
    path: &str,
    found: Done<'_>,
    config: &Config,
    problems: &mut Vec<Problem>,
) -> RouteConfig {
    let (node, of) = (&entry.node, Some(&entry.node));
    let strategy = strategy::strategy(entry, path, (&found.targets, found.judge), problems);
    let describe = shape::describe(node, path, config, problems);
    RouteConfig {
        strategy,
        targets: found.targets,
        retry: retry(of, &config.defaults.retry),
        timeouts: timeouts(of, &config.defaults.timeouts),
        on_loss: on_loss(of, config.defaults.on_loss),
        wait: wait(node, "wait").unwrap_or(config.defaults.wait),
        describe,
        filter: way::filter(node),
        hedge: way::hedge(node),
        affinity: way::affinity(node),
        profile: way::profile(node),
        mirror: found.mirror.map(|target| MirrorConfig { target, share: way::mirrored(node) }),
        validate: way::validate(node),
        verify: flag(node, "verify").unwrap_or(false),
        continue_streams: flag(node, "continue_streams").unwrap_or(false),
        ..RouteConfig::new(&entry.key, crate::Strategy::Ordered, Vec::new(), &config.defaults)
    }
}

/// A local provider needs nothing, so naming it in a target is enough.
fn switch_on_local(entries: &[Entry], config: &mut Config, mentioned: &[String], sources: &Sources<'_>) {
    let targets = entries.iter().filter_map(|e| e.node.get("targets")).flat_map(Node::items);
    let targets = targets.filter_map(|t| t.text().or_else(|| t.get("deployment")?.text()));
    let others = [("judge", "model"), ("mirror", "target")].into_iter();
    let others = others
        .flat_map(|(table, key)| entries.iter().filter_map(move |e| e.node.get(table)?.get(key)?.text()));
    for text in targets.chain(others) {
        let Some(known) = DeploymentId::parse(text).and_then(|d| find(&d.provider)).filter(|p| p.local)
        else {
            continue;
        };
        let is_route = entries.iter().any(|e| e.key == text);
        if !is_route && config.provider(known.id).is_none() && mentioned.iter().all(|id| id != known.id) {
            let provider = from_registry(known, None, config, sources);
            config.providers.push(provider);
        }
    }
}

fn name(entry: &Entry, path: &str, config: &Config, mentioned: &[String], problems: &mut Vec<Problem>) {
    if entry.key.trim().is_empty() {
        problems.push(entry.place.problem(path, "a route needs a name"));
    }
    let Some((provider, _)) = entry.key.split_once('/') else { return };
    if provider == OWN {
        let message = "names that begin with wye/ are the gateway's own; write another name";
        problems.push(entry.place.problem(path, message));
    } else if config.provider(provider).is_some() || mentioned.iter().any(|id| id == provider) {
        let message =
            format!("{provider} is a provider, so this name would hide its model; write another name");
        problems.push(entry.place.problem(path, message));
    }
}

/// A route that was followed.
#[derive(Default)]
struct Done<'a> {
    name: &'a str,
    targets: Vec<RouteTarget>,
    judge: Option<TargetOf>,
    mirror: Option<TargetOf>,
    reach: Reach,
}

/// How far a route goes through the routes in it.
#[derive(Debug, Clone, Copy, Default)]
struct Reach {
    /// How many stand in each other, itself counted.
    depth: usize,
    /// How many targets it has on all ways through them, the same one on two ways counted twice.
    ways: usize,
}

struct Walk<'a, 'w> {
    entries: &'a [Entry],
    config: &'w Config,
    mentioned: &'w [String],
    done: Vec<Done<'a>>,
    problems: &'w mut Vec<Problem>,
}

impl<'a> Walk<'a, '_> {
    /// Follows a route's targets. Every route is done once; `stack` holds the names on the way to this one.
    fn follow(&mut self, entry: &'a Entry, stack: &mut Vec<&'a str>) {
        if self.done.iter().any(|d| d.name == entry.key) {
            return;
        }
        stack.push(&entry.key);
        let path = join("routes", &entry.key);
        let reach = Reach { depth: 1, ways: 0 };
        let mut done = Done { name: &entry.key, reach, ..Done::default() };
        let list = entry.node.get("targets");
        let empty = list.is_none_or(|l| !l.is_broken() && l.items().is_empty());
        if empty && !entry.node.is_broken() {
            let message = "it has no targets; write targets: [provider/model]";
            self.problems.push(entry.place.problem(&path, message));
        }
        for (at, node) in list.map_or(&[][..], Node::items).iter().enumerate() {
            if let Some(target) = self.target(node, &format!("{path}.targets[{at}]"), &mut done.reach, stack)
            {
                done.targets.push(target);
            }
        }
        let ways = done.reach.ways;
        if ways > MOST_WAYS {
            let message = format!(
                "through the routes in it this route has {ways} targets, most of them again and again; name each once"
            );
            self.problems.push(entry.place.problem(&path, message));
        }
        done.judge = self.other(entry, ("judge", "model"), &mut done.reach, stack);
        done.mirror = self.other(entry, ("mirror", "target"), &mut done.reach, stack);
        // They answer nothing, so that they are no targets.
        done.reach.ways = ways;
        stack.pop();
        self.done.push(done);
    }

    /// Goes into a route that stands in another.
    fn nested(
        &mut self,
        entry: &'a Entry,
        (node, path): (&Node, &str),
        reach: &mut Reach,
        stack: &mut Vec<&'a str>,
    ) {
        if let Some(from) = stack.iter().position(|name| *name == entry.key) {
            let circle = stack.get(from..).unwrap_or_default().join(" -> ");
            let message = format!("routes go in a circle: {circle} -> {}; take one of them out", entry.key);
            return self.problems.push(node.place.problem(path, message));
        }
        self.follow(entry, stack);
        let Some(inner) = self.done.iter().find(|d| d.name == entry.key).map(|d| d.reach) else { return };
        let depth = inner.depth + 1;
        if depth == MAX_DEPTH + 1 {
            let message =
                format!("routes stand in routes more than {MAX_DEPTH} deep here; name the targets directly");
            self.problems.push(node.place.problem(path, message));
        }
        reach.depth = reach.depth.max(depth);
        reach.ways = reach.ways.saturating_add(inner.ways);
    }
}
