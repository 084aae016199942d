//! Vectors of what texts mean, for whatever the gateway decides by meaning: whether answers agree, later what is asked and
//! what was asked before. Who makes them is one of two, changed at run time: the encoder in this process, or a deployment
//! that serves embeddings.
//!
//! A vector is a help and never a need: where there is none in time, whoever asked for it goes on without.

mod asked;
mod known;
mod local;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use wye_encoder::head::{CATEGORIES, Head, window};

use crate::inner::Parent;

pub(crate) use asked::Asked;
pub use known::Vectors;
pub(crate) use local::Local;

/// A text's vector, which points where the text means. Its length may be any.
pub type Vector = Arc<[f32]>;

/// How long a request waits for vectors.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long one waits that is not let out yet. The encoder takes a hundredth of that.
const SOON: Duration = Duration::from_millis(100);

/// Why there are no vectors. No text of a request is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoVectors {
    /// Too many are asked for at the moment.
    Busy,
    /// Something went wrong.
    Failed(String),
}

impl fmt::Display for NoVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("too many are asked for at once"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

/// Who makes vectors.
pub(crate) trait Embeddings: Send + Sync {
    /// Tells whose vectors can be compared: only those of one name can.
    fn name(&self) -> &str;

    /// Numbers of a vector, where that is known before there is one.
    fn dims(&self) -> Option<usize>;

    /// The vectors of texts, in their order, for the sake of a client's request.
    fn embed<'a>(
        &'a self,
        texts: Vec<String>,
        parent: &'a Parent,
    ) -> BoxFuture<'a, Result<Vec<Vector>, NoVectors>>;
}

/// Makes vectors and remembers them.
pub struct Embedder {
    by: Box<dyn Embeddings>,
    known: Arc<Vectors>,
}

impl fmt::Debug for Embedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedder").field("by", &self.by.name()).finish_non_exhaustive()
    }
}

impl Embedder {
    /// The encoder in this process.
    #[must_use]
    pub fn local(encoder: Arc<wye_encoder::Encoder>, known: &Arc<Vectors>) -> Self {
        Self { by: Box::new(Local::new(encoder)), known: Arc::clone(known) }
    }

    /// A deployment: the route that leads to it and to nobody else.
    #[must_use]
    pub fn asking(route: Arc<crate::live::Route>, known: &Arc<Vectors>) -> Self {
        Self { by: Box::new(Asked::new(route)), known: Arc::clone(known) }
    }

    /// Whose vectors they are.
    #[must_use]
    pub fn name(&self) -> &str {
        self.by.name()
    }

    /// Numbers of a vector, where that is known before there is one.
    #[must_use]
    pub fn dims(&self) -> Option<usize> {
        self.by.dims()
    }

    /// The vectors of texts, in their order; `None` if not all of them came in time. Those that are not known are asked for
    /// at once.
    pub(crate) async fn vectors(&self, texts: &[&str], parent: &Parent) -> Option<Vec<Vector>> {
        let of: Vec<known::Digested> = texts.iter().map(|text| self.digested(text, parent)).collect();
        let mut found: Vec<Option<Vector>> = of.iter().map(|of| self.known.get(of)).collect();
        let missing: Vec<usize> = (0..texts.len()).filter(|at| found[*at].is_none()).collect();
        if !missing.is_empty() {
            let wanted = missing.iter().map(|at| texts[*at].to_owned()).collect();
            let made = tokio::time::timeout(PATIENCE, self.by.embed(wanted, parent)).await;
            let made =
                made.unwrap_or_else(|_| Err(NoVectors::Failed("they did not come in time".to_owned())));
            let made = made.and_then(|made| {
                if made.len() == missing.len() {
                    Ok(made)
                } else {
                    Err(NoVectors::Failed("there are not as many as texts".to_owned()))
                }
            });
            let made = made
                .inspect_err(
                    |why| tracing::info!(by = self.name(), %why, "there are no vectors; it goes on without"),
                )
                .ok()?;
            for (at, vector) in missing.into_iter().zip(made) {
                self.known.put(of[at], Arc::clone(&vector));
                found[at] = Some(vector);
            }
        }
        found.into_iter().collect()
    }

    /// Whether it can be told from its vectors what a request is about.
    pub(crate) fn knows_categories(&self) -> bool {
        self.name() == wye_encoder::NAME && Head::shipped().is_some()
    }

    /// How likely each category is by what a text means, in the profile's order. What is looked at is the text's beginning and
    /// end, in small letters, as the head was trained.
    pub(crate) async fn categories(&self, text: &str, parent: &Parent) -> Option<[f32; CATEGORIES.len()]> {
        let head = Head::shipped().filter(|_| self.knows_categories())?;
        let text = window(text);
        let vectors = tokio::time::timeout(SOON, self.vectors(&[&text], parent)).await.ok()??;
        head.probabilities(vectors.first()?)
    }

    /// Vectors are never shared between keys: who may ask for one must not learn what others asked.
    fn digested(&self, text: &str, parent: &Parent) -> known::Digested {
        let whose = parent.caller.key.as_deref().map_or("", |key| &key.name);
        let mut hash = Sha256::new();
        for part in [whose, self.by.name(), text] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}
