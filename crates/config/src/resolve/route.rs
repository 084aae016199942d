//! Routes: targets are followed through other routes until only deployments are left.

use wye_providers::{PROVIDERS, find};
use wye_types::DeploymentId;

use super::provider::from_registry;
use super::{on_loss, retry, shape, timeouts, wait, whole};
use crate::near::did_you_mean;
use crate::node::{Entry, Node, join};
use crate::{Config, Problem, RouteConfig, Shape, Sources, Strategy, Target};

/// How deep routes may stand in routes.
const MAX_DEPTH: usize = 8;
/// How many targets a route may have once the routes in it are followed.
const MAX_TARGETS: usize = 1000;

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
    let done = walk.done;
    for entry in entries {
        name(entry, config, mentioned, problems);
        let targets = done.iter().find(|d| d.name == entry.key).map(|d| d.targets.clone());
        let of = Some(&entry.node);
        let describe = shape::describe(&entry.node, &join("routes", &entry.key), config, problems);
        config.routes.push(RouteConfig {
            name: entry.key.clone(),
            strategy: Strategy::Ordered,
            targets: targets.unwrap_or_default(),
            retry: retry(of, &config.defaults.retry),
            timeouts: timeouts(of, &config.defaults.timeouts),
            on_loss: on_loss(of, config.defaults.on_loss),
            wait: wait(&entry.node, "wait").unwrap_or(config.defaults.wait),
            describe,
        });
    }
}

/// A local provider needs nothing, so naming it in a target is enough.
fn switch_on_local(entries: &[Entry], config: &mut Config, mentioned: &[String], sources: &Sources<'_>) {
    let targets = entries.iter().filter_map(|e| e.node.get("targets")).flat_map(Node::items);
    for text in targets.filter_map(|t| t.text().or_else(|| t.get("deployment")?.text())) {
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

fn name(entry: &Entry, config: &Config, mentioned: &[String], problems: &mut Vec<Problem>) {
    let path = join("routes", &entry.key);
    if entry.key.trim().is_empty() {
        problems.push(entry.place.problem(&path, "a route needs a name"));
    }
    if let Some((provider, _)) = entry.key.split_once('/')
        && (config.provider(provider).is_some() || mentioned.iter().any(|id| id == provider))
    {
        let message =
            format!("{provider} is a provider, so this name would hide its model; write another name");
        problems.push(entry.place.problem(&path, message));
    }
}

struct Done {
    name: String,
    targets: Vec<Target>,
    depth: usize,
}

struct Walk<'a> {
    entries: &'a [Entry],
    config: &'a Config,
    mentioned: &'a [String],
    done: Vec<Done>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Walk<'a> {
    /// Follows a route's targets. Every route is done once; `stack` holds the names on the way to this one.
    fn follow(&mut self, entry: &'a Entry, stack: &mut Vec<&'a str>) {
        if self.done.iter().any(|d| d.name == entry.key) {
            return;
        }
        stack.push(&entry.key);
        let path = join("routes", &entry.key);
        let mut done = Done { name: entry.key.clone(), targets: Vec::new(), depth: 1 };
        let list = entry.node.get("targets");
        let empty = list.is_none_or(|l| !l.is_broken() && l.items().is_empty());
        if empty && !entry.node.is_broken() {
            let message = "it has no targets; write targets: [provider/model]";
            self.problems.push(entry.place.problem(&path, message));
        }
        for (at, node) in list.map_or(&[][..], Node::items).iter().enumerate() {
            self.target(node, &format!("{path}.targets[{at}]"), &mut done, stack);
        }
        if done.targets.len() > MAX_TARGETS {
            let message =
                format!("with the routes in it this route has over {MAX_TARGETS} targets; name fewer");
            self.problems.push(entry.place.problem(&path, message));
            done.targets.clear();
        }
        stack.pop();
        self.done.push(done);
    }

    fn target(&mut self, node: &'a Node, path: &str, done: &mut Done, stack: &mut Vec<&'a str>) {
        let (deployment, route) = (node.get("deployment"), node.get("route"));
        if node.is_broken() || [deployment, route].into_iter().flatten().any(Node::is_broken) {
            return;
        }
        let name = match (node.text(), deployment.and_then(Node::text), route.and_then(Node::text)) {
            (Some(text), ..) | (None, Some(text), None) | (None, None, Some(text)) => text,
            _ => {
                let message = "write either deployment: provider/model or route: name";
                return self.problems.push(node.place.problem(path, message));
            }
        };
        let own = shape::read(node, path, "params", self.problems);
        let entry = self.entries.iter().find(|e| e.key == name && deployment.is_none());
        if let Some(entry) = entry {
            return self.nested(entry, node, path, (own, done, stack));
        }
        let found = DeploymentId::parse(name)
            .filter(|d| route.is_none() && self.config.provider(&d.provider).is_some());
        match found {
            Some(deployment) => {
                let known = self.config.provider(&deployment.provider);
                let known = known.and_then(|p| p.models.iter().find(|m| m.id == deployment.model)?.context);
                let context = whole(node, "context").or(known);
                add(done, Target { deployment, shape: own, context });
            }
            None => self.unknown(name, route.is_some(), node, path),
        }
    }

    fn nested(
        &mut self,
        entry: &'a Entry,
        node: &'a Node,
        path: &str,
        (own, done, stack): (Shape, &mut Done, &mut Vec<&'a str>),
    ) {
        if let Some(from) = stack.iter().position(|name| *name == entry.key) {
            let circle = stack.get(from..).unwrap_or_default().join(" -> ");
            let message = format!("routes go in a circle: {circle} -> {}; take one of them out", entry.key);
            return self.problems.push(node.place.problem(path, message));
        }
        self.follow(entry, stack);
        let Some(inner) = self.done.iter().find(|d| d.name == entry.key) else { return };
        let depth = inner.depth + 1;
        let context = whole(node, "context");
        for target in &inner.targets {
            let mut target = target.clone();
            // Who uses a route knows better than the route what this use needs.
            target.shape = own.over(&target.shape);
            target.context = context.or(target.context);
            add(done, target);
        }
        if depth == MAX_DEPTH + 1 {
            let message =
                format!("routes stand in routes more than {MAX_DEPTH} deep here; name the targets directly");
            self.problems.push(node.place.problem(path, message));
        }
        done.depth = done.depth.max(depth);
    }

    fn unknown(&mut self, name: &str, as_route: bool, node: &Node, path: &str) {
        let routes = || self.entries.iter().map(|e| e.key.as_str());
        let message = match DeploymentId::parse(name).filter(|_| !as_route) {
            _ if node.from_env => {
                "no route or provider has the name that came from the environment".to_owned()
            }
            None => format!(
                "no route is named {name}; write provider/model or a route's name{}",
                did_you_mean(name, routes())
            ),
            // Its own entry is switched off or wrong; the latter has been reported.
            Some(d) if self.mentioned.contains(&d.provider) => {
                if !self.is_off(&d.provider) {
                    return;
                }
                format!("the provider {} is switched off; take out enabled: false", d.provider)
            }
            Some(d) => match find(&d.provider) {
                Some(known) => format!(
                    "the provider {} is not switched on; set {} or write it under providers",
                    d.provider,
                    known.key_words().join(" or ")
                ),
                None => {
                    let configured = self.config.providers.iter().map(|p| p.id.as_str());
                    let near = did_you_mean(&d.provider, configured.chain(PROVIDERS.iter().map(|p| p.id)));
                    format!("there is no provider {}{near}", d.provider)
                }
            },
        };
        self.problems.push(node.place.problem(path, message));
    }

    /// Whether the file switches this provider off, rather than describing it wrongly.
    fn is_off(&self, provider: &str) -> bool {
        let path = join("providers", provider);
        let below = format!("{path}.");
        !self.problems.iter().any(|p| p.path == path || p.path.starts_with(&below))
    }
}

/// Adds a target unless the same one is there already.
fn add(done: &mut Done, target: Target) {
    if done.targets.len() <= MAX_TARGETS && !done.targets.contains(&target) {
        done.targets.push(target);
    }
}
