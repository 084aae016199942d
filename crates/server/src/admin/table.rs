//! The table of endpoints of the admin API: path, who may, what is done. There is no other way in.

use http::Method;
use wye_admin::Action::{
    AuditRead, BodiesRead, ConfigRead, ConfigWrite, FleetWrite, KeysRead, KeysWrite, LimitsRead, ModelsTry,
    RequestsRead, SecretsExport, SecretsRead, SecretsWrite, StatisticsRead, StatusRead, Users,
};

use super::endpoint::Who::{Anyone, May, Person, PersonMay, SignedIn};
use super::endpoint::{Endpoint, Output, Who};
use super::input::Input;
use super::problem::Problem;
use super::{
    account, advice, alert, catalog, config, conversation, decision, fleet, flow, forecast, grade, guide,
    judge, key, label, ledger, limit, live, model, openapi, playground, provider, provider_try, request,
    schema, secret, series, session, setting, statistic, status, template, test, trace, user, version,
};

/// The most bytes of a configuration that is imported.
const IMPORT: u64 = 16 << 20;

/// A row for each method.
macro_rules! rows {
    ($($name:ident $method:ident),*) => {$(
        fn $name<I, O, F, Fut>(path: &'static str, who: Who, handler: F) -> Endpoint
        where
            I: Input + Send + 'static,
            O: Output,
            F: Fn(super::endpoint::Call, I) -> Fut + Send + Sync + Copy + 'static,
            Fut: Future<Output = Result<O, Problem>> + Send + 'static,
        {
            Endpoint::new(Method::$method, path, who, handler)
        }
    )*};
}
rows!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

/// All of them.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [sessions(), accounts(), users(), configuration(), keys(), grades(), figures(), models()]
        .into_iter()
        .flatten()
        .collect()
}

fn sessions() -> Vec<Endpoint> {
    vec![
        get("/setup", Anyone, session::show_setup)
            .called("show_setup", "Whether the first administrator is still to be made."),
        post("/setup", Anyone, session::set_up)
            .called("set_up", "Makes the first administrator.")
            .audits_itself(),
        post("/session", Anyone, session::log_in)
            .called("log_in", "Logs in, or asks for the second factor.")
            .audits_itself(),
        post("/session/second-factor", Anyone, session::send_second_factor)
            .called("send_second_factor", "Finishes a login with a code.")
            .audits_itself(),
        post("/session/refresh", Anyone, session::refresh_session)
            .called("refresh_session", "New tokens for a refresh token, which is used up.")
            .audits_itself(),
        post("/session/logout", Person, session::log_out)
            .called("log_out", "Ends this session.")
            .audits_itself(),
        post("/session/logout-everywhere", Person, session::log_out_everywhere)
            .called("log_out_everywhere", "Ends all of one's sessions.")
            .audits_itself(),
    ]
}

fn accounts() -> Vec<Endpoint> {
    vec![
        get("/me", SignedIn, account::show_me).called("show_me", "Who asks, and what that one may do."),
        patch("/me", Person, account::rename_me).called("rename_me", "Changes one's name.").audits_itself(),
        put("/me/password", Person, account::change_password)
            .called("change_password", "Changes one's password; other sessions end.")
            .audits_itself(),
        post("/me/totp", Person, account::begin_totp)
            .called("begin_totp", "Begins a second factor: a secret and its picture.")
            .audits_itself(),
        post("/me/totp/confirm", Person, account::confirm_totp)
            .called("confirm_totp", "Switches the second factor on; gives recovery codes.")
            .audits_itself(),
        post("/me/totp/disable", Person, account::disable_totp)
            .called("disable_totp", "Switches the second factor off.")
            .audits_itself(),
        post("/me/recovery-codes", Person, account::renew_recovery_codes)
            .called("renew_recovery_codes", "Other recovery codes in place of those before.")
            .audits_itself(),
        get("/me/sessions", Person, account::list_my_sessions).called("list_my_sessions", "One's sessions."),
        delete("/me/sessions/{id}", Person, account::end_my_session)
            .called("end_my_session", "Ends one of one's sessions.")
            .audits_itself(),
        get("/me/tokens", Person, account::list_my_tokens)
            .called("list_my_tokens", "One's tokens for scripts."),
        post("/me/tokens", Person, account::create_my_token)
            .called("create_my_token", "Makes a token for scripts.")
            .audits_itself(),
        delete("/me/tokens/{id}", Person, account::delete_my_token)
            .called("delete_my_token", "Revokes one of one's tokens.")
            .audits_itself(),
    ]
}

fn users() -> Vec<Endpoint> {
    vec![
        get("/users", May(Users), user::list_users)
            .called("list_users", "Users, in the order of their making."),
        post("/users", PersonMay(Users), user::create_user)
            .called("create_user", "Makes a user.")
            .audits_itself(),
        get("/users/{id}", May(Users), user::show_user).called("show_user", "A user."),
        patch("/users/{id}", PersonMay(Users), user::change_user)
            .called("change_user", "Another name or role, or keeps the user out.")
            .audits_itself(),
        delete("/users/{id}", PersonMay(Users), user::delete_user)
            .called("delete_user", "Removes a user.")
            .audits_itself(),
        put("/users/{id}/password", PersonMay(Users), user::reset_password)
            .called("reset_password", "A password for who lost theirs; sessions and tokens end.")
            .audits_itself(),
        delete("/users/{id}/totp", PersonMay(Users), user::reset_totp)
            .called("reset_totp", "Takes the second factor away.")
            .audits_itself(),
        delete("/users/{id}/sessions", PersonMay(Users), user::end_sessions_of)
            .called("end_sessions_of", "Ends all sessions of a user.")
            .audits_itself(),
        get("/audit", May(AuditRead), trace::list_audit).called("list_audit", "The audit log, newest first."),
    ]
}

fn configuration() -> Vec<Endpoint> {
    vec![
        get("/config", May(ConfigRead), config::show_config)
            .called("show_config", "The configuration in short."),
        get("/config/items", May(ConfigRead), config::list_items)
            .called("list_items", "Its items, and who owns each."),
        get("/config/items/{kind}/{name}", May(ConfigRead), config::show_item)
            .called("show_item", "An item."),
        put("/config/items/{kind}/{name}", May(ConfigWrite), config::put_item)
            .called("put_item", "Sets an item."),
        delete("/config/items/{kind}/{name}", May(ConfigWrite), config::delete_item)
            .called("delete_item", "Removes an item."),
        post("/config/changes", May(ConfigWrite), config::change_config)
            .called("change_config", "Changes several items together."),
        post("/config/check", May(ConfigWrite), config::check_config)
            .called("check_config", "Whether a change would be taken. Changes nothing.")
            .audits_itself(),
        get("/config/versions", May(ConfigRead), version::list_versions)
            .called("list_versions", "Its versions, newest first."),
        get("/config/versions/{version}", May(ConfigRead), version::show_version)
            .called("show_version", "A version and what changed with it."),
        get("/config/diff", May(ConfigRead), version::diff_versions)
            .called("diff_versions", "What differs between two versions."),
        post("/config/rollback", May(ConfigWrite), version::roll_back_config)
            .called("roll_back_config", "A new version that is like an old one."),
        get("/config/export", May(ConfigRead), version::export_config)
            .called("export_config", "All items as YAML, without secrets."),
        post("/config/import", May(ConfigWrite), version::import_config)
            .called("import_config", "Replaces all items.")
            .taking(IMPORT),
        get("/templates", May(ConfigRead), template::list_templates)
            .called("list_templates", "Ready sets of routes."),
        post("/templates/{name}", May(ConfigWrite), template::add_template)
            .called("add_template", "Adds the routes of a template, all of them or none."),
        get("/secrets", May(SecretsRead), secret::list_secrets)
            .called("list_secrets", "Names and ends of secrets."),
        put("/secrets/{name}", May(SecretsWrite), secret::put_secret).called("put_secret", "Sets a secret."),
        delete("/secrets/{name}", May(SecretsWrite), secret::delete_secret)
            .called("delete_secret", "Removes a secret that nothing names."),
        get("/secrets-export", May(SecretsExport), secret::export_secrets)
            .called("export_secrets", "Secrets as they are sealed, to be opened under the same master key."),
        post("/secrets-import", May(SecretsExport), secret::import_secrets)
            .called("import_secrets", "Takes in what an export gave.")
            .taking(IMPORT),
    ]
}

fn keys() -> Vec<Endpoint> {
    vec![
        get("/keys", May(KeysRead), key::list_keys)
            .called("list_keys", "Client keys, without the keys themselves."),
        post("/keys", May(KeysWrite), key::create_key)
            .called("create_key", "Makes a client key, which is shown once."),
        patch("/keys/{name}", May(KeysWrite), key::change_key)
            .called("change_key", "Changes its settings, or switches it off."),
        delete("/keys/{name}", May(KeysWrite), key::delete_key).called("delete_key", "Removes it."),
        post("/keys/{name}/rotate", May(KeysWrite), key::rotate_key)
            .called("rotate_key", "Makes the key anew; the old one is refused from now on."),
        get("/keys/{name}/usage", May(LimitsRead), key::show_key_usage)
            .called("show_key_usage", "What is left of its limits and budgets."),
        get("/limits", May(LimitsRead), limit::list_limits)
            .called("list_limits", "What is left of every limit."),
    ]
}

fn grades() -> Vec<Endpoint> {
    vec![
        get("/grades", May(ConfigRead), grade::list_grades)
            .called("list_grades", "What deployments were graded, by category."),
        put("/grades", May(ConfigWrite), grade::put_grades)
            .called("put_grades", "Grades deployments, all or none; routing goes by it at once."),
        delete("/grades", May(ConfigWrite), grade::delete_grades)
            .called("delete_grades", "Removes the grades of a deployment, in one category or all."),
        post("/decisions/{id}/wrong", May(ConfigWrite), label::mark_decision_wrong).called(
            "mark_decision_wrong",
            "Says what a request really was about, or how hard it was, to train with.",
        ),
        get("/labels", May(BodiesRead), label::list_labels)
            .called("list_labels", "What requests really were about, as operators said."),
        get("/labels-export", May(BodiesRead), label::export_labels)
            .called("export_labels", "The same as JSON lines, all of it."),
        delete("/labels/{id}", May(ConfigWrite), label::delete_label)
            .called("delete_label", "Removes what was said of a request."),
    ]
}

fn models() -> Vec<Endpoint> {
    vec![
        get("/providers", May(StatusRead), provider::list_providers).called(
            "list_providers",
            "Every provider that is known or configured: what it needs, what it gives away, how it is.",
        ),
        post("/providers/try", May(ModelsTry), provider_try::try_provider)
            .called("try_provider", "Tries a provider and its key before they are saved."),
        post("/providers/{id}/try", May(ModelsTry), provider_try::try_configured_provider)
            .called("try_configured_provider", "Tries a configured provider, account by account."),
        post("/deployments/{id}/test", May(ModelsTry), test::test_deployment)
            .called("test_deployment", "Asks a deployment something small, whether it rests or not."),
        get("/models", May(StatusRead), model::list_models).called(
            "list_models",
            "All that a client can name as model, with all that is known of it, live.",
        ),
        get("/config/schema", May(ConfigRead), schema::show_schema)
            .called("show_schema", "The JSON Schema of the configuration, or of one kind of item."),
        get("/settings", May(ConfigRead), setting::list_settings).called(
            "list_settings",
            "Every setting, what holds and who says so; and the variables that the program reads.",
        ),
        post("/playground/session", PersonMay(ModelsTry), playground::open_playground).called(
            "open_playground",
            "A key for the console's own page, which ends with the session and holds on every node.",
        ),
        get("/guide", May(StatusRead), guide::show_guide)
            .called("show_guide", "What snippets of code need to call this gateway."),
    ]
}

fn figures() -> Vec<Endpoint> {
    vec![
        get("/requests", May(RequestsRead), request::list_requests)
            .called("list_requests", "Requests, newest first."),
        get("/requests/{id}", May(RequestsRead), request::show_request)
            .called("show_request", "A request; with what it said for operators, where that is kept."),
        get("/requests/{id}/conversation", May(BodiesRead), conversation::show_conversation)
            .called("show_conversation", "What was said in a request, in turns that are the same for every dialect."),
        get("/requests/{id}/ledger", May(RequestsRead), ledger::show_ledger)
            .called("show_ledger", "What a request cost, line by line."),
        get("/live", May(RequestsRead), live::follow_requests).called(
            "follow_requests",
            "Requests as they end: server-sent events `request`; `gap` where some are not told (`missed`: how many, if that \
             is known), `ended` where nothing more comes (`why`: `session` or `shutdown`).",
        ),
        get("/decisions/{id}", May(RequestsRead), decision::show_decision)
            .called("show_decision", "What became of a request, and why it went where it went."),
        post("/route", May(RequestsRead), decision::explain_route)
            .called(
                "explain_route",
                "Where a chat request would go, and why. Nothing is sent, reserved or recorded.",
            )
            .taking(IMPORT)
            .audits_itself(),
        post("/route/judge", May(ModelsTry), judge::try_judge).called(
            "try_judge",
            "Asks a route's judge, or one that is not saved yet, to rate a prompt; and where that would lead.",
        ),
        get("/deployments", May(StatusRead), fleet::list_deployments).called(
            "list_deployments",
            "How deployments and their accounts are: speed, success, rests, calls under way.",
        ),
        post("/deployments/{id}/reset", May(FleetWrite), fleet::reset_deployment).called(
            "reset_deployment",
            "Forgets that a deployment and its provider's accounts failed: it may be called at once.",
        ),
        get("/requests-export", May(BodiesRead), request::export_requests)
            .called("export_requests", "Requests as CSV or JSON lines, however many."),
        get("/statistics", May(StatisticsRead), statistic::show_statistics)
            .called("show_statistics", "Sums of requests."),
        get("/advice", May(StatusRead), advice::show_advice)
            .called("show_advice", "What needs a person, worst first."),
        get("/alerts", May(StatusRead), alert::list_alerts)
            .called("list_alerts", "Who is told of what needs a person, and what was told, newest first."),
        post("/alerts/test", May(ConfigWrite), alert::test_alerts)
            .called("test_alerts", "Sends a test to whoever is told of what needs a person."),
        get("/series", May(StatisticsRead), series::show_series)
            .called("show_series", "Sums of requests over time, for charts."),
        get("/flow", May(StatisticsRead), flow::show_flow)
            .called("show_flow", "Who asks for what, and where it goes."),
        get("/forecast", May(StatisticsRead), forecast::show_forecast)
            .called("show_forecast", "What the month will cost, and when budgets will be used up."),
        get("/savings", May(StatisticsRead), catalog::show_savings)
            .called("show_savings", "What requests cost, beside the list prices of well-known paid models."),
        get("/catalog", May(StatusRead), catalog::show_catalog)
            .called("show_catalog", "The catalogue of models: its version, its sources, how new it is."),
        get("/catalog/models", May(StatusRead), catalog::list_catalog_models)
            .called("list_catalog_models", "What is known of models, by provider."),
        get("/status", May(StatusRead), status::show_status).called("show_status", "How the gateway is."),
        get("/openapi.json", SignedIn, openapi::show_openapi).called("show_openapi", "This document."),
    ]
}
