//! Coming back to a response: OpenAI's `/v1/responses/{id}` and what lies below. To other keys it does not exist.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use wye_pipeline::admit::may_speak;
use wye_pipeline::kept::{About, ask, owner, told};
use wye_pipeline::{Caller, Live};
use wye_types::error::GatewayError;
use wye_types::kept::{KeptResponse, Responses};
use wye_types::{Code, DialectId};
use wye_wire::openai_responses::kept::{continued, listed, named, shown};

use crate::app::App;
use crate::arrival::Arrival;
use crate::door::admitted;
use crate::{headers, rescue};

/// Items on a page, unless something else is asked for, and at most.
const PAGE: usize = 20;
const MOST: usize = 100;

/// `/v1/responses/{id}`, `…/input_items`, `…/cancel`; whatever else is asked below `/v1/responses`.
pub(crate) async fn kept_response(State(app): State<Arc<App>>, request: Request) -> Response {
    let live = app.pipeline.live();
    let dialect = DialectId::OpenAiResponses;
    let arrival = Arrival::now(&app, &live, dialect, (request.headers(), request.extensions()));
    let caller = match admitted(&app.pipeline, &live, request.headers()) {
        Ok(caller) => caller,
        Err(error) => return arrival.refuse(&Caller::default(), &error),
    };
    let asked = Asked { app: &app, live: &live, caller: &caller };
    match Box::pin(asked.answer(request.method(), request.uri())).await {
        Err(error) => arrival.refuse(&caller, &error),
        Ok(body) => {
            let mut response = rescue::json(StatusCode::OK, &body);
            headers::put_request_id(response.headers_mut(), dialect, &arrival.request_id);
            app.condition.mark(response.headers_mut());
            response
        }
    }
}

struct Asked<'a> {
    app: &'a App,
    live: &'a Live,
    caller: &'a Caller,
}

impl Asked<'_> {
    async fn answer(&self, method: &Method, uri: &http::Uri) -> Result<Value, GatewayError> {
        may_speak(self.caller, DialectId::OpenAiResponses)?;
        let path = uri.path();
        let below = path.split_once("/v1/responses/").map_or("", |(_, below)| below);
        let nothing = |why: &str| {
            let message =
                format!("there is nothing at {method} {path}: {why}; send the whole conversation in `input`");
            GatewayError::new(Code::CallerNotFound, message)
        };
        if below == "compact" {
            return Err(nothing("Wye compacts no conversations"));
        }
        let Some(responses) = self.app.pipeline.responses(self.live) else {
            return Err(nothing("Wye keeps no responses"));
        };
        let (id, rest) = below.split_once('/').unwrap_or((below, ""));
        match (method, rest) {
            (&Method::GET, "") => self.show(responses, id, uri.query()).await,
            (&Method::DELETE, "") => self.delete(responses, id).await,
            (&Method::GET, "input_items") => self.items(responses, id, uri.query()).await,
            (&Method::POST, "cancel") => self.cancel(responses, id).await,
            (_, "" | "input_items" | "cancel") => {
                let message = format!("{path} does not take {method}");
                Err(GatewayError::new(Code::CallerMethodNotAllowed, message))
            }
            _ => Err(nothing("a response has `input_items` and `cancel` below it")),
        }
    }

    async fn find(
        &self,
        responses: &Arc<dyn Responses>,
        id: &str,
    ) -> Result<Arc<KeptResponse>, GatewayError> {
        responses.find(owner(self.caller), id).await.map_err(|error| told(&error))
    }

    async fn ask(&self, kept: &KeptResponse, about: About) -> Result<Option<bytes::Bytes>, GatewayError> {
        ask(self.live, (kept, about), self.app.pipeline.clock()).await
    }

    async fn show(
        &self,
        responses: &Arc<dyn Responses>,
        id: &str,
        query: Option<&str>,
    ) -> Result<Value, GatewayError> {
        if pairs(query).any(|(key, value)| key == "stream" && value == "true") {
            let message = "a response that is kept comes whole; leave `stream` out";
            return Err(GatewayError::new(Code::CallerInvalidRequest, message).param("stream"));
        }
        let kept = self.find(responses, id).await?;
        if !(kept.upstream && is_pending(&kept)) {
            return read(&kept);
        }
        self.renewed(&kept, About::Read).await
    }

    /// A response that its provider works on, as it stands now.
    async fn renewed(&self, kept: &KeptResponse, about: About) -> Result<Value, GatewayError> {
        let Some(response) = self.ask(kept, about).await? else {
            let message = format!("the provider does not know the response `{}` any more", kept.id);
            return Err(GatewayError::new(Code::CallerNotFound, message));
        };
        if named(&response).is_none_or(|(id, _)| id != kept.id) {
            return Err(GatewayError::new(Code::ProviderBadAnswer, "the provider's answer is no response"));
        }
        let kept = KeptResponse { response, ..kept.clone() };
        let value = read(&kept)?;
        if !is_pending(&kept) {
            self.app.pipeline.keep_again(self.live, kept);
        }
        Ok(value)
    }

    async fn delete(&self, responses: &Arc<dyn Responses>, id: &str) -> Result<Value, GatewayError> {
        let kept = self.find(responses, id).await?;
        if kept.upstream {
            // Where it is gone already, that is what was wanted.
            self.ask(&kept, About::Delete).await?;
        }
        responses.forget(owner(self.caller), id).await.map_err(|error| told(&error))?;
        Ok(json!({ "id": id, "object": "response", "deleted": true }))
    }

    async fn cancel(&self, responses: &Arc<dyn Responses>, id: &str) -> Result<Value, GatewayError> {
        let kept = self.find(responses, id).await?;
        if kept.upstream && is_pending(&kept) {
            return self.renewed(&kept, About::Cancel).await;
        }
        let message = "only a response that was made with `background: true` and is still worked on can be cancelled; \
                       to stop another one, close its connection";
        Err(GatewayError::new(Code::CallerInvalidRequest, message))
    }

    /// All items that the response answered, those of the conversation before it, too.
    async fn items(
        &self,
        responses: &Arc<dyn Responses>,
        id: &str,
        query: Option<&str>,
    ) -> Result<Value, GatewayError> {
        let page = Page::of(query)?;
        let most = usize::try_from(self.live.body_limit).unwrap_or(usize::MAX);
        let all = responses.conversation(owner(self.caller), id, most).await.map_err(|error| told(&error))?;
        let mut items = Vec::new();
        for (place, kept) in all.iter().enumerate() {
            items.extend(listed(&kept.input, &kept.id));
            if place + 1 < all.len() {
                let said = continued(&[(b"[]", &kept.response)], None).input;
                items.extend(listed(said.as_bytes(), &kept.id));
            }
        }
        page.of_items(items)
    }
}

/// Whether its provider still works on it.
fn is_pending(kept: &KeptResponse) -> bool {
    let status = serde_json::from_slice::<Value>(&kept.response).ok();
    let status = status.as_ref().and_then(|response| response.get("status")?.as_str());
    matches!(status, Some("queued" | "in_progress"))
}

fn read(kept: &KeptResponse) -> Result<Value, GatewayError> {
    serde_json::from_slice(&shown(&kept.response, kept.previous.as_deref())).map_err(|error| {
        GatewayError::new(Code::GatewayInternal, format!("a kept response cannot be read: {error}"))
    })
}

fn pairs(
    query: Option<&str>,
) -> impl Iterator<Item = (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
}

/// Which items of a list are wanted.
struct Page {
    limit: usize,
    newest_first: bool,
    after: Option<String>,
    before: Option<String>,
}

impl Page {
    fn of(query: Option<&str>) -> Result<Self, GatewayError> {
        let mut page = Self { limit: PAGE, newest_first: true, after: None, before: None };
        let wrong = |param: &'static str, message: String| {
            Err(GatewayError::new(Code::CallerInvalidRequest, message).param(param))
        };
        for (key, value) in pairs(query) {
            match (&*key, &*value) {
                ("limit", _) => match value.parse() {
                    Ok(limit) if (1..=MOST).contains(&limit) => page.limit = limit,
                    _ => return wrong("limit", format!("`limit` is a whole number from 1 to {MOST}")),
                },
                ("order", "asc") => page.newest_first = false,
                ("order", "desc") => page.newest_first = true,
                ("order", _) => return wrong("order", "`order` is `asc` or `desc`".to_owned()),
                ("after", _) => page.after = Some(value.into_owned()),
                ("before", _) => page.before = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(page)
    }

    fn of_items(self, mut items: Vec<Value>) -> Result<Value, GatewayError> {
        if self.newest_first {
            items.reverse();
        }
        let id = |item: &Value| item.get("id").cloned().unwrap_or_default();
        let place = |name: &'static str, wanted: &Option<String>| match wanted {
            None => Ok(None),
            Some(wanted) => {
                items.iter().position(|item| id(item) == wanted.as_str()).map(Some).ok_or_else(|| {
                    let message = format!("`{name}` is `{wanted}`, which is none of the response's items");
                    GatewayError::new(Code::CallerInvalidRequest, message).param(name)
                })
            }
        };
        let from = place("after", &self.after)?.map_or(0, |place| place + 1);
        let to = place("before", &self.before)?.unwrap_or(items.len());
        let all = items.get(from..to).unwrap_or_default();
        let shown = &all[..all.len().min(self.limit)];
        Ok(json!({
            "object": "list",
            "data": shown,
            "first_id": shown.first().map(id),
            "last_id": shown.last().map(id),
            "has_more": shown.len() < all.len(),
        }))
    }
}
