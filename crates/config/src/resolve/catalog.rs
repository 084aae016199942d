//! Where newer facts and prices of models come from, and what costs are compared with.

use std::path::PathBuf;

use crate::node::Node;
use crate::{CatalogConfig, CatalogFrom, Problem, quantity};

use super::{set, texts, wait};

/// Reads `catalog`.
pub(super) fn catalog(root: &Node, problems: &mut Vec<Problem>) -> CatalogConfig {
    let mut catalog = CatalogConfig::default();
    let Some(node) = root.get("catalog") else { return catalog };
    let text = |key: &str| node.get(key).and_then(Node::text);
    if let (Some(url), Some(at)) = (text("url"), node.get("url"))
        && !quantity::url(url, &["https"])
        && !is_here(url)
    {
        let message = "what prices come from must not be changed on the way; write an https:// address";
        problems.push(at.place.problem("catalog.url", message));
    }
    let url = text("url").map(|url| CatalogFrom::Url(url.to_owned()));
    let file = text("file").map(|path| CatalogFrom::File(PathBuf::from(path)));
    // The file is the operator's own, so that it has the last word.
    catalog.from = url.into_iter().chain(file).collect();
    set(&mut catalog.every, wait(node, "every"));
    catalog
}

/// Whether an address is on this machine, where nobody stands in between.
fn is_here(url: &str) -> bool {
    let host = url.strip_prefix("http://").and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// Reads `savings.against`.
pub(super) fn against(root: &Node, problems: &mut Vec<Problem>) -> Vec<String> {
    let Some(list) = root.get("savings").and_then(|node| node.get("against")) else { return Vec::new() };
    for (at, node) in list.items().iter().enumerate() {
        if node.text().is_some_and(|name| !name.contains('/')) {
            let message = "this names no provider; write provider/model, such as openai/gpt-4o";
            problems.push(node.place.problem(&format!("savings.against[{at}]"), message));
        }
    }
    texts(list)
}
