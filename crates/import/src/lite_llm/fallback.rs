//! Groups become routes: first their own targets, then the groups that they fall back to. A route may not lead back to
//! itself; where groups did, each is asked once.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::group::Group;
use super::{Policy, Where, put, seconds};
use crate::Fate;
use crate::draft::{Body, Draft, plain};

/// How deep routes stand in routes at most; below the configuration's own limit.
const DEPTH: usize = 6;

/// Makes the routes.
pub(crate) fn routes(groups: Vec<Group>, policy: &Policy, draft: &mut Draft) {
    let chains = Chains { groups: &groups, policy };
    for (name, others, at) in &policy.fallbacks {
        chains.check(name, others, at, draft);
    }
    for group in &groups {
        let own = [plain(&group.name)];
        if group.targets == own && group.name.split_once('/').is_some_and(|(id, _)| is_provider(draft, id)) {
            // Clients call the deployment by its own name.
            continue;
        }
        if let Err(why) = draft.route_name(&group.name) {
            draft.note(
                Fate::Impossible,
                (&group.at.0, group.at.1),
                format!("the name {:?}: {why}", short(&group.name)),
            );
            continue;
        }
        let mut targets = group.targets.clone();
        chains.follow(group, &mut targets, draft);
        let body = body(group, targets, policy);
        draft.routes.push((group.name.clone(), body));
    }
    for (alias, of, at) in &policy.aliases {
        let there =
            groups.iter().any(|group| group.name == *of) && draft.routes.iter().any(|(name, _)| name == of);
        let refused = draft.route_name(alias).err();
        let taken = draft.routes.iter().any(|(name, _)| name == alias);
        if !there || taken || refused.is_some() {
            let why = match refused {
                Some(why) => why,
                None if taken => "there is a group of this name already".to_owned(),
                None => format!("there is no group {}; name one that there is", short(of)),
            };
            draft.note(Fate::Impossible, (&at.0, at.1), why);
            continue;
        }
        draft.note(Fate::Mapped, (&at.0, at.1), format!("the route {alias} leads to {of}"));
        let targets = Json::from(vec![plain(of)]);
        let mut route = Body::from_iter([("targets".to_owned(), targets)]);
        // A route within a route brings its targets only.
        if let Some((_, like)) = draft.routes.iter().find(|(name, _)| name == of) {
            route.extend(
                like.iter().filter(|(key, _)| *key != "targets").map(|(k, v)| (k.clone(), v.clone())),
            );
        }
        draft.routes.push((alias.clone(), route));
    }
}

fn is_provider(draft: &Draft, id: &str) -> bool {
    draft.providers.iter().any(|(known, _)| known == id)
}

fn short(name: &str) -> String {
    name.chars().take(60).collect()
}

fn body(group: &Group, targets: Vec<String>, policy: &Policy) -> Body {
    let count = group.targets.len().max(1);
    let mut body = Body::new();
    let mut retry = Body::new();
    let tries = usize::try_from(policy.retries.unwrap_or(0)).unwrap_or(usize::MAX).saturating_add(1);
    let rounds = tries.div_ceil(count).clamp(1, 10);
    if rounds > 1 {
        retry.insert("rounds".to_owned(), rounds.into());
    }
    let mut timeouts = Body::new();
    if let Some(of_stream) = group.stream_timeout.or(policy.stream_timeout) {
        timeouts.insert("first_content".to_owned(), seconds(of_stream));
    }
    if let Some(of_call) = group.timeout.or(policy.timeout) {
        #[expect(clippy::cast_precision_loss, reason = "a few targets")]
        let calls = (targets.len() * rounds) as f64;
        timeouts.insert("total".to_owned(), seconds(of_call * calls));
    }
    body.insert("targets".to_owned(), targets.into());
    put(&mut body, "retry", retry);
    put(&mut body, "timeouts", timeouts);
    body
}

/// Where the ways from a group lead.
#[derive(Debug, PartialEq, Eq)]
enum Shape {
    /// To an end.
    Ends,
    /// Back to a group on the way, which is told.
    Circle(String),
    /// Further than routes may stand in routes.
    Deep,
}

/// Who falls back to whom.
struct Chains<'a> {
    groups: &'a [Group],
    policy: &'a Policy,
}

impl<'a> Chains<'a> {
    fn group(&self, name: &str) -> Option<&'a Group> {
        let name = self.policy.aliases.iter().find(|(alias, ..)| alias == name).map_or(name, |(_, of, _)| of);
        self.groups.iter().find(|group| group.name == name)
    }

    /// The groups that a group falls back to, without those that there are not.
    fn next(&self, group: &Group) -> Vec<&'a Group> {
        let own = self.policy.fallbacks.iter().filter(|(name, ..)| *name == group.name);
        let mut names: Vec<&str> = own.flat_map(|(_, others, _)| others).map(String::as_str).collect();
        if names.is_empty() {
            names.extend(self.policy.default_fallbacks.iter().map(String::as_str));
        }
        let mut next: Vec<&Group> = Vec::new();
        for other in names.into_iter().filter_map(|name| self.group(name)) {
            if other.name != group.name && !next.iter().any(|known| known.name == other.name) {
                next.push(other);
            }
        }
        next
    }

    /// Says what becomes of one entry.
    fn check(&self, name: &str, others: &[String], at: &Where, draft: &mut Draft) {
        let mut tell = |fate, message: String| draft.note(fate, (&at.0, at.1), message);
        let Some(group) = self.group(name).filter(|group| group.name == name) else {
            return tell(
                Fate::Impossible,
                format!("there is no group {}, so it has nothing to fall back from", short(name)),
            );
        };
        for other in others.iter().filter(|other| self.group(other).is_none()) {
            tell(
                Fate::Impossible,
                format!("there is no group {} to fall back to; it is left out", short(other)),
            );
        }
        if others.iter().any(|other| self.group(other).is_some_and(|other| other.name == name)) {
            tell(
                Fate::Changed,
                format!("{name} falls back to itself; it is asked again by retry.rounds instead"),
            );
        }
        match self.shape_of(group) {
            Shape::Circle(circle) => {
                tell(
                    Fate::Changed,
                    format!("these go in a circle: {circle}; each is asked once, in this order"),
                );
            }
            Shape::Ends | Shape::Deep => {
                tell(Fate::Mapped, format!("{name}, then {}", others.join(", then ")))
            }
        }
    }

    /// Where the ways from a group lead. `done`: groups from which every way ends.
    fn shape(&self, way: &mut Vec<&'a Group>, done: &mut BTreeSet<&'a str>) -> Shape {
        let Some(group) = way.last().copied() else { return Shape::Ends };
        for next in self.next(group) {
            if way.iter().any(|before| before.name == next.name) {
                let names: Vec<&str> = way.iter().chain([&next]).map(|group| group.name.as_str()).collect();
                return Shape::Circle(names.join(" -> "));
            }
            if way.len() > DEPTH {
                return Shape::Deep;
            }
            if done.contains(next.name.as_str()) {
                continue;
            }
            way.push(next);
            let found = self.shape(way, done);
            way.pop();
            if found != Shape::Ends {
                return found;
            }
            done.insert(&next.name);
        }
        Shape::Ends
    }

    fn shape_of(&self, group: &'a Group) -> Shape {
        self.shape(&mut vec![group], &mut BTreeSet::new())
    }

    /// Adds to a group's targets what it falls back to: as routes, or one by one where routes cannot say it.
    fn follow(&self, group: &'a Group, targets: &mut Vec<String>, draft: &Draft) {
        let plainly = self.shape_of(group) == Shape::Ends
            && self.next(group).iter().all(|next| draft.route_name(&next.name).is_ok());
        if plainly {
            targets.extend(self.next(group).iter().map(|next| plain(&next.name)));
            return;
        }
        let mut seen = vec![group.name.as_str()];
        let mut waiting: Vec<&Group> = self.next(group);
        waiting.reverse();
        while let Some(next) = waiting.pop() {
            if seen.contains(&next.name.as_str()) {
                continue;
            }
            seen.push(&next.name);
            targets.extend(
                next.targets.iter().filter(|target| !targets.contains(target)).cloned().collect::<Vec<_>>(),
            );
            waiting.extend(self.next(next).into_iter().rev());
        }
    }
}
