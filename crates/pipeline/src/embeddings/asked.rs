//! A deployment that serves embeddings, asked as anything else is that the gateway asks for itself: paid by the client whose
//! request it is for, and recorded with that request's id.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Deserialize;
use wye_types::record::Purpose;

use super::{Embeddings, NoVectors, Vector};
use crate::inner::Parent;
use crate::live::Route;

/// The route that leads to a deployment.
pub(crate) struct Asked {
    route: Arc<Route>,
    name: String,
}

impl Asked {
    pub(crate) fn new(route: Arc<Route>) -> Self {
        let first = route.targets.first().map(|target| target.deployment.to_string());
        Self { name: first.unwrap_or_else(|| route.name.to_string()), route }
    }

    async fn made(&self, texts: Vec<String>, parent: &Parent) -> Result<Vec<Vector>, NoVectors> {
        let count = texts.len();
        let answer = parent.embed(Purpose::Embed, &self.route, texts).await;
        let body = answer.map_err(|error| NoVectors::Failed(error.code.name().to_owned()))?;
        read(&body, count)
            .ok_or_else(|| NoVectors::Failed("its answer has other vectors than it was asked for".to_owned()))
    }
}

impl Embeddings for Asked {
    fn name(&self) -> &str {
        &self.name
    }

    fn dims(&self) -> Option<usize> {
        None
    }

    fn embed<'a>(
        &'a self,
        texts: Vec<String>,
        parent: &'a Parent,
    ) -> BoxFuture<'a, Result<Vec<Vector>, NoVectors>> {
        Box::pin(self.made(texts, parent))
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    index: usize,
    embedding: Vec<f32>,
}

/// As many vectors as there are texts, in their order, all of one length and of numbers.
fn read(body: &[u8], count: usize) -> Option<Vec<Vector>> {
    let mut answer: Answer = serde_json::from_slice(body).ok()?;
    answer.data.sort_by_key(|one| one.index);
    let in_order = answer.data.iter().enumerate().all(|(at, one)| one.index == at);
    let length = answer.data.first().map_or(0, |one| one.embedding.len());
    let alike = answer.data.iter().all(|one| one.embedding.len() == length);
    let numbers = answer.data.iter().flat_map(|one| &one.embedding).all(|number| number.is_finite());
    (answer.data.len() == count && in_order && alike && numbers && length > 0)
        .then(|| answer.data.into_iter().map(|one| Vector::from(one.embedding)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_for_is_taken() {
        let body = br#"{"data":[{"index":1,"embedding":[0,1]},{"index":0,"embedding":[1,0]}],"model":"m"}"#;
        let read_so = read(body, 2).unwrap();
        assert_eq!(read_so, [Vector::from([1.0, 0.0]), Vector::from([0.0, 1.0])]);
        for bad in [
            r#"{"data":[{"index":0,"embedding":[1,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":0,"embedding":[1,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1]}]}"#,
            r#"{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":[]}]}"#,
            r#"{"data":[{"index":0,"embedding":"AAAA"},{"index":1,"embedding":"AAAA"}]}"#,
            r#"{"data":[{"index":0,"embedding":[1e60,0]},{"index":1,"embedding":[1,1]}]}"#,
            "",
        ] {
            assert_eq!(read(bad.as_bytes(), 2), None, "{bad}");
        }
    }
}
