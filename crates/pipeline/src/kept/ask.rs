//! Asking a provider about a response that it keeps: one that it still works on in the background, or that is to go.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Uri};
use http_body_util::{BodyExt, Limited};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use wye_providers::endpoint::Operation;
use wye_types::error::GatewayError;
use wye_types::kept::KeptResponse;
use wye_types::{Clock, Code, DialectId};
use wye_wire::dialect;

use super::fingerprint;
use crate::live::Live;
use crate::sign::Ask;
use crate::upstream::SentBody;

/// The largest answer, in bytes.
const MOST: usize = 64 << 20;
/// How long the provider may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// How it stands.
    Read,
    /// To stop working on it.
    Cancel,
    /// To forget it.
    Delete,
}

/// Asks the account of the provider that keeps a response about it. `None`: the provider does not know it.
///
/// # Errors
/// If the provider or its account is not configured any more, or the provider refuses or does not answer.
pub async fn ask(
    live: &Live,
    (kept, about): (&KeptResponse, About),
    clock: &dyn Clock,
) -> Result<Option<Bytes>, GatewayError> {
    let gone = || {
        let message = "the provider or the account that keeps this response is not configured any more";
        GatewayError::new(Code::GatewayNoTarget, message)
    };
    let deployment = kept.deployment.as_deref().ok_or_else(gone)?;
    let endpoint = live.endpoints.get(&deployment.provider).ok_or_else(gone)?;
    let wire = endpoint.wires().find(|wire| wire.dialect == DialectId::OpenAiResponses).ok_or_else(gone)?;
    let account = endpoint.accounts.iter().position(|account| fingerprint(account) == kept.account);
    let account = account.ok_or_else(gone)?;
    let sent = wire.sent((&deployment.model, account), Operation::Chat { stream: false }, Bytes::new());
    let (method, below) = match about {
        About::Read => (Method::GET, ""),
        About::Cancel => (Method::POST, "/cancel"),
        About::Delete => (Method::DELETE, ""),
    };
    let path = sent.path.as_ref().map_err(|why| GatewayError::new(Code::GatewayInternal, why.clone()))?;
    let id =
        utf8_percent_encode(&kept.id, NON_ALPHANUMERIC).to_string().replace("%5F", "_").replace("%2D", "-");
    let query = path.query().map_or_else(String::new, |query| format!("?{query}"));
    let path = format!("{}/{id}{below}{query}", path.path());
    let path: Uri =
        path.parse().map_err(|_| GatewayError::new(Code::GatewayInternal, "the id fits no path"))?;
    let unreached = |why: String| GatewayError::new(Code::ProviderUnreachable, why);
    let asked = async {
        let (path, signed) = match sent.signing {
            Some(signing) => signing
                .sign(Ask { method: &method, path: &path, body: &sent.body }, sent.host, clock)
                .await
                .map_err(unreached)?,
            None => (path.clone(), http::HeaderMap::new()),
        };
        let make = || {
            let mut request = http::Request::new(SentBody::from(Bytes::new()));
            *request.method_mut() = method.clone();
            *request.uri_mut() = path.clone();
            if let Some(head) = sent.head {
                request.headers_mut().clone_from(head);
            }
            request.headers_mut().remove(CONTENT_TYPE);
            request.headers_mut().extend(signed.clone());
            request
        };
        let response =
            sent.client.send(make, PATIENCE).await.map_err(|error| unreached(error.to_string()))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MOST).collect().await;
        let body = body.map_err(|error| unreached(format!("its answer broke off: {error}")))?.to_bytes();
        Ok::<_, GatewayError>((status, body))
    };
    let late =
        |_| GatewayError::new(Code::ProviderTimeout, "the provider that keeps this response does not answer");
    let (status, body) = tokio::time::timeout(PATIENCE, Box::pin(asked)).await.map_err(late)??;
    match status {
        404 => Ok(None),
        400.. => {
            let mut error = dialect(DialectId::OpenAiResponses).read_error(status, &body);
            endpoint.accounts[account].redact(&mut error);
            Err(GatewayError::new(Code::ProviderError, format!("the provider says: {}", error.message)))
        }
        _ => Ok(Some(body)),
    }
}
