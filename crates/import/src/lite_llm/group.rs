//! Deployments of one name become targets of a route. Those that differ by their key alone are one provider with several
//! accounts, which take turns as the deployments did.

use serde_json::Value as Json;

use super::deployment::Deployment;
use super::{Where, place, put};
use crate::draft::{Body, Draft, plain};

/// A model group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) at: Where,
    /// Its own targets.
    pub(crate) targets: Vec<String>,
    pub(crate) timeout: Option<f64>,
    pub(crate) stream_timeout: Option<f64>,
}

/// A provider with its keys, and the models it is asked for.
struct Instance {
    wanted: String,
    body: Body,
    id: String,
    models: Vec<(String, Body)>,
}

/// Deployments that differ by their key alone.
struct Pool<'t> {
    first: Deployment<'t>,
    keys: Vec<String>,
}

/// Makes providers of the deployments, and groups of targets.
pub(crate) fn group(deployments: Vec<Deployment<'_>>, draft: &mut Draft) -> Vec<Group> {
    let (wild, named): (Vec<_>, Vec<_>) =
        deployments.into_iter().partition(|d| d.group.contains('*') || d.model.contains('*'));
    let mut instances = Vec::new();
    for deployment in wild {
        open(deployment, &mut instances, draft);
    }
    let mut groups: Vec<(String, Vec<Deployment<'_>>)> = Vec::new();
    for deployment in named {
        match groups.iter_mut().find(|(name, _)| *name == deployment.group) {
            Some((_, all)) => all.push(deployment),
            None => groups.push((deployment.group.clone(), vec![deployment])),
        }
    }
    let mut done = Vec::new();
    for (name, deployments) in groups {
        done.push(one(name, deployments, &mut instances, draft));
    }
    for instance in instances {
        let models = instance.models.into_iter().filter(|(_, facts)| !facts.is_empty());
        let models: Body = models.map(|(id, facts)| (id, Json::Object(facts))).collect();
        if let Some((_, body)) = draft.providers.iter_mut().find(|(id, _)| *id == instance.id) {
            put(body, "models", models);
        }
    }
    done
}

/// A name with a star: any model of a provider.
fn open(deployment: Deployment<'_>, instances: &mut Vec<Instance>, draft: &mut Draft) {
    let at = deployment.at.clone();
    if deployment.wanted == "*" {
        let message = "any name was sent on as it is; here any model of a known provider is called provider/model, and \
                       providers are found by the keys in the environment";
        return draft.changed(&at, message);
    }
    let prefix = deployment.group.strip_suffix("/*").map(str::to_owned);
    if prefix.as_deref() != Some(deployment.wanted.as_str()) || deployment.model != "*" {
        let message =
            "names with a star are served only as provider/*; write a route for each of the other names";
        return draft.impossible(&at, message);
    }
    let keys = deployment.key.iter().cloned().collect();
    let id = instance(&Pool { first: deployment, keys }, instances, draft);
    if Some(&id) == prefix.as_ref() {
        draft.mapped(&at, format!("{id}/… reaches every model of the provider {id}"));
    } else {
        draft.changed(
            &at,
            format!("there is another provider of this name; this one's models are called {id}/…"),
        );
    }
}

fn one(
    name: String,
    mut all: Vec<Deployment<'_>>,
    instances: &mut Vec<Instance>,
    draft: &mut Draft,
) -> Group {
    all.sort_by(|a, b| a.order.cmp(&b.order).then(b.weight.total_cmp(&a.weight)));
    let mut group = Group {
        at: all.first().map(|d| place(&d.at)).unwrap_or_default(),
        targets: Vec::new(),
        timeout: all.iter().filter_map(|d| d.timeout).reduce(f64::max),
        stream_timeout: all.iter().filter_map(|d| d.stream_timeout).reduce(f64::max),
        name,
    };
    let count = all.len();
    let weights =
        all.iter().any(|d| all.first().is_some_and(|first| (first.weight - d.weight).abs() > f64::EPSILON));
    let places: Vec<_> = all.iter().map(|d| d.at.clone()).collect();
    let mut targets_of = Vec::new();
    for pool in pools(all) {
        let id = instance(&pool, instances, draft);
        let target = plain(&format!("{id}/{}", pool.first.model));
        if !group.targets.contains(&target) {
            group.targets.push(target.clone());
        }
        targets_of.push((pool.first.at.path.clone(), target));
    }
    for at in places {
        let target = targets_of.iter().find(|(path, _)| *path == at.path);
        match target {
            Some((_, target)) => draft.mapped(&at, format!("{} → {target}", group.name)),
            None => draft.mapped(&at, format!("{}: one more account of the same provider", group.name)),
        }
    }
    if count > 1 && weights && group.targets.len() > 1 {
        let message = format!(
            "weights and rates shared out the requests of {}; here its targets are asked in order, those that had most first",
            group.name
        );
        draft.note(crate::Fate::Changed, (&group.at.0, group.at.1), message);
    }
    group
}

fn pools(all: Vec<Deployment<'_>>) -> Vec<Pool<'_>> {
    let mut pools: Vec<Pool<'_>> = Vec::new();
    for deployment in all {
        let same = |pool: &&mut Pool<'_>| {
            let first = &pool.first;
            first.provider == deployment.provider
                && first.model == deployment.model
                && first.facts == deployment.facts
                && first.order == deployment.order
                && first.key.is_some()
                && deployment.key.is_some()
        };
        match pools.iter_mut().find(same) {
            Some(pool) => pool.keys.extend(deployment.key.filter(|key| !pool.keys.contains(key))),
            None => {
                let keys = deployment.key.iter().cloned().collect();
                pools.push(Pool { first: deployment, keys });
            }
        }
    }
    pools
}

/// The provider of a pool, made if there is none like it. Returns its id.
fn instance(pool: &Pool<'_>, instances: &mut Vec<Instance>, draft: &mut Draft) -> String {
    let first = &pool.first;
    let mut body = first.provider.clone();
    match pool.keys.as_slice() {
        [] => None,
        [key] => body.insert("api_key".to_owned(), key.clone().into()),
        keys => body.insert("api_keys".to_owned(), keys.into()),
    };
    let fits = |instance: &&mut Instance| {
        let known = instance.models.iter().find(|(id, _)| *id == first.model);
        instance.wanted == first.wanted
            && instance.body == body
            && known.is_none_or(|(_, facts)| *facts == first.facts)
    };
    if let Some(instance) = instances.iter_mut().find(fits) {
        if instance.models.iter().all(|(id, _)| *id != first.model) {
            instance.models.push((first.model.clone(), first.facts.clone()));
        }
        return instance.id.clone();
    }
    let id = draft.new_provider(&first.wanted, body.clone());
    let models =
        if first.model == "*" { Vec::new() } else { vec![(first.model.clone(), first.facts.clone())] };
    instances.push(Instance { wanted: first.wanted.clone(), body, id: id.clone(), models });
    id
}
