//! Who is told when something needs a person.

use wye_types::{Secret, Severity};

use crate::node::Node;
use crate::{AlertStyle, AlertsConfig, Problem, quantity};

use super::{set, wait};

/// Reads `alerts`.
pub(super) fn alerts(root: &Node, problems: &mut Vec<Problem>) -> AlertsConfig {
    let mut alerts = AlertsConfig::default();
    let Some(node) = root.get("alerts") else { return alerts };
    let text = |key: &str| node.get(key).and_then(Node::text);
    let secret = |key: &str| text(key).map(|text| Secret::new(text.to_owned()));
    if let (Some(url), Some(at)) = (text("webhook"), node.get("webhook"))
        && (!quantity::base_url(url) || url.contains('{'))
    {
        // What it is stays unsaid: it may be an address all the same.
        let message = "this is no address; write one that begins with http:// or https:// and names no user, or \
                       vault:NAME of a secret that is one";
        problems.push(at.place.problem("alerts.webhook", message));
    }
    alerts.webhook = secret("webhook");
    alerts.secret = secret("secret");
    let least = text("least").and_then(|word| Severity::ALL.into_iter().find(|one| one.name() == word));
    set(&mut alerts.least, least);
    set(&mut alerts.repeat, wait(node, "repeat"));
    let style = text("style").and_then(|word| AlertStyle::ALL.into_iter().find(|one| one.name() == word));
    set(&mut alerts.style, style);
    alerts
}
