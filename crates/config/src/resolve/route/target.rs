//! What stands in a list of targets, or in the place of one: a deployment, a route, a description; and what to say of a
//! name that is none of them.

use wye_providers::{PROVIDERS, find};
use wye_routing::selector::Selector;
use wye_types::DeploymentId;

use super::{Reach, Walk};
use crate::model::{OWN, built_in_names};
use crate::near::did_you_mean;
use crate::node::{Entry, Node, join};
use crate::resolve::{shape, whole};
use crate::{BUILT_IN, RouteTarget, Selection, TargetOf};

/// What a name may mean where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum May {
    /// Whatever it looks like.
    Anything,
    /// `deployment: …`.
    Deployment,
    /// `route: …`.
    Route,
    /// A deployment or a route.
    One,
}

impl<'a> Walk<'a, '_> {
    /// Reads one target of a list.
    pub(super) fn target(
        &mut self,
        node: &'a Node,
        path: &str,
        reach: &mut Reach,
        stack: &mut Vec<&'a str>,
    ) -> Option<RouteTarget> {
        let said = [("deployment", May::Deployment), ("route", May::Route), ("select", May::Anything)];
        let said: Vec<(&str, May, &Node)> =
            said.iter().filter_map(|(key, may)| Some((*key, *may, node.get(key)?))).collect();
        if node.is_broken() || said.iter().any(|(.., node)| node.is_broken()) {
            return None;
        }
        let what = match (node.text(), said.as_slice()) {
            (Some(text), _) => self.meant(text, (node, path, May::Anything), reach, stack),
            (None, [("select", _, inner)]) => {
                let path = join(path, "select");
                inner.text().and_then(|text| self.selection(text, inner, &path))
            }
            (None, [(_, may, inner)]) => {
                inner.text().and_then(|text| self.meant(text, (node, path, *may), reach, stack))
            }
            _ => {
                let message =
                    "write either deployment: provider/model, route: name, or select: and a description";
                self.problems.push(node.place.problem(path, message));
                None
            }
        };
        let shape = shape::read(node, path, "params", self.problems);
        let what = what?;
        let of_model = match &what {
            TargetOf::Deployment(deployment) => {
                let provider = self.config.provider(&deployment.provider);
                provider.and_then(|p| p.models.iter().find(|m| m.id == deployment.model)?.context)
            }
            _ => None,
        };
        if !matches!(what, TargetOf::Route(_)) {
            reach.ways = reach.ways.saturating_add(1);
        }
        let weight = node.get("weight").and_then(Node::float);
        Some(RouteTarget { what, weight, shape, context: whole(node, "context").or(of_model) })
    }

    /// Reads who does something else for a route than answer.
    pub(super) fn other(
        &mut self,
        entry: &'a Entry,
        (table, key): (&str, &str),
        reach: &mut Reach,
        stack: &mut Vec<&'a str>,
    ) -> Option<TargetOf> {
        let table_node = entry.node.get(table).filter(|node| !node.is_broken())?;
        let path = join(&join("routes", &entry.key), table);
        let Some(node) = table_node.get(key) else {
            let message = format!("{key} is missing; write {key}: provider/model, or a route's name");
            self.problems.push(table_node.place.problem(&path, message));
            return None;
        };
        let path = join(&path, key);
        self.meant(node.text()?, (node, &path, May::One), reach, stack)
    }

    /// What a name means; reported if it means nothing.
    fn meant(
        &mut self,
        name: &str,
        (node, path, may): (&Node, &str, May),
        reach: &mut Reach,
        stack: &mut Vec<&'a str>,
    ) -> Option<TargetOf> {
        let route = self.entries.iter().find(|e| e.key == name && may != May::Deployment);
        if let Some(entry) = route {
            self.nested(entry, (node, path), reach, stack);
            return Some(TargetOf::Route(name.to_owned()));
        }
        let deployment = DeploymentId::parse(name).filter(|_| may != May::Route);
        if let Some(deployment) = deployment.filter(|d| self.config.provider(&d.provider).is_some()) {
            return Some(TargetOf::Deployment(deployment));
        }
        if may != May::Deployment && self.config.is_built_in(name) {
            // They lead to the fleet, and no further.
            reach.depth = reach.depth.max(2);
            reach.ways = reach.ways.saturating_add(1);
            return Some(TargetOf::Route(name.to_owned()));
        }
        let describes = name.trim() == Selection::ALL || Selector::is_meant(name);
        if may == May::Anything && describes {
            return self.selection(name, node, path);
        }
        self.unknown(name, may, node, path);
        None
    }

    fn selection(&mut self, text: &str, node: &Node, path: &str) -> Option<TargetOf> {
        match Selection::parse(text) {
            Ok(selection) => Some(TargetOf::Selector(selection)),
            Err(_) if node.from_env => {
                let message = "what came from the environment is no description of deployments";
                self.problems.push(node.place.problem(path, message));
                None
            }
            Err(error) => {
                self.problems.push(node.place.problem(path, error.to_string()));
                None
            }
        }
    }

    fn unknown(&mut self, name: &str, may: May, node: &Node, path: &str) {
        let routes =
            self.entries.iter().map(|e| e.key.as_str()).chain(built_in_names().map(|name| -> &str { name }));
        let message = match DeploymentId::parse(name).filter(|_| may != May::Route) {
            _ if node.from_env => {
                "no route or provider has the name that came from the environment".to_owned()
            }
            None => format!(
                "no route is named {name}; write provider/model or a route's name{}",
                did_you_mean(name, routes)
            ),
            Some(d) if d.provider == OWN => {
                let own: Vec<&str> = BUILT_IN.iter().map(|(own, _)| *own).collect();
                format!("the gateway has no route {name}; it has {}", own.join(", "))
            }
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
