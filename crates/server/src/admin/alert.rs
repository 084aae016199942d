//! Who is told of what needs a person, what was told, and a test of it.

use serde::Serialize;
use utoipa::ToSchema;
use wye_admin::alert::{self, AlertTable, Outcome, State, Told};
use wye_types::Map;

use super::endpoint::Call;
use super::input::{Json, Query};
use super::page::PageAsk;
use super::problem::Problem;

mod body;
mod post;
mod work;

pub use work::Alerts;

/// Where to write an address, for whoever has none.
const HOW: &str = "nobody is told yet: store the receiver's address as a secret, and write webhook: vault:NAME \
                   with its name into the setting `alerts`, or webhook: into alerts: of the configuration file";

/// Who is told of what needs a person, and what was told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertList {
    /// Whether anybody is told.
    enabled: bool,
    /// The receiver's host; the rest of its address is a secret.
    to: Option<String>,
    /// What the receiver takes: `json`, `slack` or `discord`.
    style: &'static str,
    /// The least severity that is told: `urgent`, `soon` or `note`.
    least: &'static str,
    /// What was told or waits to be, newest first. The newest 1,000 of 30 days are kept.
    items: Vec<AlertView>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertView {
    /// Its id, as the receiver gets it.
    id: String,
    /// When it was made, in Unix milliseconds.
    at_ms: u64,
    /// Which rule of the advice says so; `test`: none, it was a test.
    kind: String,
    /// How soon somebody must look: `urgent`, `soon`, `note`.
    severity: String,
    /// What it is about; empty: the whole gateway.
    subject: String,
    /// `raised` (it began), `still` (it goes on), `resolved` (it is over) or `test`.
    state: String,
    /// `delivered`, `failed` (it is not tried again) or `waiting`.
    outcome: &'static str,
    /// The receiver's last HTTP status; `null`: it gave none.
    status: Option<u16>,
    /// How often it was sent.
    attempts: u32,
    /// What is the matter, in English.
    message: String,
    /// The facts of the message, as the advice had them, for whoever says it in another language.
    #[schema(value_type = Object)]
    params: Map,
    /// Why it was not delivered, in English; `null`: it was, or was not tried yet.
    why: Option<String>,
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertTest {
    /// Whether the receiver took it.
    ok: bool,
    /// Its HTTP status; `null`: it gave none.
    status: Option<u16>,
    /// How long it took, in milliseconds.
    ms: u64,
    /// What happened and what to do, for people.
    message: String,
}

impl From<Told> for AlertView {
    fn from(told: Told) -> Self {
        let Told { message, outcome, status, attempts, said } = told;
        Self {
            id: message.id,
            at_ms: message.at_ms,
            kind: message.kind,
            severity: message.severity,
            subject: message.subject,
            state: message.state,
            outcome: outcome.name(),
            status,
            attempts,
            message: message.message,
            params: serde_json::from_str(&message.params).unwrap_or_default(),
            why: said,
        }
    }
}

pub(super) async fn list_alerts(call: Call, Query(ask): Query<PageAsk>) -> Result<Json<AlertList>, Problem> {
    let current = call.admin.configurator.current();
    let config = &current.config.alerts;
    let before = ask.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let (items, next) = AlertTable::new(call.admin.db.clone()).list(before, ask.limit.0).await?;
    Ok(Json(AlertList {
        enabled: config.webhook.is_some(),
        to: config.to().map(str::to_owned),
        style: config.style.name(),
        least: config.least.name(),
        items: items.into_iter().map(AlertView::from).collect(),
        next,
    }))
}

pub(super) async fn test_alerts(call: Call, (): ()) -> Result<Json<AlertTest>, Problem> {
    let admin = &call.admin;
    let config = admin.configurator.current().config.alerts.clone();
    let Some(to) = config.to().map(str::to_owned) else {
        call.note.add("ok", false);
        return Ok(Json(AlertTest { ok: false, status: None, ms: 0, message: HOW.to_owned() }));
    };
    let (begun, at_ms) = (admin.clock.mono(), admin.clock.unix_ms());
    let id = admin.pipeline.new_id(at_ms).to_string();
    let message = alert::message(id, at_ms, State::Test, alert::test());
    let sent = Box::pin(post::post(&config, &message, &admin.node, at_ms)).await;
    let ms = admin.clock.mono().saturating_sub(begun);
    let (status, why) = match &sent {
        Ok(status) => (Some(*status), None),
        Err(refused) => (refused.status, Some(refused.why.clone())),
    };
    let outcome = if sent.is_ok() { Outcome::Delivered } else { Outcome::Failed };
    let told = Told { message, outcome, status, attempts: 1, said: why.clone() };
    if let Err(error) = AlertTable::new(admin.db.clone()).keep(&told).await {
        tracing::warn!(%error, "a test of alerts is not kept");
    }
    call.note.add("ok", sent.is_ok());
    let message = match why {
        None => format!("{to} took it"),
        Some(why) => format!("{to} did not take it: {why}"),
    };
    let ms = u64::try_from(ms.as_millis()).unwrap_or(u64::MAX);
    Ok(Json(AlertTest { ok: sent.is_ok(), status, ms, message }))
}
