//! Kept responses as rows.

use std::sync::Arc;

use bytes::Bytes;
use wye_types::DeploymentId;
use wye_types::kept::KeptResponse;

use crate::{Db, Row, Statement, StoreError, Value};

/// The level of zstd at which most is gained for the time it takes.
const LEVEL: i32 = 3;
/// Most bytes that a row may unpack to: a bound against rows that are not ours.
const MOST: usize = 128 << 20;

fn int(n: impl TryInto<i64>) -> Value {
    Value::Int(n.try_into().unwrap_or(i64::MAX))
}

fn pack(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::bulk::compress(bytes, LEVEL).map_err(|error| StoreError::Broken(error.to_string()))
}

fn unpack(packed: &[u8], bytes: usize) -> Result<Bytes, StoreError> {
    let unpacked = zstd::bulk::decompress(packed, bytes.min(MOST));
    unpacked.map(Bytes::from).map_err(|error| StoreError::Broken(format!("a kept response: {error}")))
}

/// Writes a response; one of the same name is replaced.
pub(super) fn insert(kept: &KeptResponse) -> Result<Statement, StoreError> {
    let sql = "INSERT INTO responses (owner, id, at_ms, previous, provider, model, account, upstream, bytes, input, response)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, id) DO UPDATE SET at_ms = excluded.at_ms,
               previous = excluded.previous, provider = excluded.provider, model = excluded.model,
               account = excluded.account, upstream = excluded.upstream, bytes = excluded.bytes, input = excluded.input,
               response = excluded.response";
    let part = |of: fn(&DeploymentId) -> &str| kept.deployment.as_deref().map_or("", of).into();
    Ok(Statement::new(
        sql,
        [
            kept.owner.as_str().into(),
            kept.id.as_str().into(),
            int(kept.at_ms),
            kept.previous.clone().into(),
            part(|deployment| &deployment.provider),
            part(|deployment| &deployment.model),
            kept.account.as_str().into(),
            kept.upstream.into(),
            int(kept.size()),
            pack(&kept.input)?.into(),
            pack(&kept.response)?.into(),
        ],
    ))
}

fn read(row: &Row) -> Result<KeptResponse, StoreError> {
    let bytes = usize::try_from(row.int(8)?).unwrap_or(MOST);
    let (provider, model) = (row.text(4)?, row.text(5)?);
    let deployment = DeploymentId { provider: provider.to_owned(), model: model.to_owned() };
    Ok(KeptResponse {
        owner: row.text(0)?.to_owned(),
        id: row.text(1)?.to_owned(),
        at_ms: u64::try_from(row.int(2)?).unwrap_or(0),
        previous: row.opt_text(3)?.map(str::to_owned),
        deployment: (!provider.is_empty()).then(|| Arc::new(deployment)),
        account: row.text(6)?.to_owned(),
        upstream: row.int(7)? != 0,
        input: unpack(row.blob(9)?, bytes)?,
        response: unpack(row.blob(10)?, bytes)?,
    })
}

/// A response of an owner.
pub(super) async fn find(db: &Db, owner: &str, id: &str) -> Result<Option<KeptResponse>, StoreError> {
    let sql = "SELECT owner, id, at_ms, previous, provider, model, account, upstream, bytes, input, response
               FROM responses WHERE owner = ? AND id = ?";
    let rows = db.rows(sql, vec![owner.into(), id.into()]).await?;
    rows.first().map(read).transpose()
}

/// A response and those that it goes on from, the newest first. Looks first how much it is: a conversation that is too
/// long is never read: `None`. It ends where one was deleted, which [`KeptResponse::previous`] of the last one shows.
pub(super) async fn chain(
    db: &Db,
    owner: &str,
    id: &str,
    (longest, most): (usize, usize),
) -> Result<Option<Vec<KeptResponse>>, StoreError> {
    const CHAIN: &str = "WITH RECURSIVE chain (id, previous, place) AS (
               SELECT id, previous, CAST(0 AS BIGINT) FROM responses WHERE owner = ? AND id = ?
               UNION ALL SELECT r.id, r.previous, chain.place + 1 FROM responses r JOIN chain ON r.id = chain.previous
               WHERE r.owner = ? AND chain.place < ?)";
    let args = || -> Vec<Value> { vec![owner.into(), id.into(), owner.into(), int(longest), owner.into()] };
    let sql = format!(
        "{CHAIN} SELECT COUNT(*), CAST(COALESCE(SUM(r.bytes), 0) AS BIGINT) FROM chain JOIN responses r ON r.id = chain.id
         WHERE r.owner = ?"
    );
    let rows = db.rows(sql, args()).await?;
    let over = |value: i64, most: usize| usize::try_from(value).unwrap_or(usize::MAX) > most;
    if let Some(row) = rows.first()
        && (over(row.int(0)?, longest) || over(row.int(1)?, most))
    {
        return Ok(None);
    }
    let sql = format!(
        "{CHAIN} SELECT r.owner, r.id, r.at_ms, r.previous, r.provider, r.model, r.account, r.upstream, r.bytes, r.input,
         r.response FROM chain JOIN responses r ON r.id = chain.id WHERE r.owner = ? ORDER BY chain.place"
    );
    db.rows(sql, args()).await?.iter().map(read).collect::<Result<_, _>>().map(Some)
}

/// Deletes a response.
pub(super) fn delete(owner: &str, id: &str) -> Statement {
    Statement::new("DELETE FROM responses WHERE owner = ? AND id = ?", [owner.into(), id.into()])
}

/// Deletes the oldest of those that were kept before a Unix millisecond, at most `most`.
pub(crate) fn forget(before_ms: u64, most: i64) -> Statement {
    let sql = "DELETE FROM responses WHERE (owner, id) IN
               (SELECT owner, id FROM responses WHERE at_ms < ? ORDER BY at_ms LIMIT ?)";
    Statement::new(sql, [int(before_ms), most.into()])
}
