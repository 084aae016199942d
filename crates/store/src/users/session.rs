//! Sessions: one row each, asked for by every request of the admin API, so that a logout is one at once everywhere.

use wye_types::Secret;

use super::{
    JOINED, JOINED_COUNT, Proof, UserRow, Users, end_other_sessions, end_sessions, nat, of, time, user,
};
use crate::audit::Entry;
use crate::{Row, Statement, StoreError};

/// Sessions of one user at most; the oldest give way.
const MOST: i64 = 50;

/// A session to be.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// A UUIDv7.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// 32 random bytes.
    pub seed: Vec<u8>,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Unix milliseconds.
    pub expires_ms: u64,
    /// The client's address.
    pub address: String,
    /// What the client says it is.
    pub agent: String,
}

/// A session.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// A UUIDv7.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// With the signing secret it makes the refresh tokens.
    pub seed: Vec<u8>,
    /// How often it was refreshed.
    pub generation: u64,
    /// When it was refreshed last, Unix milliseconds.
    pub rotated_ms: u64,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Unix milliseconds.
    pub expires_ms: u64,
    /// The client's address when it was refreshed last.
    pub address: String,
    /// What the client says it is.
    pub agent: String,
}

impl std::fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionRow").field("id", &self.id).finish_non_exhaustive()
    }
}

const COLUMNS: &str = "s.id, s.user_id, s.seed, s.generation, s.rotated_ms, s.created_ms, s.expires_ms, s.address, \
                       s.agent";

impl Users {
    /// Begins a session of a user who is enabled and still has this password hash.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the user has changed in the meantime or the proof was used before.
    pub async fn sign_in(
        &self,
        session: &NewSession,
        hash: &Secret,
        proof: Option<&Proof>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let NewSession { id, user_id, seed, created_ms, expires_ms, address, agent } = session;
        let seen = "UPDATE users SET login_ms = ? WHERE id = ? AND disabled = 0 AND hash = ? AND totp = ?";
        let with_factor = proof.is_some();
        let args = [time(*created_ms), user_id.as_str().into(), hash.expose().into(), with_factor.into()];
        let mut statements = vec![Statement::new(seen, args).expecting(1)];
        statements.extend(proof.iter().flat_map(|proof| proof.statements(user_id)));
        statements.push(Statement::new("DELETE FROM sessions WHERE expires_ms <= ?", [time(*created_ms)]));
        statements.push(Statement::new(
            "DELETE FROM sessions WHERE user_id = ? AND id NOT IN
             (SELECT id FROM sessions WHERE user_id = ? ORDER BY id DESC LIMIT ?)",
            [user_id.as_str().into(), user_id.as_str().into(), (MOST - 1).into()],
        ));
        statements.push(Statement::new(
            "INSERT INTO sessions
             (id, user_id, seed, generation, rotated_ms, created_ms, expires_ms, address, agent)
             VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)",
            [
                id.as_str().into(),
                user_id.as_str().into(),
                seed.clone().into(),
                time(*created_ms),
                time(*created_ms),
                time(*expires_ms),
                address.as_str().into(),
                agent.as_str().into(),
            ],
        ));
        statements.push(entry.statement());
        self.db.change(statements).await.map(drop)
    }

    /// A session and whose it is.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn session(&self, id: &str) -> Result<Option<(UserRow, SessionRow)>, StoreError> {
        let sql = format!(
            "SELECT {JOINED}, {COLUMNS}
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?"
        );
        let rows = self.db.rows(sql, vec![id.into()]).await?;
        rows.first().map(|row| Ok((user(row)?, session(row, JOINED_COUNT)?))).transpose()
    }

    /// The sessions of a user that have not expired, newest first.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn sessions(&self, user_id: &str, now_ms: u64) -> Result<Vec<SessionRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM sessions s WHERE s.user_id = ? AND s.expires_ms > ? ORDER BY s.id DESC"
        );
        let rows = self.db.rows(sql, vec![user_id.into(), time(now_ms)]).await?;
        rows.iter().map(|row| session(row, 0)).collect()
    }

    /// Moves a session on by one generation; `at_ms` is when, `address` and `agent` are whose request it was.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is no longer at this generation, or has ended.
    pub async fn rotate(
        &self,
        session: &SessionRow,
        at_ms: u64,
        address: &str,
        agent: &str,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET generation = generation + 1, rotated_ms = ?, address = ?, agent = ?
                   WHERE id = ? AND generation = ?";
        let args =
            [time(at_ms), address.into(), agent.into(), session.id.as_str().into(), time(session.generation)];
        self.db.change(vec![Statement::new(sql, args).expecting(1)]).await.map(drop)
    }

    /// Ends a session of a user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the user has no such session.
    pub async fn end_session(&self, user_id: &str, id: &str, entry: &Entry) -> Result<(), StoreError> {
        let sql = "DELETE FROM sessions WHERE user_id = ? AND id = ?";
        let end = Statement::new(sql, [user_id.into(), id.into()]).expecting(1);
        self.db.change(vec![end, entry.statement()]).await.map(drop)
    }

    /// Ends every session of a user, or every one but the one that is kept.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn end_sessions(
        &self,
        user_id: &str,
        kept: Option<&str>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut statements = match kept {
            Some(kept) => end_other_sessions(user_id, kept),
            None => end_sessions(user_id),
        }
        .to_vec();
        statements.push(entry.statement());
        self.db.change(statements).await.map(drop)
    }

    /// Ends logins of a user that wait for the second factor.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn end_challenges(&self, user_id: &str) -> Result<(), StoreError> {
        self.db.change(vec![of("DELETE FROM challenges WHERE user_id = ?", user_id)]).await.map(drop)
    }
}

/// Forgets what has expired: of each kind at most `most`.
pub(crate) fn forget_expired(now_ms: u64, most: i64) -> [Statement; 3] {
    let sqls = [
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_ms <= ? LIMIT ?)",
        "DELETE FROM challenges WHERE hash IN (SELECT hash FROM challenges WHERE expires_ms <= ? LIMIT ?)",
        "DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE expires_ms <= ? LIMIT ?)",
    ];
    sqls.map(|sql| Statement::new(sql, [time(now_ms), most.into()]))
}

fn session(row: &Row, from: usize) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        id: row.text(from)?.to_owned(),
        user_id: row.text(from + 1)?.to_owned(),
        seed: row.blob(from + 2)?.to_vec(),
        generation: nat(row.int(from + 3)?),
        rotated_ms: nat(row.int(from + 4)?),
        created_ms: nat(row.int(from + 5)?),
        expires_ms: nat(row.int(from + 6)?),
        address: row.text(from + 7)?.to_owned(),
        agent: row.text(from + 8)?.to_owned(),
    })
}
