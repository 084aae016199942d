//! What needs a person, worst first. The rules are `wye_admin`'s; here is what they look at.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wye_admin::advice::{self, Advice};
use wye_store::StoreError;

use super::Admin;
use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

mod gather;

/// What needs a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AdviceList {
    /// The worst first; empty: nothing does.
    items: Vec<AdviceItem>,
}

/// Something that needs a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AdviceItem {
    /// Which rule says so, such as `provider_failing`.
    kind: &'static str,
    /// How soon somebody must look: `urgent` (requests fail now), `soon`, `note`.
    severity: &'static str,
    /// What it is about: the name of a deployment, a provider, a key, a limit's owner; empty: the whole gateway.
    subject: String,
    /// Since when, in Unix milliseconds; `null`: not known.
    since_ms: Option<u64>,
    /// The facts of the message, for whoever says it in another language.
    #[schema(value_type = Object)]
    params: BTreeMap<&'static str, Value>,
    /// What is the matter, in English.
    message: String,
    /// What to do.
    action: AdviceAction,
}

/// What to do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AdviceAction {
    /// `open_deployment`, `reset_deployment`, `open_provider`, `open_key`, `raise_budget`, `open_route`, `open_settings`,
    /// `open_status` or `open_users`.
    kind: &'static str,
    /// With what; empty: with the whole gateway.
    subject: String,
}

pub(super) async fn show_advice(call: Call, (): ()) -> Result<Json<AdviceList>, Problem> {
    let items = now(&call.admin).await?.into_iter().map(AdviceItem::from).collect();
    Ok(Json(AdviceList { items }))
}

/// What needs a person now, the worst first.
pub(super) async fn now(admin: &Admin) -> Result<Vec<Advice>, StoreError> {
    Ok(advice::advise(&gather::facts(admin).await?))
}

impl From<Advice> for AdviceItem {
    fn from(advice: Advice) -> Self {
        let Advice { kind, severity, subject, since_ms, params, message, remedy: (remedy, with) } = advice;
        let action = AdviceAction { kind: remedy.name(), subject: with };
        Self { kind, severity: severity.name(), subject, since_ms, params, message, action }
    }
}
