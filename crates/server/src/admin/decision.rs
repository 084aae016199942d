//! Why requests went where they went.

use wye_store::log::Entry;
use wye_types::RequestId;

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;
use crate::why::Trace;

pub(super) async fn show_decision(call: Call, (): ()) -> Result<Json<Trace>, Problem> {
    let missing = || Problem::missing("request", call.param("id"));
    let id = RequestId::parse(call.param("id")).ok_or_else(missing)?;
    let entry = Entry::whole(&call.admin.db, id).await?;
    entry.map(|entry| Json(Trace::from(entry))).ok_or_else(missing)
}
