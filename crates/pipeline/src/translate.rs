//! Stage 6: translate. What a provider is sent: the client's own bytes with a few fields patched where both speak the
//! same dialect, else the IR written anew.

use bytes::Bytes;
use serde_json::Value;
use wye_providers::quirk::{self, Edit};
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId, Map};
use wye_wire::dialect;
use wye_wire::dialect::Loss;
use wye_wire::names::NameMap;
use wye_wire::patch::{Patch, json_string};
use wye_wire::scan::TopLevel;
use wye_wire::seal;

use crate::live::{EndpointWire, Target};
use crate::parse::Request;

/// A provider's request body, and what is needed to read its answer.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) body: Bytes,
    pub(crate) losses: Vec<Loss>,
    pub(crate) names: NameMap,
    /// Whether the answer can be relayed as it comes.
    pub(crate) relay: bool,
}

/// Prepares the body for a target.
pub(crate) fn outgoing(request: &Request, target: &Target) -> Result<Outgoing, GatewayError> {
    let wire = target.wire(request.dialect.id());
    let same = request.dialect.id() == wire.dialect;
    if same && !needs_ir(&request.bytes, wire, target) {
        let mut losses = Vec::new();
        let patch = patch(request, target, wire, &mut losses);
        let body = if patch.is_empty() {
            request.bytes.clone()
        } else {
            patch.apply(&request.bytes, &request.head.top).into()
        };
        return Ok(Outgoing { body, losses, names: NameMap::default(), relay: true });
    }
    if !same {
        kept_elsewhere(request)?;
    }
    let options = target.endpoint.quirks.write_options(&target.deployment.model);
    let mut written = dialect(wire.dialect).write_request(request.chat()?, &options);
    let body = patch_written(request, (target, wire), written.body, &mut written.losses);
    let relay = same && written.names.is_empty();
    Ok(Outgoing { body, losses: written.losses, names: written.names, relay })
}

fn patch_written(
    request: &Request,
    (target, wire): (&Target, &EndpointWire),
    body: Vec<u8>,
    losses: &mut Vec<Loss>,
) -> Bytes {
    // What was just written is an object without doubled keys.
    let Ok(top) = TopLevel::scan(&body) else { return body.into() };
    let mut patch = Patch::new();
    losses.extend(apply_quirks(&mut patch, request, (target, wire), &top, &body));
    set_params(&mut patch, target, &top, &body);
    ask_for_usage(&mut patch, request, (target, wire), &top, &body);
    if patch.is_empty() { body.into() } else { patch.apply(&body, &top).into() }
}

/// What a request leaves with its vendor (an earlier answer, a conversation, a stored prompt) nobody else can look up: an
/// answer without it would be an answer to something else.
fn kept_elsewhere(request: &Request) -> Result<(), GatewayError> {
    if request.dialect.id() != DialectId::OpenAiResponses {
        return Ok(());
    }
    let fields = ["previous_response_id", "conversation", "prompt"];
    let Some(field) = fields.into_iter().find(|field| request.head.top.raw(&request.bytes, field).is_some())
    else {
        return Ok(());
    };
    let message = format!(
        "`{field}` names something that only the provider which keeps it knows, and this one does not speak Responses; \
         send the whole conversation in `input`"
    );
    Err(GatewayError::new(Code::CallerInvalidRequest, message).param(field))
}

/// Whether something in the messages must change although both sides speak the same dialect: a provider's quirk, or a
/// seal of another maker that an earlier answer carried to the client.
pub(crate) fn needs_ir(body: &[u8], wire: &EndpointWire, target: &Target) -> bool {
    let quirks = &target.endpoint.quirks;
    let model = &target.deployment.model;
    let quirk = wire.dialect == DialectId::OpenAiChat && quirks.needs_messages(model, body);
    quirk || seal::marks_in(body)
}

fn patch(request: &Request, target: &Target, wire: &EndpointWire, losses: &mut Vec<Loss>) -> Patch {
    let (top, body) = (&request.head.top, &request.bytes[..]);
    let mut patch = Patch::new();
    if top.span("model").is_some() && request.head.model != target.deployment.model {
        patch.set("model", json_string(&target.deployment.model));
    }
    if let Some(input) = request.earlier.as_ref().and_then(|earlier| earlier.sealed()) {
        patch.set("input", input);
    }
    losses.extend(apply_quirks(&mut patch, request, (target, wire), top, body));
    set_params(&mut patch, target, top, body);
    ask_for_usage(&mut patch, request, (target, wire), top, body);
    patch
}

/// Changes the top-level fields that the provider wants otherwise, and tells what is lost by it.
fn apply_quirks(
    patch: &mut Patch,
    request: &Request,
    (target, wire): (&Target, &EndpointWire),
    top: &TopLevel,
    body: &[u8],
) -> Vec<Loss> {
    let mut losses = Vec::new();
    let quirks = &target.endpoint.quirks;
    let asked = quirk::Body {
        model: &target.deployment.model,
        field: &|key| body.get(top.span(key)?),
        translated: request.dialect.id() != wire.dialect,
    };
    // The edits are about fields of these dialects.
    let edits = match wire.dialect {
        DialectId::OpenAiChat => quirks.edits(asked),
        DialectId::OpenAiResponses => quirks.edits_of_responses(asked),
        _ => return losses,
    };
    for edit in edits {
        match edit {
            Edit::Rename { from, to } => rename(patch, top, body, from, to),
            Edit::Drop { field, loss } => {
                patch.remove(field);
                losses.extend(loss.then(|| Loss::dropped(field)));
            }
            Edit::Set { field, value, loss } => {
                losses.extend(loss.then(|| Loss::changed(field, format!("sent as {value}"))));
                patch.set(field, value);
            }
        }
    }
    losses
}

fn rename(patch: &mut Patch, top: &TopLevel, body: &[u8], from: &str, to: &str) {
    let Some(value) = top.span(from) else { return };
    if top.span(to).is_none() {
        patch.set(to, String::from_utf8_lossy(&body[value]));
    }
    patch.remove(from);
}

/// Defaults where the client says nothing, the target's own fields, then the provider's forced ones.
fn set_params(patch: &mut Patch, target: &Target, top: &TopLevel, body: &[u8]) {
    for (key, value) in &target.endpoint.default_params {
        // A field that was renamed for this provider is the client's too.
        if patch.of(key).is_none() && top.raw(body, key).is_none() {
            set_param(patch, key, value);
        }
    }
    let fixed: [&Map; 2] = [&target.params, &target.endpoint.forced_params];
    for (key, value) in fixed.into_iter().flatten() {
        set_param(patch, key, value);
    }
}

fn set_param(patch: &mut Patch, key: &str, value: &Value) {
    // A null in the configuration means: leave the field out.
    if value.is_null() { patch.remove(key) } else { patch.set(key, value.to_string()) }
}

/// Streams are asked for usage whether the client wants it or not: the ledger needs it.
fn ask_for_usage(
    patch: &mut Patch,
    request: &Request,
    (target, wire): (&Target, &EndpointWire),
    top: &TopLevel,
    body: &[u8],
) {
    let optional = |dialect| matches!(dialect, DialectId::OpenAiChat | DialectId::OpenAiCompletions);
    let able = optional(wire.dialect) && target.endpoint.quirks.stream_options;
    let asked = request.head.include_usage && optional(request.dialect.id());
    if !able || !request.head.stream || asked {
        return;
    }
    let mut options: Map =
        top.raw(body, "stream_options").and_then(|raw| serde_json::from_slice(raw).ok()).unwrap_or_default();
    options.insert("include_usage".into(), Value::Bool(true));
    patch.set("stream_options", Value::Object(options).to_string());
}
