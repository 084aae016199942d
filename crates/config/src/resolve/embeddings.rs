//! Who makes vectors of what texts mean.

use wye_types::{DeploymentId, Kind};

use crate::node::Node;
use crate::{Config, EmbeddingsFrom, Problem};

/// Reads `embeddings`. What providers there are must be known.
pub(super) fn embeddings(root: &Node, config: &Config, problems: &mut Vec<Problem>) -> EmbeddingsFrom {
    let Some(node) = root.get("embeddings").and_then(|node| node.get("use")) else {
        return EmbeddingsFrom::Off;
    };
    let mut problem = |message: String| problems.push(node.place.problem("embeddings.use", message));
    let word = node.text().unwrap_or_default();
    let deployment = match word {
        "" | "off" => return EmbeddingsFrom::Off,
        "local" => return EmbeddingsFrom::Local,
        other => DeploymentId::parse(other),
    };
    let Some(deployment) = deployment else {
        problem(format!("found {word:?}; write local, off, or a deployment as provider/model"));
        return EmbeddingsFrom::Off;
    };
    match config.provider(&deployment.provider) {
        None => problem(format!(
            "there is no provider {}; add it to providers, or write local or off",
            deployment.provider
        )),
        Some(provider) if !provider.serves.iter().any(|serves| serves.kind == Kind::Embeddings) => {
            problem(format!(
                "{} serves no embeddings; name a provider that does, or write local",
                provider.id
            ));
        }
        Some(_) => {}
    }
    EmbeddingsFrom::Deployment(deployment)
}
