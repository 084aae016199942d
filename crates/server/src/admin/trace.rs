//! The audit log: what it tells of calls that change something, and reading it. Users, logins and second factors write
//! their own entries, in the same transaction.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use wye_admin::Principal;
use wye_admin::audit::{AuditOutcome, Deed, Filter};

use super::Admin;
use super::endpoint::{Call, Endpoint, Note};
use super::input::{Json, Query, Text};
use super::page::{Page, PageSize};
use super::problem::Problem;

/// What is known of a call before it is made.
pub(super) struct Traced {
    who: Option<Principal>,
    object: String,
}

impl Traced {
    pub(super) fn of(call: &Call) -> Self {
        let parts: Vec<&str> = call.path.iter().map(|(_, value)| value.as_str()).collect();
        Self { who: call.principal.clone(), object: parts.join("/") }
    }

    /// Writes what came of it.
    pub(super) async fn leave(
        self,
        admin: &Admin,
        endpoint: &Endpoint,
        note: &Note,
        failed: Option<&Problem>,
    ) {
        let Some(who) = self.who else { return };
        let mut detail = note.take();
        if let Some(problem) = failed {
            detail.insert("code".to_owned(), problem.code().into());
        }
        let outcome = if failed.is_some() { AuditOutcome::Failed } else { AuditOutcome::Ok };
        let deed = Deed { action: endpoint.name, object: &self.object, outcome };
        admin.audit.record(&who, deed, Value::Object(detail)).await;
    }
}

/// A line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditEntry {
    /// Its id.
    id: String,
    /// When, in Unix milliseconds.
    at_ms: u64,
    /// Who; empty if nobody was known.
    actor: String,
    /// What was done.
    action: String,
    /// To what.
    object: String,
    /// How it ended: `ok`, `failed` or `throttled`.
    outcome: &'static str,
    /// From where.
    address: String,
    /// What else there is to say.
    detail: Value,
}

/// Which lines are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditAsk {
    /// At this Unix millisecond or later.
    from_ms: Option<u64>,
    /// Before this Unix millisecond.
    to_ms: Option<u64>,
    /// Who did it.
    actor: Option<Text<200>>,
    /// What was done.
    action: Option<Text<200>>,
    /// To what.
    object: Option<Text<400>>,
    /// How it ended: `ok`, `failed` or `throttled`.
    outcome: Option<Text<20>>,
    /// From where.
    address: Option<Text<64>>,
    /// `next` of the page before; absent: the first page.
    cursor: Option<Text<200>>,
    /// How many lines at most: 1 to 500, 50 unless said.
    #[serde(default)]
    limit: PageSize,
}

pub(super) async fn list_audit(
    call: Call,
    Query(ask): Query<AuditAsk>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    let outcome = ask.outcome.map(|name| {
        let wrong = || Problem::field("outcome", "write ok, failed or throttled");
        AuditOutcome::parse(&name.0).ok_or_else(wrong)
    });
    let filter = Filter {
        from_ms: ask.from_ms,
        to_ms: ask.to_ms,
        actor: ask.actor.map(|text| text.0),
        action: ask.action.map(|text| text.0),
        object: ask.object.map(|text| text.0),
        outcome: outcome.transpose()?,
        address: ask.address.map(|text| text.0),
        before: ask.cursor.map(|text| text.0),
    };
    let page = call.admin.audit.find(&filter, ask.limit.0).await?;
    let items = page.entries.into_iter().map(|entry| AuditEntry {
        id: entry.id,
        at_ms: entry.at_ms,
        actor: entry.actor,
        action: entry.action,
        object: entry.object,
        outcome: entry.outcome.name(),
        address: entry.address,
        detail: entry.detail,
    });
    Ok(Json(Page { items: items.collect(), next: page.next }))
}
