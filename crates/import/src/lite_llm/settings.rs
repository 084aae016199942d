//! `router_settings`, `litellm_settings` and `general_settings`.

use wye_config::Content;

use super::{Policy, place};
use crate::draft::{Body, Draft};
use crate::field::Fields;

const OBSERVED: &str =
    "requests are recorded by Wye itself: see log in its configuration, and docs/openapi.json";
const NO_CACHE: &str = "answers are not cached yet";
const SHARED: &str =
    "processes share limits through the server that VALKEY_URL names: set it in the environment";
const RESTS: &str = "accounts that fail rest by themselves here, as long as the provider says or by a ladder";
const ADMIN: &str = "the admin API has users and roles of its own: wye admin create";
const LOGS: &str = "what is logged is chosen by RUST_LOG in the environment";

/// `litellm_settings`.
pub(super) fn litellm(root: &mut Fields<'_>, policy: &mut Policy, draft: &mut Draft) {
    let Some(at) = root.take("litellm_settings") else { return };
    let mut fields = Fields::of(&at, draft);
    if let Some((at, drop)) = fields.flag("drop_params", draft) {
        let word = if drop { "drop" } else { "refuse" };
        draft.set(&["defaults", "on_loss"], word);
        draft.mapped(&at, format!("defaults.on_loss: {word}"));
    }
    tries(&mut fields, policy, "request_timeout", draft);
    lists(&mut fields, policy, draft);
    for (names, why) in [
        (
            &[
                "callbacks",
                "failure_callback",
                "json_logs",
                "langfuse_default_tags",
                "redact_messages_in_exceptions",
                "redact_user_api_key_info",
                "service_callbacks",
                "success_callback",
                "turn_off_message_logging",
            ][..],
            OBSERVED,
        ),
        (&["cache", "cache_params", "enable_caching_on_provider_specific_optional_params"], NO_CACHE),
        (&["set_verbose", "suppress_debug_info"], LOGS),
        (&["mcp_aliases", "guardrails"], "Wye has nothing like it yet"),
        (
            &["max_budget", "budget_duration"],
            "spending is limited by client key, team or tag: write budgets there",
        ),
        (
            &["ssl_verify", "ssl_certificate"],
            "certificates are checked; tls_verify: false of a provider is for test servers",
        ),
        (
            &["modify_params", "force_ipv4", "telemetry", "num_retries_per_request"],
            "Wye needs nothing like it",
        ),
    ] {
        fields.refuse(names, why, draft);
    }
    fields.finish(draft);
}

/// `router_settings`.
pub(super) fn router(root: &mut Fields<'_>, policy: &mut Policy, draft: &mut Draft) {
    let Some(at) = root.take("router_settings") else { return };
    let mut fields = Fields::of(&at, draft);
    if let Some((at, strategy)) = fields.text("routing_strategy", draft) {
        let message = format!("{strategy} becomes ordered: targets are asked as they stand in the route");
        draft.changed(&at, message);
    }
    fields.refuse(&["routing_strategy_args"], "the strategy ordered has no settings", draft);
    tries(&mut fields, policy, "timeout", draft);
    if let Some((at, wait)) = fields.float("retry_after", draft) {
        draft.set(&["defaults", "retry", "backoff"], super::seconds(wait.max(0.001)));
        draft.mapped(&at, "defaults.retry.backoff; doubled for each further round");
    }
    if let Some((_, seconds)) = fields.float("stream_timeout", draft) {
        policy.stream_timeout = Some(seconds);
    }
    lists(&mut fields, policy, draft);
    for (alias, at) in fields.take("model_group_alias").map(|at| at.entries()).unwrap_or_default() {
        let of = at.text().map(str::to_owned).or_else(|| at.get("model")?.text().map(str::to_owned));
        match of {
            Some(of) => policy.aliases.push((alias.to_owned(), of, place(&at))),
            None => draft.impossible(&at, "this names no group"),
        }
        if at.get("hidden").is_some_and(|at| at.flag() == Some(true)) {
            draft.changed(&at, "it was hidden from the list of models and is in it here");
        }
    }
    if let Some((at, _)) = fields.flag("enable_pre_call_checks", draft) {
        draft.mapped(&at, "a prompt that is too long for a target's context goes to a larger one anyway");
    }
    for (names, why) in [
        (&["allowed_fails", "cooldown_time", "disable_cooldowns", "allowed_fails_policy"][..], RESTS),
        (&["redis_host", "redis_password", "redis_port", "redis_url"], SHARED),
        (&["cache_responses", "cache_kwargs", "caching_groups"], NO_CACHE),
        (
            &["retry_policy", "model_group_retry_policy"],
            "what is retried is said by status: write retry.statuses of a route",
        ),
        (
            &["enable_tag_filtering", "tag_filtering_match_any"],
            "targets are not chosen by tags: give each key the models it may call",
        ),
        (&["debug_level", "set_verbose"], LOGS),
    ] {
        fields.refuse(names, why, draft);
    }
    fields.finish(draft);
}

/// How often and how long; `timeout`: what the section calls it.
fn tries(fields: &mut Fields<'_>, policy: &mut Policy, timeout: &str, draft: &mut Draft) {
    if let Some((at, retries)) = fields.whole("num_retries", draft) {
        policy.retries = Some(retries);
        draft.changed(
            &at,
            "each route goes through its targets so often that there are as many tries (retry.rounds)",
        );
    }
    if let Some((at, seconds)) = fields.float(timeout, draft) {
        policy.timeout = Some(seconds);
        let message =
            "this was the time of one call; here timeouts.total is the time of all calls for a request";
        draft.changed(&at, message);
    }
}

/// Every kind of fallbacks.
fn lists(fields: &mut Fields<'_>, policy: &mut Policy, draft: &mut Draft) {
    for name in ["fallbacks", "context_window_fallbacks"] {
        for item in fields.take(name).map(|at| at.items()).unwrap_or_default() {
            for (group, at) in item.entries() {
                let others = at.texts();
                if name != "fallbacks" {
                    draft.changed(
                        &at,
                        "these are asked when anything fails, those with a larger context for long prompts",
                    );
                }
                if matches!(&at.tree.value, Content::List(items) if items.is_empty()) {
                    draft.mapped(&at, "it falls back to nobody");
                } else if others.is_empty() {
                    draft.impossible(&at, "this is no list of groups");
                } else if group == "*" {
                    policy.default_fallbacks.extend(others);
                    draft.mapped(&at, "groups that have no fallbacks of their own end with these");
                } else {
                    policy.fallbacks.push((group.to_owned(), others, place(&at)));
                }
            }
        }
    }
    if let Some(at) = fields.take("default_fallbacks") {
        policy.default_fallbacks.extend(at.texts());
        draft.mapped(&at, "groups that have no fallbacks of their own end with these");
    }
    let why = "a refusal on grounds of content is an answer here, and nobody else is asked";
    fields.refuse(&["content_policy_fallbacks"], why, draft);
}

/// `general_settings`.
pub(super) fn general(root: &mut Fields<'_>, draft: &mut Draft) {
    let Some(at) = root.take("general_settings") else { return };
    let mut fields = Fields::of(&at, draft);
    match fields.text("master_key", draft) {
        Some((at, key)) => {
            let reference = draft.secret(&at, key, "master_key");
            draft.key("master", Body::from_iter([("key".to_owned(), reference.into())]));
            draft.changed(
                &at,
                "it calls models as before; the admin API is for users (wye admin create), not for keys",
            );
        }
        None => draft
            .changed(&at, "there is no master_key here; without client keys, Wye serves only this machine"),
    }
    if let Some(at) = fields.take("database_url") {
        let message = "Wye has a database of its own (DATABASE_URL). Virtual keys, teams and budgets are in LiteLLM's \
                       and are not imported: make each key anew with wye keys create";
        draft.impossible(&at, message);
    }
    spend(&mut fields, draft);
    for (names, why) in [
        (&["alerting", "alerting_threshold", "alert_types", "alerting_args"][..], "Wye sends no alerts yet"),
        (
            &["background_health_checks", "health_check_interval", "health_check_details"],
            "models are not called to see whether they live",
        ),
        (
            &[
                "enable_jwt_auth",
                "litellm_jwtauth",
                "custom_auth",
                "custom_sso",
                "allowed_routes",
                "ui_access_mode",
                "default_team_disabled",
            ],
            ADMIN,
        ),
        (
            &[
                "database_connection_pool_limit",
                "database_connection_timeout",
                "allow_requests_on_db_unavailable",
                "disable_spend_logs",
                "disable_master_key_return",
                "proxy_batch_write_at",
                "store_model_in_db",
                "use_redis_transaction_buffer",
            ],
            "Wye keeps its own records and serves without its database",
        ),
        (
            &["key_management_system", "key_management_settings"],
            "secrets are in the environment, in files, or in Wye's vault",
        ),
        (
            &["max_parallel_requests", "global_max_parallel_requests"],
            "write limits.concurrent of a provider or of a client key",
        ),
        (
            &[
                "pass_through_endpoints",
                "forward_client_headers_to_llm_api",
                "infer_model_from_keys",
                "completion_model",
            ],
            "Wye has nothing like it",
        ),
    ] {
        fields.refuse(names, why, draft);
    }
    fields.finish(draft);
}

/// What is kept of requests.
fn spend(fields: &mut Fields<'_>, draft: &mut Draft) {
    if let Some((at, keep)) = fields.flag("store_prompts_in_spend_logs", draft) {
        if keep {
            draft.set(&["log", "bodies"], "all");
        }
        draft.mapped(&at, if keep { "log.bodies: all" } else { "bodies are not kept" });
    }
    if let Some((at, keep)) = fields.text("maximum_spend_logs_retention_period", draft) {
        draft.set(&["log", "keep"], keep);
        draft.mapped(&at, format!("log.keep: {keep}"));
    }
    if let Some((at, _)) = fields.text("maximum_spend_logs_retention_interval", draft) {
        draft.mapped(&at, "what is too old is removed as it becomes so");
    }
}
