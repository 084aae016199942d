//! One entry of `model_list`: what is called, where, with which key, and what is known of it.

use serde_json::Value as Json;
use wye_providers::Auth;

use super::access::Access;
use super::{per_million, put};
use crate::address;
use crate::draft::{Body, Draft, plain_json, sounds_secret};
use crate::field::{At, Fields};
use crate::vendor;

/// Fields of `litellm_params` that go into the body of a request, unless it has them itself.
const PARAMS: &[&str] = &[
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "n",
    "parallel_tool_calls",
    "presence_penalty",
    "reasoning_effort",
    "response_format",
    "seed",
    "service_tier",
    "stop",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
];

/// A deployment.
#[derive(Debug)]
pub(crate) struct Deployment<'t> {
    pub(crate) at: At<'t>,
    /// The name that clients send.
    pub(crate) group: String,
    /// The model, as its provider knows it; may end in `*`.
    pub(crate) model: String,
    /// What the provider is to be called.
    pub(crate) wanted: String,
    /// The provider, without keys and models.
    pub(crate) provider: Body,
    /// A reference to its key.
    pub(crate) key: Option<String>,
    /// What is known of the model.
    pub(crate) facts: Body,
    /// Its place in the group; smaller is earlier.
    pub(crate) order: u64,
    /// Its share of the group's requests.
    pub(crate) weight: f64,
    pub(crate) timeout: Option<f64>,
    pub(crate) stream_timeout: Option<f64>,
}

/// Reads an entry. `None` if nothing can be called by it, which is reported.
pub(crate) fn read<'t>(
    item: &At<'t>,
    credentials: &[(String, At<'t>)],
    draft: &mut Draft,
) -> Option<Deployment<'t>> {
    let mut outer = Fields::of(item, draft);
    let group = outer.text("model_name", draft);
    let params = outer.take("litellm_params");
    let info = outer.take("model_info");
    let (tpm, rpm) = (outer.take("tpm"), outer.take("rpm"));
    outer.finish(draft);
    let Some(((_, group), params)) = group.zip(params) else {
        draft.impossible(item, "it lacks model_name or litellm_params, so nothing is served by it");
        return None;
    };
    let mut fields = Fields::of(&params, draft);
    let Some((model_at, model)) = fields.text("model", draft) else {
        draft.impossible(&params, "it lacks model, so nothing is served by it");
        return None;
    };
    let of_credential = credential(&mut fields, credentials, draft);
    let (vendor, model) = vendor_of((&model_at, group), model, &mut fields, draft)?;
    let access = Access::take(&mut fields, of_credential.as_ref(), draft);
    let home = access.home((item, group), &vendor, draft)?;
    if vendor::is_vertex(&vendor) && vendor::is_of_another_maker(&model) {
        let message =
            format!("models of other makers are not called on Vertex AI, so {group} is not served by it");
        draft.impossible(&model_at, message);
        return None;
    }
    let key = access.key(item, &vendor, &home, draft);
    let mut provider = home.body.clone();
    headers(&mut fields, &mut provider, draft);
    match (&access.key, &key) {
        (Some(_), None) if home.row.is_none_or(|row| row.auth != Auth::None) => {
            provider.insert("auth".to_owned(), "none".into());
        }
        (_, Some(_)) if home.row.is_some_and(|row| row.auth == Auth::None) => {
            provider.insert("auth".to_owned(), "bearer".into());
        }
        _ => {}
    }
    defaults(&mut fields, &mut provider, draft);
    let facts = facts(&mut fields, info.as_ref(), (tpm, rpm), draft);
    let order = fields.whole("order", draft).map_or(u64::MAX, |(_, order)| order);
    let weight = fields.float("weight", draft).map(|(_, weight)| weight);
    let rate =
        facts.get("limits").and_then(|limits| limits.get("rpm").or(limits.get("tpm"))).and_then(Json::as_f64);
    let timeout = fields.float("timeout", draft).map(|(_, seconds)| seconds);
    let stream_timeout = fields.float("stream_timeout", draft).map(|(_, seconds)| seconds);
    refuse(&mut fields, draft);
    fields.finish(draft);
    let given = access.base.as_ref().and_then(At::text).and_then(address::id_of);
    let own = vendor::is_compatible(&vendor) && home.row.is_none_or(|row| row.id != vendor);
    let wanted = given.filter(|_| own).unwrap_or_else(|| vendor.clone());
    Some(Deployment {
        at: item.clone(),
        group: group.to_owned(),
        model,
        wanted,
        provider,
        key,
        facts,
        order,
        weight: weight.or(rate).unwrap_or(1.0),
        timeout,
        stream_timeout,
    })
}

/// What `litellm_credential_name` refers to.
fn credential<'t>(
    fields: &mut Fields<'t>,
    credentials: &[(String, At<'t>)],
    draft: &mut Draft,
) -> Option<At<'t>> {
    let (at, name) = fields.text("litellm_credential_name", draft)?;
    let found = credentials.iter().find(|(known, _)| known == name).map(|(_, values)| values.clone());
    if found.is_none() {
        draft.impossible(
            &at,
            "no credential of this name is in credential_list; write the key into the provider",
        );
    }
    found
}

/// Vendor and model from `provider/model`, `custom_llm_provider`, or the beginning of the model's name.
fn vendor_of(
    (at, group): (&At<'_>, &str),
    model: &str,
    fields: &mut Fields<'_>,
    draft: &mut Draft,
) -> Option<(String, String)> {
    let custom = fields.text("custom_llm_provider", draft).map(|(_, name)| name.to_owned());
    if let Some((prefix, rest)) = model.split_once('/')
        && custom.as_deref().is_none_or(|name| name == prefix)
        && (vendor::is_known(prefix) || custom.is_some())
    {
        return Some((prefix.to_owned(), shortened(prefix, rest, at, draft)));
    }
    if let Some(name) = custom {
        return Some((name, model.to_owned()));
    }
    if model == "*" {
        draft.set(&["discover"], true);
        return Some(("*".to_owned(), model.to_owned()));
    }
    match vendor::of_model(model) {
        Some(name) => Some((name.to_owned(), model.to_owned())),
        None => {
            let message = format!(
                "no vendor is known by this name, so {group} is not served by it; write vendor/model"
            );
            let own = fields.take("api_base").or_else(|| fields.take("base_url")).is_some();
            if !own {
                draft.impossible(at, message);
                return None;
            }
            draft.changed(at, "no vendor is named; the address is taken to speak OpenAI's chat API");
            Some((vendor::OPENAI.to_owned(), model.to_owned()))
        }
    }
}

/// A model's name without the words with which LiteLLM chooses a call.
fn shortened(prefix: &str, model: &str, at: &At<'_>, draft: &mut Draft) -> String {
    let words: &[&str] = if vendor::is_bedrock(prefix) {
        &["converse/", "invoke/"]
    } else if vendor::is_compatible(prefix) {
        &["responses/", "chat/"]
    } else {
        &[]
    };
    match words.iter().find_map(|word| Some((word, model.strip_prefix(word)?))) {
        Some((word, rest)) => {
            draft.changed(at, format!("{word} is not needed: Wye asks each model in a dialect that it has"));
            rest.to_owned()
        }
        None => model.to_owned(),
    }
}

fn headers(fields: &mut Fields<'_>, provider: &mut Body, draft: &mut Draft) {
    let mut headers = Body::new();
    for table in ["headers", "extra_headers"] {
        for (name, at) in fields.take(table).map(|at| at.entries()).unwrap_or_default() {
            let Some(text) = at.word() else { continue };
            let value = if sounds_secret(name) { draft.secret(&at, &text, name) } else { draft.words(&text) };
            headers.insert(name.to_owned(), value.into());
        }
    }
    if let Some(at) = fields.take("organization") {
        let all = at.texts();
        if let [first, more @ ..] = all.as_slice() {
            headers.insert("openai-organization".to_owned(), draft.words(first).into());
            if !more.is_empty() {
                draft.changed(&at, "the first organization is used; write a provider for each of the others");
            }
        }
    }
    put(provider, "headers", headers);
}

/// Fields of the body become the provider's defaults, so that a request's own go before, as they did.
fn defaults(fields: &mut Fields<'_>, provider: &mut Body, draft: &mut Draft) {
    let mut defaults = Body::new();
    for name in PARAMS {
        if let Some(at) = fields.take(name) {
            defaults.insert((*name).to_owned(), plain_json(at.json()));
        }
    }
    for (name, at) in fields.take("extra_body").map(|at| at.entries()).unwrap_or_default() {
        if sounds_secret(name) {
            draft.impossible(&at, "a credential does not belong into the body; send it in headers");
        } else {
            defaults.insert(name.to_owned(), plain_json(at.json()));
        }
    }
    put(provider, "default_params", defaults);
}

fn facts(
    fields: &mut Fields<'_>,
    info: Option<&At<'_>>,
    (tpm, rpm): (Option<At<'_>>, Option<At<'_>>),
    draft: &mut Draft,
) -> Body {
    let mut facts = Body::new();
    let mut limits = Body::new();
    for (name, ours, outer) in
        [("rpm", "rpm", rpm), ("tpm", "tpm", tpm), ("max_parallel_requests", "concurrent", None)]
    {
        let number = fields.whole(name, draft).map(|(_, n)| n).or_else(|| outer?.whole());
        limits.extend(number.map(|n| (ours.to_owned(), n.into())));
    }
    put(&mut facts, "limits", limits);
    let mut info = info.map(|info| Fields::of(info, draft));
    let mut price = Body::new();
    for (name, ours) in [
        ("input_cost_per_token", "input"),
        ("output_cost_per_token", "output"),
        ("cache_read_input_token_cost", "cache_read"),
        ("cache_creation_input_token_cost", "cache_write"),
    ] {
        let own = fields.float(name, draft);
        let cost = own.or_else(|| info.as_mut()?.float(name, draft)).and_then(|(_, cost)| per_million(cost));
        price.extend(cost.map(|cost| (ours.to_owned(), cost)));
    }
    put(&mut facts, "price", price);
    if let Some(mut info) = info {
        let most = info.whole("max_input_tokens", draft).filter(|(_, n)| *n > 0);
        facts.extend(most.map(|(_, tokens)| ("context".to_owned(), tokens.into())));
        for name in ["id", "mode", "db_model", "description", "metadata", "created_at", "updated_at"] {
            info.take(name);
        }
        for (name, at) in info.rest() {
            info.take(name);
            draft.changed(&at, "what models can do is known from the catalogue, not from here");
        }
    }
    facts
}

fn refuse(fields: &mut Fields<'_>, draft: &mut Draft) {
    for (names, why) in [
        (
            &["azure_ad_token", "tenant_id", "client_id", "client_secret"][..],
            "Azure is called with the resource's key here: write api_key",
        ),
        (&["num_retries", "max_retries"], "tries are counted by route: write retry.rounds there"),
        (
            &["max_budget", "budget_duration"],
            "spending is limited by client key, team or tag: write budgets there",
        ),
        (
            &[
                "tags",
                "mock_response",
                "cooldown_time",
                "additional_drop_params",
                "drop_params",
                "use_in_pass_through",
            ],
            "Wye has nothing like it for one deployment",
        ),
    ] {
        fields.refuse(names, why, draft);
    }
}
