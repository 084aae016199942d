//! A key of one of Bifrost's providers, which may say where the provider lives.

use wye_providers::Auth;
use wye_types::DialectId;

use crate::address::{self, Asked, Home};
use crate::draft::Draft;
use crate::field::{At, Fields};
use crate::lite_llm::signed;
use crate::vendor;

/// A key of a provider.
pub(super) struct Key<'t> {
    pub(super) at: At<'t>,
    pub(super) name: String,
    pub(super) weight: f64,
    pub(super) models: Vec<String>,
    /// Other names of models.
    pub(super) aliases: Vec<(String, String)>,
    pub(super) home: Home,
    pub(super) reference: Option<String>,
}

/// Reads a key. `None` if it cannot be used, which is reported.
pub(super) fn read_key<'t>(
    at: &At<'t>,
    (name, vendor): (&str, &str),
    base_url: Option<&str>,
    draft: &mut Draft,
) -> Option<Key<'t>> {
    let mut fields = Fields::of(at, draft);
    let title = fields.text("name", draft).map(|(_, title)| title.to_owned());
    let title = title
        .or_else(|| fields.text("id", draft).map(|(_, id)| id.to_owned()))
        .unwrap_or_else(|| "key".to_owned());
    fields.take("id");
    let value = fields
        .take("value")
        .and_then(|at| Some((at.clone(), words(&at)?)))
        .filter(|(_, text)| !text.trim().is_empty());
    let models = fields.take("models").map(|at| at.texts()).unwrap_or_default();
    let weight = fields.float("weight", draft).map_or(1.0, |(_, weight)| weight);
    let aliases = fields.take("aliases");
    let off = fields.flag("enabled", draft).is_some_and(|(_, enabled)| !enabled);
    fields.refuse(&["use_for_batch_api", "blacklisted_models"], "Wye has nothing like it for one key", draft);
    let mut aliases: Vec<(String, String)> = aliases.as_ref().map(names).unwrap_or_default();
    let mut signing = Vec::new();
    let mut url =
        place(&mut fields, (&mut aliases, &mut signing), draft).or_else(|| base_url.map(str::to_owned));
    fields.finish(draft);
    if off {
        draft.changed(at, "it is switched off and left out");
        return None;
    }
    let row = vendor::row(vendor);
    if row.is_some_and(|row| row.local || row.own) {
        url = url.map(|url| {
            if url.trim_end_matches('/').ends_with("/v1") {
                url
            } else {
                format!("{}/v1", url.trim_end_matches('/'))
            }
        });
    }
    // Bifrost's dialect for those that it only knows by address.
    let dialect = row.is_none().then_some(DialectId::OpenAiChat);
    let Some(home) = address::home(Asked { name: Some(vendor), base_url: url.as_deref(), dialect }) else {
        draft
            .impossible(at, format!("Wye does not know {name}; give its address as network_config.base_url"));
        return None;
    };
    let reference = match value {
        Some((at, text)) => Some(draft.secret(&at, &text, &format!("{name}_{title}"))),
        None if vendor::is_bedrock(vendor) => signed(&signing, at, draft),
        None => None,
    };
    if vendor::is_vertex(vendor) && reference.is_none() {
        draft.implied.insert("GOOGLE_APPLICATION_CREDENTIALS".to_owned());
        draft.changed(
            at,
            "the service account is the file that GOOGLE_APPLICATION_CREDENTIALS names; set it to the path",
        );
    }
    let found = vendor::is_bedrock(vendor) || vendor::is_vertex(vendor);
    if reference.is_none() && !found && home.row.is_some_and(|row| row.auth != Auth::None && !row.local) {
        draft.impossible(at, "it has no value, and Wye calls this provider with a key; set value");
        return None;
    }
    aliases.retain(|(alias, model)| alias != model);
    Some(Key { at: at.clone(), name: title, weight, models, aliases, home, reference })
}

/// Where a key's own settings say that the provider lives; notes other names of models that stand there.
fn place<'t>(
    fields: &mut Fields<'t>,
    (aliases, signing): (&mut Vec<(String, String)>, &mut Vec<At<'t>>),
    draft: &mut Draft,
) -> Option<String> {
    let azure = fields.take("azure_key_config");
    let bedrock = fields.take("bedrock_key_config");
    let mut url = None;
    if let Some(azure) = azure {
        let mut azure = Fields::of(&azure, draft);
        let endpoint = azure.take("endpoint").and_then(|at| words(&at)).map(|text| draft.address(&text));
        let version = azure.take("api_version").and_then(|at| words(&at)).map(|text| draft.words(&text));
        aliases.extend(azure.take("deployments").as_ref().map(names).unwrap_or_default());
        azure.refuse(
            &["client_id", "client_secret", "tenant_id", "scopes"],
            "Azure is called with the resource's key: set value",
            draft,
        );
        azure.finish(draft);
        url = endpoint.map(|endpoint| address::azure(&endpoint, version.as_deref()));
    }
    if let Some(bedrock) = bedrock {
        let mut bedrock = Fields::of(&bedrock, draft);
        let region = bedrock.take("region").and_then(|at| words(&at)).map(|text| draft.words(&text));
        aliases.extend(bedrock.take("deployments").as_ref().map(names).unwrap_or_default());
        let pair =
            ["access_key", "secret_key", "session_token"].into_iter().filter_map(|name| bedrock.take(name));
        signing.extend(pair);
        let why = "roles of Amazon's are not taken: give a pair of keys, or value";
        bedrock.refuse(&["role_arn", "external_id", "session_name"], why, draft);
        bedrock.refuse(&["arn", "batch_s3_config"], "Wye has nothing like it", draft);
        bedrock.finish(draft);
        url = region.map(|region| address::bedrock(&region)).or(url);
    }
    if let Some(vertex) = fields.take("vertex_key_config") {
        let mut vertex = Fields::of(&vertex, draft);
        let project = vertex.take("project_id").and_then(|at| words(&at)).map(|text| draft.words(&text));
        let region = vertex.take("region").and_then(|at| words(&at)).map(|text| draft.words(&text));
        aliases.extend(vertex.take("deployments").as_ref().map(names).unwrap_or_default());
        for name in ["auth_credentials", "project_number"] {
            vertex.take(name);
        }
        vertex.finish(draft);
        let region = region.unwrap_or_else(|| "us-central1".to_owned());
        url = project.map(|project| address::vertex(&project, &region)).or(url);
    }
    for name in ["ollama_key_config", "vllm_key_config", "sgl_key_config"] {
        if let Some(own) = fields.take(name) {
            url = own.get("url").and_then(|at| words(&at)).map(|text| draft.address(&text)).or(url);
        }
    }
    url
}

/// A text, or the form with `value` or `env_var` in a table.
fn words(at: &At<'_>) -> Option<String> {
    if let Some(variable) =
        at.get("env_var").and_then(|at| at.text().map(str::to_owned)).filter(|name| !name.is_empty())
    {
        return Some(if variable.starts_with("env.") { variable } else { format!("env.{variable}") });
    }
    at.word().or_else(|| at.get("value")?.word())
}

/// Other names and the models behind them.
fn names(at: &At<'_>) -> Vec<(String, String)> {
    let model = |at: &At<'_>| {
        at.text().map(str::to_owned).or_else(|| at.get("model_id").or(at.get("model_name"))?.word())
    };
    at.entries().into_iter().filter_map(|(alias, at)| Some((alias.to_owned(), model(&at)?))).collect()
}
