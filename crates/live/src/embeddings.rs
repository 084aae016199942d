//! Who makes vectors of what texts mean, as the configuration says. An encoder that is not there or cannot be used stops
//! nothing: whatever would go by meaning goes without.

use std::fmt;
use std::sync::Arc;

use wye_config::EmbeddingsFrom;
use wye_encoder::Encoder;
use wye_pipeline::embeddings::{Embedder, Vectors};

use crate::route::Routes;

/// Gives the encoder in the data folder as it is now: `None` if there is none. An error says why it cannot be used.
pub type Encoders = Arc<dyn Fn() -> Result<Option<Arc<Encoder>>, String> + Send + Sync>;

/// Where the encoder comes from, and the vectors that are remembered.
#[derive(Default)]
pub(crate) struct Embedding {
    pub(crate) encoders: Option<Encoders>,
    known: Arc<Vectors>,
}

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedding").finish_non_exhaustive()
    }
}

impl Embedding {
    /// Who makes vectors now.
    pub(crate) fn of(&self, from: &EmbeddingsFrom, routes: &Routes<'_>) -> Option<Arc<Embedder>> {
        let embedder = match from {
            EmbeddingsFrom::Off => return None,
            EmbeddingsFrom::Local => Embedder::local(self.encoder()?, &self.known),
            EmbeddingsFrom::Deployment(deployment) => {
                Embedder::asking(Arc::new(routes.embedding(deployment)?), &self.known)
            }
        };
        Some(Arc::new(embedder))
    }

    fn encoder(&self) -> Option<Arc<Encoder>> {
        // A simulation or a test has no data folder.
        let read = self.encoders.as_ref()?();
        match read {
            Ok(Some(encoder)) => return Some(encoder),
            Ok(None) => tracing::warn!(
                "embeddings.use is local and no encoder is installed: `wye encoder install` puts one into the data folder; \
                 it goes on without"
            ),
            Err(why) => tracing::warn!("embeddings.use is local and {why}; it goes on without"),
        }
        None
    }
}
