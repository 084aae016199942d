//! Stage 6: translate. What a provider is sent: the client's own bytes with a few fields patched where both speak the
//! same dialect, else the IR written anew.

use bytes::Bytes;
use serde_json::Value;
use wye_providers::quirk::{self, Edit};
use wye_types::chat::ChatRequest;
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId, Map};
use wye_wire::dialect;
use wye_wire::dialect::Loss;
use wye_wire::names::NameMap;
use wye_wire::patch::json_string;
use wye_wire::scan::TopLevel;
use wye_wire::seal;

use crate::live::{EndpointWire, Target};
use crate::parse::Request;
use crate::shape::{Draft, Shaping, Words, limit_output};

/// A provider's request body, and what is needed to read its answer.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) body: Bytes,
    pub(crate) losses: Vec<Loss>,
    pub(crate) names: NameMap,
    /// Whether the answer can be relayed as it comes.
    pub(crate) relay: bool,
}

/// Prepares the body for a target. `instead`: the conversation as it is to be sent, where that is not the client's.
pub(crate) fn outgoing(
    request: &Request,
    instead: Option<&ChatRequest>,
    target: &Target,
) -> Result<Outgoing, GatewayError> {
    let wire = target.wire(request.dialect.id());
    let same = request.dialect.id() == wire.dialect;
    if same && instead.is_none() && !needs_ir(&request.bytes, wire, target) {
        let mut losses = Vec::new();
        let mut draft = Draft::of(&request.head.top, &request.bytes, wire.dialect);
        if request.head.top.span("model").is_some() && request.head.model != target.deployment.model {
            draft.set("model", json_string(&target.deployment.model));
        }
        if let Some(input) = request.earlier.as_ref().and_then(|earlier| earlier.sealed()) {
            draft.set("input", input);
        }
        change(&mut draft, request, (target, wire), &mut losses);
        let patch = draft.into_patch();
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
    let mut options = target.endpoint.quirks.write_options(&target.deployment.model);
    if let Some(limit) = target.shaping.as_ref().and_then(|shaping| shaping.max_output.inject()) {
        options.default_max_tokens = limit;
    }
    let chat = instead.map_or_else(|| request.chat(), Ok)?;
    let mut written = dialect(wire.dialect).write_request(chat, &options);
    let mut body = Bytes::from(written.body);
    // What was just written is an object without doubled keys.
    if let Ok(top) = TopLevel::scan(&body) {
        let mut draft = Draft::of(&top, &body, wire.dialect);
        change(&mut draft, request, (target, wire), &mut written.losses);
        let patch = draft.into_patch();
        if !patch.is_empty() {
            body = patch.apply(&body, &top).into();
        }
    }
    let relay = same && written.names.is_empty();
    Ok(Outgoing { body, losses: written.losses, names: written.names, relay })
}

/// What becomes of a body in the provider's dialect: what the provider wants otherwise, what is configured, what the
/// ledger needs.
fn change(
    draft: &mut Draft<'_>,
    request: &Request,
    (target, wire): (&Target, &EndpointWire),
    losses: &mut Vec<Loss>,
) {
    let foreign = request.dialect.id() != wire.dialect;
    let edits = quirk_edits(draft, (target, wire), foreign);
    match &target.shaping {
        None => apply_quirks(draft, edits, losses),
        Some(shaping) => shape(draft, shaping, (target, wire, foreign), edits, losses),
    }
    ask_for_usage(draft, request, (target, wire));
}

fn shape(
    draft: &mut Draft<'_>,
    shaping: &Shaping,
    (target, wire, foreign): (&Target, &EndpointWire, bool),
    edits: Vec<Edit>,
    losses: &mut Vec<Loss>,
) {
    let params = shaping.params(wire.dialect);
    // What the provider wants where nobody says anything comes after what the operator wants.
    let absent = |edit: &Edit| matches!(edit, Edit::Set { field, .. } if draft.raw(field).is_none());
    let (guesses, edits): (Vec<Edit>, Vec<Edit>) = edits.into_iter().partition(absent);
    apply_quirks(draft, edits, losses);
    params.drop_unsupported(draft, losses);
    if params.set_defaults(draft) {
        // Defaults are the operator's wishes for many models, and go the way of a client's where one takes them
        // otherwise. Who wrote nothing loses nothing by it.
        let edits = quirk_edits(draft, (target, wire), foreign);
        apply_quirks(draft, edits, &mut Vec::new());
    } else {
        apply_quirks(draft, guesses, losses);
    }
    params.force(draft);
    let words = Words { dialect: wire.dialect, max_tokens_key: target.endpoint.quirks.max_tokens_key };
    limit_output(draft, shaping.max_output, words);
    shaping.system.apply(draft, wire.dialect, losses);
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
    let mut words = quirk::Words::default();
    seal::marks_beside(body, |text| words.look(text))
        || wire.dialect == DialectId::OpenAiChat && quirks.needs_messages(model, body, words)
}

/// The changes of top-level fields that the provider needs.
fn quirk_edits(draft: &Draft<'_>, (target, wire): (&Target, &EndpointWire), translated: bool) -> Vec<Edit> {
    let quirks = &target.endpoint.quirks;
    let asked = quirk::Body { model: &target.deployment.model, field: &|key| draft.raw(key), translated };
    // The edits are about fields of these dialects.
    match wire.dialect {
        DialectId::OpenAiChat => quirks.edits(asked),
        DialectId::OpenAiResponses => quirks.edits_of_responses(asked),
        _ => Vec::new(),
    }
}

/// Changes the fields that the provider wants otherwise, and tells what is lost by it.
fn apply_quirks(draft: &mut Draft<'_>, edits: Vec<Edit>, losses: &mut Vec<Loss>) {
    for edit in edits {
        match edit {
            Edit::Rename { from, to } => rename(draft, from, to),
            Edit::Drop { field, loss } => {
                draft.remove(field);
                losses.extend(loss.then(|| Loss::dropped(field)));
            }
            Edit::Set { field, value, loss } => {
                losses.extend(loss.then(|| Loss::changed(field, format!("sent as {value}"))));
                draft.set(field, value);
            }
        }
    }
}

fn rename(draft: &mut Draft<'_>, from: &str, to: &str) {
    let Some(value) = draft.raw(from) else { return };
    let value = String::from_utf8_lossy(value).into_owned();
    if draft.raw(to).is_none() {
        draft.set(to, value);
    }
    draft.remove(from);
}

/// Streams are asked for usage whether the client wants it or not: the ledger needs it.
fn ask_for_usage(draft: &mut Draft<'_>, request: &Request, (target, wire): (&Target, &EndpointWire)) {
    let optional = |dialect| matches!(dialect, DialectId::OpenAiChat | DialectId::OpenAiCompletions);
    let able = optional(wire.dialect) && target.endpoint.quirks.stream_options;
    let asked = request.head.include_usage && optional(request.dialect.id());
    if !able || !request.head.stream || asked {
        return;
    }
    let mut options = match draft.value("stream_options") {
        Some(Value::Object(options)) => options,
        _ => Map::new(),
    };
    options.insert("include_usage".into(), Value::Bool(true));
    draft.set("stream_options", Value::Object(options).to_string());
}
