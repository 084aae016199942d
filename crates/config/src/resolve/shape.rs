//! How requests are shaped, as a provider, a model or a route's target has it.

use std::time::Duration;

use wye_types::{DeploymentId, Map};

use super::{params, set, size, texts, wait, whole};
use crate::node::{Entry, Node, join};
use crate::{
    Able, Config, DescribeConfig, ImagesConfig, MaxOutput, OnLoss, Problem, Shape, SystemPrompt, quantity,
};

/// Fields that say what is asked for and how the answer comes: were they others than the gateway knows, it could not read
/// the answer.
const OWN: [&str; 2] = ["model", "stream"];

/// Reads how requests are shaped. `forced`: the key under which the fields stand that are set whatever the request says.
pub(super) fn read(node: &Node, path: &str, forced: &str, problems: &mut Vec<Problem>) -> Shape {
    let list = |key: &str| node.get(key).map(texts).unwrap_or_default();
    let flag = |key: &str| node.get(key).and_then(Node::flag);
    let shape = Shape {
        default_params: params(node, "default_params"),
        forced_params: params(node, forced),
        drop_params: list("drop_params"),
        unsupported_params: list("unsupported_params"),
        on_unsupported: node.get("on_unsupported").and_then(Node::text).map(|word| match word {
            "refuse" => OnLoss::Refuse,
            _ => OnLoss::Drop,
        }),
        max_output: node.get("max_output").map(|node| limit(node, path, problems)).unwrap_or_default(),
        system: node.get("system").map(|node| system(node, path, problems)).unwrap_or_default(),
        inline_images: flag("inline_images"),
        able: Able {
            vision: flag("vision"),
            audio: flag("audio"),
            tools: flag("tools"),
            json: flag("json"),
            reasoning: flag("reasoning"),
        },
    };
    names(node, path, ["default_params", forced], problems);
    once(node, path, (forced, &shape.forced_params), problems);
    shape
}

/// Reads `images`.
pub(super) fn images(root: &Node, problems: &mut Vec<Problem>) -> ImagesConfig {
    let mut images = ImagesConfig::default();
    let Some(node) = root.get("images") else { return images };
    for (at, item) in node.get("allow").map_or(&[][..], Node::items).iter().enumerate() {
        let Some(text) = item.text() else { continue };
        let name = text.strip_prefix("*.").unwrap_or(text);
        let host = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if let Some(net) = quantity::net(text) {
            images.nets.push(net);
        } else if !name.is_empty() && name.chars().all(host) {
            images.hosts.push(text.to_ascii_lowercase());
        } else {
            let message = format!(
                "found {}; write a host such as media.corp or *.corp, or a network such as 10.1.0.0/16",
                item.found()
            );
            problems.push(item.place.problem(&format!("images.allow[{at}]"), message));
        }
    }
    set(&mut images.most_bytes, size(node, "most_bytes"));
    set(&mut images.timeout, wait(node, "timeout"));
    set(&mut images.at_once, whole(node, "at_once").and_then(|n| usize::try_from(n).ok()));
    images
}

/// Reads a route's `describe_images`.
pub(super) fn describe(
    node: &Node,
    path: &str,
    config: &Config,
    problems: &mut Vec<Problem>,
) -> Option<DescribeConfig> {
    let node = node.get("describe_images").filter(|node| !node.is_broken())?;
    let path = join(path, "describe_images");
    let list = node.get("with");
    if list.is_none_or(|list| !list.is_broken() && list.items().is_empty()) {
        let message = "nobody is there to describe; write with: [provider/model]";
        problems.push(node.place.problem(&path, message));
    }
    let mut with = Vec::new();
    for (at, item) in list.map_or(&[][..], Node::items).iter().enumerate() {
        let Some(text) = item.text() else { continue };
        let known = DeploymentId::parse(text).filter(|of| config.provider(&of.provider).is_some());
        match known {
            Some(deployment) if !with.contains(&deployment) => with.push(deployment),
            Some(_) => {}
            None => {
                let message = format!(
                    "found {}; write provider/model, of a provider that is switched on",
                    item.found()
                );
                problems.push(item.place.problem(&format!("{path}.with[{at}]"), message));
            }
        }
    }
    let ttl = wait(node, "ttl").unwrap_or(Duration::from_secs(24 * 3600));
    let prompt = node.get("prompt").and_then(Node::text).map(str::to_owned);
    Some(DescribeConfig { with, ttl, prompt })
}

fn limit(node: &Node, path: &str, problems: &mut Vec<Problem>) -> MaxOutput {
    let limit = MaxOutput { default: whole(node, "default"), cap: whole(node, "cap") };
    if let MaxOutput { default: Some(default), cap: Some(cap) } = limit
        && default > cap
    {
        let place = node.get("default").map_or(node.place, |node| node.place);
        let message = format!("found {default}, which is more than the cap; write at most {cap}");
        problems.push(place.problem(&join(&join(path, "max_output"), "default"), message));
    }
    limit
}

fn system(node: &Node, path: &str, problems: &mut Vec<Problem>) -> SystemPrompt {
    let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    let system = SystemPrompt { prepend: text("prepend"), append: text("append"), replace: text("replace") };
    if system.replace.is_some() && (system.prepend.is_some() || system.append.is_some()) {
        let place = node.get("replace").map_or(node.place, |node| node.place);
        let message =
            "nothing of the request's is left to put prepend or append beside; write all of it here";
        problems.push(place.problem(&join(&join(path, "system"), "replace"), message));
    }
    system
}

/// Reports names that no field has, and those of fields that are the gateway's to set.
fn names(node: &Node, path: &str, set: [&str; 2], problems: &mut Vec<Problem>) {
    let of_tables = set.into_iter().flat_map(|key| {
        let entries: &[Entry] = node.get(key).map_or(&[], Node::entries);
        entries.iter().map(move |entry| (join(&join(path, key), &entry.key), entry.key.as_str(), entry.place))
    });
    let of_lists = ["drop_params", "unsupported_params"].into_iter().flat_map(|key| {
        let items: &[Node] = node.get(key).map_or(&[], Node::items);
        let item = move |(at, item): (usize, &'_ Node)| (format!("{}[{at}]", join(path, key)), item.place);
        items.iter().enumerate().filter_map(move |(at, node)| {
            let (path, place) = item((at, node));
            Some((path, node.text()?, place))
        })
    });
    for (path, name, place) in of_tables.chain(of_lists) {
        if OWN.contains(&name) {
            let message = format!("{name} is the gateway's to set; take it out");
            problems.push(place.problem(&path, message));
        } else if name.split('.').any(str::is_empty) {
            let message = "this is no field's name; write it as in temperature, or thinking.type for one inside another";
            problems.push(place.problem(&path, message));
        }
    }
}

/// Reports fields of which two things are said.
fn once(node: &Node, path: &str, (key, forced): (&str, &Map), problems: &mut Vec<Problem>) {
    let defaults: &[Entry] = node.get("default_params").map_or(&[], Node::entries);
    for entry in defaults.iter().filter(|entry| forced.contains_key(&entry.key)) {
        let message = format!("{key} sets it whatever the request says; write it in one of them");
        let path = join(&join(path, "default_params"), &entry.key);
        problems.push(entry.place.problem(&path, message));
    }
    let drops: &[Node] = node.get("drop_params").map_or(&[], Node::items);
    for (at, item) in drops.iter().enumerate() {
        let Some(name) = item.text() else { continue };
        let set = defaults.iter().any(|entry| entry.key == name) || forced.contains_key(name);
        if set {
            let message = format!("{name} is set beside it; write it in one of them");
            problems.push(item.place.problem(&format!("{}[{at}]", join(path, "drop_params")), message));
        }
    }
}
