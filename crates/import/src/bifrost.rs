//! Bifrost's `config.json`: providers with their keys, and what governance says of clients
//! (<https://docs.getbifrost.ai/deployment-guides/config-json/schema-reference>).

use wye_config::{Problem, Tree};

use crate::Kind;
use crate::draft::Draft;
use crate::field::{At, Fields};

mod governance;
mod key;
mod provider;
mod rule;

/// Maps the whole file.
pub(crate) fn map(root: &Tree, draft: &mut Draft) -> Result<(), Vec<Problem>> {
    let providers = crate::demand(root, "providers", Kind::Bifrost)?;
    let mut fields = Fields::of(&At::root(root), draft);
    fields.take("providers");
    fields.take("$schema");
    // Empty lists of models or keys meant everything in its first version, nothing later.
    let open = fields.whole("version", draft).is_some_and(|(_, version)| version == 1);
    draft.set(&["discover"], false);
    client(&mut fields, draft);
    let governance = fields.take("governance");
    if fields.take("auth_config").is_some()
        || governance.as_ref().is_some_and(|at| at.get("auth_config").is_some())
    {
        let message = "users of the admin API are made by wye admin create";
        draft.note(crate::Fate::Impossible, ("auth_config", 0), message);
    }
    for (names, why) in [
        (
            &["config_store", "logs_store", "source_of_truth", "encryption_key"][..],
            "Wye keeps configuration, records and secrets in its data folder, or in the database that DATABASE_URL names",
        ),
        (&["vector_store"], "answers are not cached yet"),
        (
            &[
                "plugins",
                "mcp",
                "guardrails_config",
                "websocket",
                "cluster_config",
                "scim_config",
                "webhooks",
            ],
            "Wye has nothing like it yet",
        ),
        (
            &["framework"],
            "prices come from the catalogue that is built in, and from price of a provider's models",
        ),
        (&["server", "env_label"], "Wye needs nothing like it"),
    ] {
        fields.refuse(names, why, draft);
    }
    fields.finish(draft);
    let mut models = provider::map(&providers, draft);
    if let Some(governance) = governance {
        governance::map(&governance, open, &mut models, draft);
    } else {
        let message = "there are no virtual keys; without client keys, Wye serves only this machine";
        draft.note(crate::Fate::Changed, ("governance", 0), message);
    }
    provider::bare(&models, draft);
    Ok(())
}

/// `client`: the gateway's own settings.
fn client(fields: &mut Fields<'_>, draft: &mut Draft) {
    let Some(at) = fields.take("client") else { return };
    let mut fields = Fields::of(&at, draft);
    if let Some(at) = fields.take("allowed_origins") {
        draft.set(&["access", "cors_origins"], at.texts());
        draft.mapped(&at, "access.cors_origins");
    }
    if let Some((at, mb)) = fields.whole("max_request_body_size_mb", draft).filter(|(_, mb)| *mb > 0) {
        draft.set(&["body_limit"], format!("{mb}MiB"));
        draft.mapped(&at, format!("body_limit: {mb}MiB"));
    }
    if let Some((at, days)) = fields.whole("log_retention_days", draft).filter(|(_, days)| *days > 0) {
        draft.set(&["log", "keep"], format!("{days}d"));
        draft.mapped(&at, format!("log.keep: {days}d"));
    }
    let logging = fields.flag("enable_logging", draft);
    let content = fields.flag("disable_content_logging", draft);
    match (&logging, &content) {
        (Some((at, false)), _) => draft.changed(at, "requests are recorded anyway, without their bodies"),
        (_, Some((at, false))) => {
            draft.set(&["log", "bodies"], "all");
            draft.mapped(at, "log.bodies: all");
        }
        (_, Some((at, true))) => draft.mapped(at, "bodies are not kept"),
        (Some((at, true)), None) => draft.mapped(at, "requests are recorded"),
        _ => {}
    }
    for name in ["enforce_governance_header", "enforce_auth_on_inference", "enforce_scim_auth"] {
        match fields.flag(name, draft) {
            Some((at, true)) => draft.mapped(&at, "where there are client keys, every request needs one"),
            Some((at, false)) => draft.changed(&at, "where there are client keys, every request needs one"),
            None => {}
        }
    }
    for (names, why) in [
        (
            &[
                "drop_excess_requests",
                "initial_pool_size",
                "disable_db_pings_in_health",
                "prometheus_labels",
                "dump_errors_in_console_logs",
            ][..],
            "Wye needs nothing like it",
        ),
        (&["allow_direct_keys"], "clients never bring keys of providers"),
        (
            &["enable_litellm_fallbacks", "compat"],
            "requests are put into what their model understands; on_loss says what happens to the rest",
        ),
        (
            &[
                "header_filter_config",
                "required_headers",
                "logging_headers",
                "whitelisted_routes",
                "allowed_headers",
            ],
            "Wye has nothing like it",
        ),
    ] {
        fields.refuse(names, why, draft);
    }
    fields.finish(draft);
}
