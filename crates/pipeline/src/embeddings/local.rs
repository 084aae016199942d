//! The encoder in this process. A text takes it up to a few milliseconds of a processor, which no task that serves requests
//! may take: it works beside them, as many at once as there are processors, and whoever comes then goes without.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use wye_encoder::{DIMS, Encoder, NAME};

use super::{Embeddings, NoVectors, Vector};
use crate::inner::Parent;

/// The encoder, and the places to work at.
pub(crate) struct Local {
    encoder: Arc<Encoder>,
    places: Arc<Semaphore>,
}

impl Local {
    pub(crate) fn new(encoder: Arc<Encoder>) -> Self {
        let places = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { encoder, places: Arc::new(Semaphore::new(places)) }
    }

    async fn made(&self, texts: Vec<String>) -> Result<Vec<Vector>, NoVectors> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| NoVectors::Busy)?;
        let encoder = Arc::clone(&self.encoder);
        let work = move || {
            // Held as long as it works, even if nobody waits for it any more.
            let _place = place;
            texts.iter().map(|text| Vector::from(encoder.embed(text))).collect()
        };
        let made = tokio::task::spawn_blocking(work).await;
        made.map_err(|_| NoVectors::Failed("the encoder failed".to_owned()))
    }
}

impl Embeddings for Local {
    fn name(&self) -> &str {
        NAME
    }

    fn dims(&self) -> Option<usize> {
        Some(DIMS)
    }

    fn embed<'a>(
        &'a self,
        texts: Vec<String>,
        _: &'a Parent,
    ) -> BoxFuture<'a, Result<Vec<Vector>, NoVectors>> {
        Box::pin(self.made(texts))
    }
}
