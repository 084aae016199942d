//! PostgreSQL: a pool of connections.

use std::error::Error as _;
use std::fmt::Write as _;
use std::num::TryFromIntError;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Budget, Gate, Statement};
use crate::{Row, StoreError, Value};

/// Connections at most.
const CONNECTIONS: usize = 8;
/// How long to wait for a connection, to be made or to become free.
const PATIENCE: Duration = Duration::from_secs(5);
/// What takes longer is given up: a server that no longer answers, or a lock that nobody lets go of, must look like a
/// database that is away, not like one that is slow for ever.
const LONGEST: Duration = Duration::from_secs(30);
/// A connection on which nothing comes is asked after this time whether it still stands.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A PostgreSQL database. Clones share its connections.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
    pub(super) gate: Gate,
}

impl std::fmt::Debug for Postgres {
    /// The address may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connections are made when they are needed.
    pub(super) fn later(url: &str) -> Result<Self, StoreError> {
        let mut config: Config = url.parse().map_err(|_| {
            StoreError::Address("it is not an address such as postgres://user@host/name".to_owned())
        })?;
        config.connect_timeout(PATIENCE).application_name("wye");
        // A server whose machine is gone sends nothing, not even an end.
        config.keepalives_idle(KEEPALIVE).tcp_user_timeout(LONGEST);
        let recycle = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if config.get_ssl_mode() == tokio_postgres::config::SslMode::Disable {
            Manager::from_config(config, NoTls, recycle)
        } else {
            Manager::from_config(config, MakeRustlsConnect::new(tls()), recycle)
        };
        let timeouts = Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) };
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Broken(error.to_string()))?;
        Ok(Self { pool, gate: Gate::default() })
    }

    /// Does some work on a connection.
    async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let taken = self.pool.get().await.map_err(|error| away(&error))?;
        let mut lent = Lent(Some(taken));
        let Some(client) = &mut lent.0 else { return Err(StoreError::Broken("no connection".to_owned())) };
        let done = tokio::time::timeout(LONGEST, work(client)).await.map_err(|_| {
            StoreError::Unavailable(format!("it did not answer within {} s", LONGEST.as_secs()))
        })?;
        // Back to the pool.
        drop(lent.0.take());
        done
    }

    pub(super) async fn rows(&self, asked: Statement) -> Result<Vec<Row>, StoreError> {
        self.with(async |client| {
            let statement = client.prepare_cached(&numbered(&asked.sql)).await.map_err(|e| failed(&e))?;
            let args: Vec<&(dyn ToSql + Sync)> = asked.args.iter().map(|a| a as _).collect();
            let rows = client.query(&statement, &args).await.map_err(|e| failed(&e))?;
            rows.iter().map(row).collect()
        })
        .await
    }

    pub(super) async fn change(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        self.with(async |client| {
            let transaction = client.transaction().await.map_err(|e| failed(&e))?;
            let mut prepared = Vec::with_capacity(statements.len());
            for statement in &statements {
                let sql = numbered(&statement.sql);
                prepared.push(transaction.prepare_cached(&sql).await.map_err(|e| failed(&e))?);
            }
            // Sent one behind the other without waiting for answers: a batch of the log costs one way to the server, not
            // a thousand. They are executed, and their answers looked at, in order.
            let running = statements.iter().zip(&prepared).map(|(statement, prepared)| {
                let transaction = &transaction;
                async move {
                    let args: Vec<&(dyn ToSql + Sync)> = statement.args.iter().map(|a| a as _).collect();
                    let rows = transaction.execute(prepared, &args).await.map_err(|e| failed(&e))?;
                    match statement.expect {
                        // Dropping the transaction undoes it.
                        Some(expected) if expected != rows => Err(StoreError::Conflict),
                        _ => Ok(rows),
                    }
                }
            });
            let touched = futures_util::future::try_join_all(running).await?;
            transaction.commit().await.map_err(|e| failed(&e))?;
            Ok(touched)
        })
        .await
    }

    pub(super) async fn change_some(
        &self,
        changes: Vec<Vec<Statement>>,
        budget: &Budget,
    ) -> Result<Vec<u64>, StoreError> {
        self.with(async |client| {
            let transaction = client.transaction().await.map_err(|e| failed(&e))?;
            let (mut touched, end) = (Vec::with_capacity(changes.len()), budget.end());
            for change in &changes {
                let mut rows = 0;
                for statement in change {
                    let prepared = transaction.prepare_cached(&numbered(&statement.sql)).await;
                    let args: Vec<&(dyn ToSql + Sync)> = statement.args.iter().map(|a| a as _).collect();
                    let done = transaction.execute(&prepared.map_err(|e| failed(&e))?, &args).await;
                    rows = done.map_err(|e| failed(&e))?;
                    if statement.expect.is_some_and(|expected| expected != rows) {
                        return Err(StoreError::Conflict);
                    }
                }
                touched.push(rows);
                if budget.is_over(end) {
                    break;
                }
            }
            transaction.commit().await.map_err(|e| failed(&e))?;
            Ok(touched)
        })
        .await
    }

    /// Runs several statements without values, for migrations.
    pub(crate) async fn script(&self, sql: &str) -> Result<(), StoreError> {
        // However long: a big table is changed as fast as it can be.
        let client = self.pool.get().await.map_err(|error| away(&error))?;
        client.batch_execute(sql).await.map_err(|e| failed(&e))
    }
}

/// A connection that goes back to the pool only when its work was seen through. One that was left in the middle, because
/// nobody waits any longer, is closed: whoever got it next would wait behind what is still under way.
struct Lent(Option<Object>);

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.take().map(Object::take);
    }
}

fn away(error: &PoolError) -> StoreError {
    match error {
        PoolError::Backend(inner) => failed(inner),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// Writes `?` as `$1`, `$2`, … Texts in quotes are left alone.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 8);
    let (mut quoted, mut count) = (false, 0);
    for c in sql.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                out.push(c);
            }
            '?' if !quoted => {
                count += 1;
                // Writing to a String cannot fail.
                let _ = write!(out, "${count}");
            }
            _ => out.push(c),
        }
    }
    out
}

fn row(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    (0..row.len()).map(|at| column(row, at)).collect::<Result<_, _>>().map(Row).map_err(|e| failed(&e))
}

fn column(row: &tokio_postgres::Row, at: usize) -> Result<Value, tokio_postgres::Error> {
    let kind = row.columns()[at].type_();
    Ok(match *kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(at)?.into(),
        Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(i64::from).into(),
        Type::INT2 => row.try_get::<_, Option<i16>>(at)?.map(i64::from).into(),
        Type::BOOL => row.try_get::<_, Option<bool>>(at)?.into(),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at)?.into(),
        Type::FLOAT4 => row.try_get::<_, Option<f32>>(at)?.map(f64::from).into(),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at)?.into(),
        _ => row.try_get::<_, Option<String>>(at)?.into(),
    })
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) => match *kind {
                Type::BOOL => (*n != 0).to_sql(kind, out),
                Type::INT2 => i16::try_from(*n)?.to_sql(kind, out),
                Type::INT4 => i32::try_from(*n)?.to_sql(kind, out),
                #[expect(clippy::cast_precision_loss, reason = "the column holds fractions")]
                Type::FLOAT8 => (*n as f64).to_sql(kind, out),
                _ => n.to_sql(kind, out),
            },
            Self::Real(n) => n.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn failed(error: &tokio_postgres::Error) -> StoreError {
    let Some(code) = error.code() else {
        // A value that does not fit into its column was never sent.
        if error.source().is_some_and(|source| source.is::<TryFromIntError>()) {
            return StoreError::Broken(error.to_string());
        }
        return StoreError::Unavailable(error.to_string());
    };
    let told = error.as_db_error().map_or_else(|| error.to_string(), |e| e.message().to_owned());
    match code.code() {
        _ if *code == SqlState::UNIQUE_VIOLATION => StoreError::Taken,
        _ if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED => {
            StoreError::Conflict
        }
        // Connections (08), resources (53), operators (57) and systems (58): it may work later.
        // A wrong user or password (28), no such database (3D): waiting does not help.
        code if ["28", "3D"].contains(&&code[..2]) => StoreError::Address(told),
        code if ["08", "53", "57", "58"].contains(&&code[..2]) => StoreError::Unavailable(told),
        // It is not for writing now, such as one that stands by for another.
        _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::Unavailable(told),
        _ => StoreError::Broken(told),
    }
}

fn tls() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // One that cannot be read vouches for nobody.
        let _ = roots.add(certificate);
    }
    rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn places_are_numbered_outside_of_quotes() {
        assert_eq!(numbered("SELECT '?' , ? WHERE a = ?"), "SELECT '?' , $1 WHERE a = $2");
    }
}
