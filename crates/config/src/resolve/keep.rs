//! What is remembered of requests, and who may reach the gateway.

use crate::node::{Node, Value};
use crate::{Access, Config, KeepBodies, LogConfig, Problem, ResponsesConfig, quantity};

use super::{set, size, texts, wait};

/// Reads `log`.
pub(super) fn log(root: &Node, problems: &mut Vec<Problem>) -> LogConfig {
    let mut log = LogConfig::default();
    let Some(node) = root.get("log") else { return log };
    set(&mut log.stdout, node.get("stdout").and_then(Node::flag));
    if let Some(bodies) = node.get("bodies")
        && matches!(bodies.value, Value::Table(_))
        && bodies.get("sampled").is_none()
    {
        let message = "sampled is missing; write sampled: and a number from 0 to 1";
        problems.push(bodies.place.problem("log.bodies", message));
    }
    set(&mut log.bodies, node.get("bodies").and_then(bodies));
    set(&mut log.body_limit, size(node, "body_limit"));
    set(&mut log.redact_fields, node.get("redact_fields").map(texts));
    set(&mut log.redact_patterns, node.get("redact_patterns").map(texts));
    set(&mut log.keep, wait(node, "keep"));
    set(&mut log.keep_bodies, wait(node, "keep_bodies"));
    set(&mut log.keep_bodies_bytes, size(node, "keep_bodies_bytes"));
    set(&mut log.keep_minutes, wait(node, "keep_minutes"));
    set(&mut log.keep_audit, wait(node, "keep_audit"));
    log
}

fn bodies(node: &Node) -> Option<KeepBodies> {
    match node.text() {
        Some("errors") => Some(KeepBodies::Errors),
        Some("all") => Some(KeepBodies::All),
        Some(_) => Some(KeepBodies::Off),
        None => node.get("sampled").and_then(Node::share).map(KeepBodies::Sampled),
    }
}

/// Reads `responses`.
pub(super) fn responses(root: &Node) -> ResponsesConfig {
    let mut responses = ResponsesConfig::default();
    let Some(node) = root.get("responses") else { return responses };
    set(&mut responses.store, node.get("store").and_then(Node::text).map(|word| word == "on"));
    set(&mut responses.keep, wait(node, "keep"));
    set(&mut responses.keep_bytes, size(node, "keep_bytes"));
    responses
}

/// Reads `access`.
pub(super) fn access(root: &Node) -> Access {
    let mut access = Access::default();
    let Some(node) = root.get("access") else { return access };
    set(&mut access.allow_open, node.get("allow_open").and_then(Node::flag));
    set(&mut access.cors_origins, node.get("cors_origins").map(texts));
    let nets = |list: &Node| list.items().iter().filter_map(|n| quantity::net(n.text()?)).collect();
    set(&mut access.trusted_proxies, node.get("trusted_proxies").map(nets));
    access.admin_listen = node.get("admin_listen").and_then(Node::text).and_then(quantity::address);
    set(&mut access.header_timeout, wait(node, "header_timeout"));
    access
}

/// A gateway that others can reach but nobody may call helps no one; one that everybody may call is asked for by name.
/// Whether there are keys is known only when the file and the items are together.
pub(super) fn reach(root: &Node, config: &Config, problems: &mut Vec<Problem>) {
    // Keys that are wrong have been reported, and there would be some.
    let mut keys = root.entries().iter().filter(|e| e.key == "keys").map(|e| &e.node);
    let no_keys = keys.all(|node| !node.is_broken() && node.items().is_empty() && node.entries().is_empty());
    if let Some(listen) = root.get("listen")
        && no_keys
        && !config.access.allow_open
        && !config.listen.ip().is_loopback()
    {
        let message = "other machines can reach this address, but there are no keys, so nobody could call; add keys, \
                       write an address of this machine such as 127.0.0.1:9930, or allow everybody by access: \
                       { allow_open: true }";
        problems.push(listen.place.problem("listen", message));
    }
    if let Some(admin) = root.get("access").and_then(|node| node.get("admin_listen"))
        && config.access.admin_listen == Some(config.listen)
    {
        let message =
            "this is where clients are served; write another address, or leave it out to serve both there";
        problems.push(admin.place.problem("access.admin_listen", message));
    }
}
