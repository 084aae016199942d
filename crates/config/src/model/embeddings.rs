//! Who makes vectors of what texts mean.

use wye_types::DeploymentId;

/// Who makes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EmbeddingsFrom {
    /// Nobody.
    #[default]
    Off,
    /// The encoder in the gateway itself, which `wye encoder install` puts there.
    Local,
    /// A deployment that serves embeddings.
    Deployment(DeploymentId),
}
