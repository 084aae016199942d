//! Calls of the gateway's own that ask for vectors instead of text.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use wye_types::error::GatewayError;
use wye_types::record::Purpose;
use wye_types::{Code, Kind};
use wye_wire::Shape;

use super::{DIALECT, Parent};
use crate::admit::Asking;
use crate::attempt::{Driven, Driver, Queue};
use crate::decide::{Ask, decide};
use crate::live::Route;
use crate::service::{Good, Service, ServiceRequest};

impl Parent {
    /// Asks the targets of a route for the vectors of texts, and gives the answer in OpenAI's words. Boxed like
    /// [`Parent::call`].
    pub(crate) fn embed<'a>(
        &'a self,
        purpose: Purpose,
        route: &'a Arc<Route>,
        texts: Vec<String>,
    ) -> BoxFuture<'a, Result<Bytes, GatewayError>> {
        Box::pin(self.ask_for_vectors(purpose, route, texts))
    }

    async fn ask_for_vectors(
        &self,
        purpose: Purpose,
        route: &Arc<Route>,
        texts: Vec<String>,
    ) -> Result<Bytes, GatewayError> {
        let body = serde_json::json!({ "model": &*route.name, "input": texts, "encoding_format": "float" });
        let body = Bytes::from(body.to_string());
        let request = ServiceRequest::parse((Kind::Embeddings, Shape::OpenAi), None, body.clone())?;
        let mut settle = self.begins(purpose, route, (DIALECT, body.len()))?;
        settle.record.kind = Kind::Embeddings;
        settle.asked_for(&request);
        let asking = Asking { tags: &self.tags, user: self.user.as_deref() };
        let wish = request.wish();
        let taken =
            settle.holding.take(&self.live, (&wish, route), asking, (&*self.clock, &mut settle.at)).await;
        if let Err(error) = taken {
            settle.end(error.http_status(), Some(error.code));
            return Err(error);
        }
        let wants = Ask::of(Kind::Embeddings, &settle.holding);
        let mut decided = decide(route, &wants, wish.estimate, settle.moment());
        decided.tell(&mut settle.record);
        let queue = Queue::new(Arc::clone(&self.live.waiting), self.caller.key.clone(), wants);
        let now_s = i64::try_from(self.clock.unix_ms() / 1000).unwrap_or(0);
        let driver = Driver::new(Service { request, now_s }, decided, settle, queue);
        match Box::pin(driver.run()).await {
            Driven::Good(mut settle, Good::Whole { body, ledger, .. }) => {
                settle.whole_content(body.len() as u64);
                if let Some(ledger) = ledger {
                    settle.ledger(ledger);
                }
                settle.end(200, None);
                Ok(body)
            }
            Driven::Good(mut settle, Good::Begun(_)) => {
                let error = GatewayError::new(Code::ProviderBadAnswer, "what came for vectors is not JSON");
                settle.end(error.http_status(), Some(error.code));
                Err(error)
            }
            Driven::Failed(mut settle, failed) => {
                settle.end(failed.error.http_status(), Some(failed.error.code));
                Err(failed.error)
            }
        }
    }
}
