//! LiteLLM's `config.yaml`: model groups become routes, deployments their targets
//! (<https://docs.litellm.ai/docs/proxy/config_settings>).

use serde_json::Value as Json;
use wye_config::{Problem, Tree};

use crate::Kind;
use crate::draft::{Body, Draft};
use crate::field::{At, Fields};

mod access;
mod deployment;
mod fallback;
mod group;
mod settings;

pub(crate) use access::signed;

/// What holds for every model group.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// How often a group is tried again.
    pub(crate) retries: Option<u64>,
    /// How long a call may take, in seconds.
    pub(crate) timeout: Option<f64>,
    /// How long a stream may take, in seconds.
    pub(crate) stream_timeout: Option<f64>,
    /// Where requests go that a group could not serve: the group, the others, where that was written.
    pub(crate) fallbacks: Vec<(String, Vec<String>, Where)>,
    /// The same for groups that have none of their own.
    pub(crate) default_fallbacks: Vec<String>,
    /// Other names of groups.
    pub(crate) aliases: Vec<(String, String, Where)>,
}

/// Where something stood.
pub(crate) type Where = (String, usize);

pub(crate) fn place(at: &At<'_>) -> Where {
    (at.path.clone(), at.line())
}

/// Maps the whole file.
pub(crate) fn map(root: &Tree, draft: &mut Draft) -> Result<(), Vec<Problem>> {
    let list = crate::demand(root, "model_list", Kind::LiteLlm)?;
    if list.items().is_empty() {
        return Err(vec![crate::problem(
            list.line(),
            &list.path,
            "this is no list of models; nothing would be served",
        )]);
    }
    let mut fields = Fields::of(&At::root(root), draft);
    fields.take("model_list");
    given(&mut fields, draft);
    let credentials = credentials(&mut fields, draft);
    let mut policy = Policy::default();
    settings::litellm(&mut fields, &mut policy, draft);
    settings::router(&mut fields, &mut policy, draft);
    settings::general(&mut fields, draft);
    let unlike = "Wye has nothing like it yet";
    fields.refuse(
        &[
            "callback_settings",
            "guardrails",
            "mcp_servers",
            "search_tools",
            "vector_store_registry",
            "policies",
        ],
        unlike,
        draft,
    );
    fields.finish(draft);
    let names: Vec<&str> = list.items().iter().filter_map(|item| item.get("model_name")?.text()).collect();
    let wild = |name: &&str| name.ends_with("/*");
    let open: Vec<&str> = names.iter().filter(|n| wild(n)).filter_map(|n| n.strip_suffix("/*")).collect();
    let explicit = names.iter().copied().filter(|name| !wild(name));
    let of_open = |name: &&str| name.split_once('/').is_some_and(|(first, _)| open.contains(&first));
    let aliases: Vec<String> = policy.aliases.iter().map(|(name, ..)| name.clone()).collect();
    draft.reserve(explicit.chain(aliases.iter().map(String::as_str)).filter(|name| !of_open(name)));
    let mut entries = Vec::new();
    for item in list.items() {
        entries.extend(deployment::read(&item, &credentials, draft));
    }
    draft.set(&["discover"], false);
    let groups = group::group(entries, draft);
    fallback::routes(groups, &policy, draft);
    Ok(())
}

/// `environment_variables`: what they hold is as good as written where they are named.
fn given(fields: &mut Fields<'_>, draft: &mut Draft) {
    let Some(at) = fields.take("environment_variables") else { return };
    for (name, value) in at.entries() {
        if let Some(word) = value.word() {
            draft.given.push((name.to_owned(), word));
            draft.changed(
                &value,
                "Wye sets no variables; where this one is named, its value is used or sealed",
            );
        }
    }
}

/// `credential_list`: by name, what deployments refer to.
fn credentials<'t>(fields: &mut Fields<'t>, draft: &mut Draft) -> Vec<(String, At<'t>)> {
    let mut credentials = Vec::new();
    for item in fields.take("credential_list").map(|at| at.items()).unwrap_or_default() {
        let mut fields = Fields::of(&item, draft);
        let name = fields.text("credential_name", draft);
        let values = fields.take("credential_values");
        fields.take("credential_info");
        fields.finish(draft);
        if let Some(((_, name), values)) = name.zip(values) {
            draft.mapped(&item, format!("used where {name} is named"));
            credentials.push((name.to_owned(), values));
        }
    }
    credentials
}

/// A number of seconds as the configuration writes it, at most an hour.
pub(crate) fn seconds(seconds: f64) -> Json {
    let most = seconds.clamp(0.001, 3600.0);
    let text =
        if most.fract() == 0.0 { format!("{most}s") } else { format!("{}ms", (most * 1000.0).round()) };
    Json::String(text)
}

/// A price per token as dollars per million tokens, exact to what the configuration can say.
pub(crate) fn per_million(per_token: f64) -> Option<Json> {
    let dollars = (per_token * 1e12).round() / 1e6;
    (dollars <= 1e6).then(|| dollars.into())
}

/// Puts a table into another unless it is empty.
pub(crate) fn put(body: &mut Body, name: &str, table: Body) {
    if !table.is_empty() {
        body.insert(name.to_owned(), Json::Object(table));
    }
}
