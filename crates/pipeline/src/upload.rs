//! Calls whose body is a form with files: transcriptions, translations, edits and variations of images.
//!
//! What is small, or lies on disk, goes from target to target like any other request. A large form is sent while it
//! arrives; from its first byte on there is no other target, because nobody has its bytes any more.

mod body;
mod coming;
mod file;
mod form;
mod in_json;
mod spool;

use std::collections::VecDeque;
use std::sync::PoisonError;

use bytes::Bytes;
use http::HeaderValue;
use wye_limits::Moment;
use wye_types::Kind;
use wye_types::error::GatewayError;
use wye_wire::Shape;
use wye_wire::dialect::Loss;
use wye_wire::service::Asked;

use crate::answer::Reply;
use crate::attempt::{At, Job};
use crate::call::{Bad, Call};
use crate::exception::{Replay, treatment};
use crate::live::Target;
use crate::parse::{Estimate, invalid};
use crate::pipeline::{Inbound, Pipeline};
use crate::service::{Good, Service, ServiceRequest};
use crate::upstream::SentBody;

use body::{FormBody, Rest};
pub use coming::{Coming, Limits};
use file::wrong;
pub use form::{Expected, Form};
use form::{Kept, Lies};
use in_json::{InJson, unsaid};

impl Pipeline {
    /// Answers a request whose body is a form with files.
    pub async fn upload(&self, inbound: Inbound, kind: Kind, form: Form) -> Reply {
        let request = ServiceRequest::of_form(kind, &form.head);
        self.ask((inbound, &Bytes::new()), kind, || request, |service| Upload { service, form }).await
    }
}

/// A form under way.
pub(crate) struct Upload {
    service: Service,
    form: Form,
}

/// What a target is sent of a form.
#[derive(Debug, Clone)]
pub(crate) struct Filled {
    /// The parts that are written anew; they stand before the others.
    before: Bytes,
    /// The fields that are left out, since they are written anew or not wanted.
    without: Vec<String>,
    /// Whether more than the model is left out.
    exact: bool,
    content_type: HeaderValue,
    /// Whether it is written as JSON, with the sound in base64.
    in_json: bool,
    losses: Vec<Loss>,
}

impl Upload {
    /// The form as a target is sent it. A form that is sent while it arrives can be had once.
    fn body(&self, filled: &Filled) -> SentBody {
        let form = &self.form;
        let mut parts = form.parts.lock().unwrap_or_else(PoisonError::into_inner);
        // What is sent once need not be held any longer.
        let parts = if form.is_live { std::mem::take(&mut *parts) } else { parts.clone() };
        let open = form.is_live.then(|| parts.last().map(|kept| kept.part.name.clone())).flatten();
        let wanted = |kept: &&Kept| !filled.without.contains(&kept.part.name);
        let length: u64 = parts.iter().filter(wanted).map(Kept::length).sum();
        let mut kept = VecDeque::from([Lies::Here(filled.before.clone())]);
        kept.extend(parts.iter().filter(wanted).flat_map(|kept| kept.bytes.iter().cloned()));
        let coming = form.rest.lock().unwrap_or_else(PoisonError::into_inner).take();
        let rest = coming.map(|coming| Rest {
            coming,
            skips: open.is_some_and(|name| filled.without.contains(&name)),
            without: filled.without.clone(),
            had_model: form.names_model,
        });
        if !form.is_live {
            kept.push_back(Lies::Here(format!("--{}--\r\n", form.boundary).into()));
        }
        form.fate.begin();
        let body = FormBody {
            kept,
            file: form.file.clone(),
            reading: None,
            rest,
            length: form.length(filled.before.len(), length, filled.exact),
            fate: std::sync::Arc::clone(&form.fate),
        };
        if filled.in_json {
            SentBody::coming(InJson::new(body, &form.boundary))
        } else {
            SentBody::coming(body)
        }
    }
}

impl Job for Upload {
    type Outgoing = Filled;
    type Good = Good;

    fn estimate(&self) -> Estimate {
        self.service.estimate()
    }

    fn is_native(&self, target: &Target) -> bool {
        self.service.is_native(target)
    }

    fn is_spent(&self) -> bool {
        let streamed = treatment(self.service.kind()).replay == Replay::NotOnceStreamed;
        streamed && self.form.is_live && self.form.fate.has_begun()
    }

    fn outgoing(&self, target: &Target) -> Result<Filled, GatewayError> {
        let kind = self.service.kind();
        let shape = target.service(kind).map(|wire| wire.serves.shape);
        let in_json = shape == Some(Shape::OpenRouter);
        if !in_json && shape != Some(Shape::OpenAi) {
            let message = format!("{} takes no forms for {kind}", target.deployment);
            return Err(wrong("model", message));
        }
        let losses = if in_json { unsaid(&self.form, &target.deployment.model)? } else { Vec::new() };
        let boundary = &self.form.boundary;
        let mut before = Vec::new();
        let mut write = |name: &str, value: &str| {
            let name = name.replace(['"', '\r', '\n'], "_");
            before.extend_from_slice(
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .as_bytes(),
            );
        };
        write("model", &target.deployment.model);
        let mut without = vec!["model".to_owned()];
        let shaping = target.shaping.as_deref();
        let certain = shaping.into_iter().flat_map(|shaping| shaping.service().certain());
        for (key, value) in certain.filter(|(key, _)| *key != "model") {
            match value {
                None => {}
                Some(serde_json::Value::String(text)) => write(key, text),
                Some(other) => write(key, &other.to_string()),
            }
            without.push(key.to_owned());
        }
        let content_type = if in_json {
            "application/json".to_owned()
        } else {
            format!("multipart/form-data; boundary=\"{boundary}\"")
        };
        let content_type = HeaderValue::try_from(content_type)
            .map_err(|_| wrong("content-type", "the form's boundary cannot stand in a header"))?;
        let exact = without.len() == 1;
        Ok(Filled { before: before.into(), without, exact, content_type, in_json, losses })
    }

    fn losses(filled: &Filled) -> &[Loss] {
        &filled.losses
    }

    async fn call(&self, at: At<'_>, filled: &Filled) -> Result<Good, Box<Bad>> {
        let made = self.send(at, filled).await;
        let Some(error) = self.form.fate.broken() else { return made.map_err(Box::new) };
        let mut bad = Bad::request(&error);
        bad.failure.status = Some(error.http_status());
        Err(Box::new(bad))
    }

    fn is_whole(good: &Good) -> bool {
        Service::is_whole(good)
    }
}

impl Upload {
    async fn send(&self, at: At<'_>, filled: &Filled) -> Result<Good, Bad> {
        let At { target, account, policy, times, deadline, whole_by } = at;
        let kind = self.service.kind();
        let Some(wire) = target.service(kind) else {
            return Err(Bad::request(&invalid(&wye_wire::RequestError::syntax("nothing is served here"))));
        };
        let model = target.deployment.model.as_str();
        let asked = Asked { body: Some(Vec::new()), ..Asked::default() };
        let mut sent = wire.sent((model, account), &asked);
        sent.content_type = Some(filled.content_type.clone());
        // Nobody takes over from a form that is sent while it arrives, so that it has all the time there is.
        let head_by = if self.form.is_live || self.form.head.stream { deadline } else { whole_by };
        let body = || self.body(filled);
        let call = Call { target, account, policy, sent, client_headers: &http::HeaderMap::new(), head_by };
        let response = call.head_of(times, &body, self.form.is_live).await?;
        target.endpoint.quotas.hear((account, model), response.headers(), Moment::of(times.clock));
        let status = response.status().as_u16();
        self.service.answer(at, &call, response).await.map_err(|mut bad| {
            bad.failure.status.get_or_insert(status);
            bad
        })
    }
}
