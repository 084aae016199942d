//! The doors of embeddings, rerank, moderations, images and speech: one for each vendor whose clients call Wye, since their paths say whose
//! words a body is in.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use wye_types::{DialectId, Kind};
use wye_wire::Shape;
use wye_wire::dialect::PathAsk;

use super::{Ask, enter, serve};
use crate::app::App;

pub(crate) async fn embeddings(State(app): State<Arc<App>>, request: Request) -> Response {
    serve(app, (Kind::Embeddings, Shape::OpenAi), request).await
}

pub(crate) async fn cohere_embed(State(app): State<Arc<App>>, request: Request) -> Response {
    said_in(app, DialectId::Cohere, (Kind::Embeddings, Shape::Cohere), request).await
}

pub(crate) async fn cohere_embed_one(State(app): State<Arc<App>>, request: Request) -> Response {
    said_in(app, DialectId::Cohere, (Kind::Embeddings, Shape::CohereOne), request).await
}

pub(crate) async fn ollama_embed(State(app): State<Arc<App>>, request: Request) -> Response {
    said_in(app, DialectId::Ollama, (Kind::Embeddings, Shape::Ollama), request).await
}

pub(crate) async fn ollama_embeddings(State(app): State<Arc<App>>, request: Request) -> Response {
    said_in(app, DialectId::Ollama, (Kind::Embeddings, Shape::OllamaOne), request).await
}

/// Jina's, and Cohere's of the first version, whose clients find their own fields in the same answer.
pub(crate) async fn rerank(State(app): State<Arc<App>>, request: Request) -> Response {
    serve(app, (Kind::Rerank, Shape::Jina), request).await
}

pub(crate) async fn cohere_rerank(State(app): State<Arc<App>>, request: Request) -> Response {
    said_in(app, DialectId::Cohere, (Kind::Rerank, Shape::Cohere), request).await
}

pub(crate) async fn moderations(State(app): State<Arc<App>>, request: Request) -> Response {
    serve(app, (Kind::Moderations, Shape::OpenAi), request).await
}

pub(crate) async fn images(State(app): State<Arc<App>>, request: Request) -> Response {
    serve(app, (Kind::Images, Shape::OpenAi), request).await
}

pub(crate) async fn speech(State(app): State<Arc<App>>, request: Request) -> Response {
    serve(app, (Kind::Speech, Shape::OpenAi), request).await
}

/// `…/models/{model}:embedContent` and `:batchEmbedContents`.
pub(super) fn of_gemini(model: &str, method: &str) -> (Ask, PathAsk) {
    let shape = if method == "embedContent" { Shape::GeminiOne } else { Shape::Gemini };
    let path = PathAsk { model: Some(model.to_owned()), ..PathAsk::default() };
    (Ask::Serve(Kind::Embeddings, shape), path)
}

/// A call in words whose errors are a dialect's.
async fn said_in(
    app: Arc<App>,
    dialect: DialectId,
    (kind, shape): (Kind, Shape),
    request: Request,
) -> Response {
    Box::pin(enter(app, dialect, (Ask::Serve(kind, shape), PathAsk::default()), request)).await
}
