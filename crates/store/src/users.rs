//! Users, and in the files beside it their sessions, second factors, tokens and failures in a row.
//!
//! A change comes with its entry of the audit log and is written together with it. Changes of who is an administrator
//! lock one row first and end with a check that there still is one, so that two at once cannot both take the last two.

use wye_types::Secret;

use crate::audit::Entry;
use crate::{Db, Row, Statement, StoreError, Value};

mod factor;
mod session;
mod throttle;
mod token;

pub use factor::{Challenge, Proof, ProofBy};
pub(crate) use session::forget_expired;
pub use session::{NewSession, SessionRow};
pub use throttle::Tally;
pub use token::TokenRow;

/// Locks the gate: whoever comes second waits, and sees what the first has done.
const LOCK: &str = "UPDATE user_gate SET turn = turn + 1 WHERE id = 1";
/// Touches one row if some enabled administrator is there, else none.
const SOME_ADMIN: &str = "UPDATE user_gate SET turn = turn WHERE id = 1
     AND EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND disabled = 0)";
/// Touches one row if nobody is there.
const NOBODY: &str = "UPDATE user_gate SET turn = turn WHERE id = 1 AND NOT EXISTS (SELECT 1 FROM users)";
const COLUMNS: &str = "id, name, hash, role, disabled, created_ms, login_ms, totp, totp_step, totp_secret";

/// The users of a database. Clones share it.
#[derive(Debug, Clone)]
pub struct Users {
    db: Db,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// A UUIDv7.
    pub id: String,
    /// As the user writes it.
    pub name: String,
    /// The password's argon2id hash.
    pub hash: Secret,
    /// The role's name.
    pub role: String,
    /// May not log in.
    pub disabled: bool,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// The last login, Unix milliseconds.
    pub login_ms: Option<u64>,
    /// A second factor is asked for.
    pub totp: bool,
    /// The last step whose code was accepted.
    pub totp_step: u64,
    /// The name of the secret that makes the codes; also of one that was begun and not confirmed.
    pub totp_secret: Option<String>,
}

/// A user to be.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// A UUIDv7.
    pub id: String,
    /// As the user writes it.
    pub name: String,
    /// The name in lower case.
    pub folded: String,
    /// The password's hash.
    pub hash: Secret,
    /// The role's name.
    pub role: String,
    /// Unix milliseconds.
    pub created_ms: u64,
}

/// What a new password ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends<'a> {
    /// Every session but this one.
    OtherSessions(&'a str),
    /// Every session and every token.
    All,
    /// Every session and every token, and the second factor.
    AllAndSecondFactor,
}

impl Users {
    /// The users in a database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// The database that they are in.
    #[must_use]
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// Whether there is any user.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn any(&self) -> Result<bool, StoreError> {
        Ok(!self.db.rows("SELECT id FROM users LIMIT 1", Vec::new()).await?.is_empty())
    }

    /// The user of this id.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn by_id(&self, id: &str) -> Result<Option<UserRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?");
        self.db.rows(sql, vec![id.into()]).await?.first().map(user).transpose()
    }

    /// The user of this name in lower case.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn by_name(&self, folded: &str) -> Result<Option<UserRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE folded = ?");
        self.db.rows(sql, vec![folded.into()]).await?.first().map(user).transpose()
    }

    /// At most `count` users in the order of their ids, which is that of their making, after the one of this id.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn list(&self, after: Option<&str>, count: u32) -> Result<Vec<UserRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id > ? ORDER BY id LIMIT ?");
        let args = vec![after.unwrap_or("").into(), i64::from(count).into()];
        self.db.rows(sql, args).await?.iter().map(user).collect()
    }

    /// Adds a user; `first`: only if there is none yet.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the name is; [`StoreError::Conflict`] if it was to be the first and is not, or if there
    /// would be users and no enabled administrator.
    pub async fn add(&self, new: &NewUser, first: bool, entry: &Entry) -> Result<(), StoreError> {
        let mut statements = vec![Statement::new(LOCK, []).expecting(1)];
        if first {
            statements.push(Statement::new(NOBODY, []).expecting(1));
        }
        statements.push(Statement::new(
            "INSERT INTO users (id, name, folded, hash, role, disabled, created_ms, totp, totp_step)
             VALUES (?, ?, ?, ?, ?, 0, ?, 0, 0)",
            [
                new.id.as_str().into(),
                new.name.as_str().into(),
                new.folded.as_str().into(),
                new.hash.expose().into(),
                new.role.as_str().into(),
                time(new.created_ms),
            ],
        ));
        statements.push(Statement::new(SOME_ADMIN, []).expecting(1));
        statements.push(entry.statement());
        self.db.change(statements).await.map(drop)
    }

    /// Gives a user another name.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the name is; [`StoreError::Conflict`] if there is no such user.
    pub async fn rename(&self, id: &str, name: &str, folded: &str, entry: &Entry) -> Result<(), StoreError> {
        let sql = "UPDATE users SET name = ?, folded = ? WHERE id = ?";
        let rename = Statement::new(sql, [name.into(), folded.into(), id.into()]).expecting(1);
        self.db.change(vec![rename, entry.statement()]).await.map(drop)
    }

    /// Gives a user another role. Sessions end: their access tokens tell the old one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is no such user, or no enabled administrator would be left.
    pub async fn set_role(&self, id: &str, role: &str, entry: &Entry) -> Result<(), StoreError> {
        let sql = "UPDATE users SET role = ? WHERE id = ?";
        let set = Statement::new(sql, [role.into(), id.into()]).expecting(1);
        self.keeping_an_admin(vec![set], entry).await
    }

    /// Lets a user in or keeps it out. Sessions of one that is kept out end; its tokens are kept and refused.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is no such user, or no enabled administrator would be left.
    pub async fn set_disabled(&self, id: &str, disabled: bool, entry: &Entry) -> Result<(), StoreError> {
        let sql = "UPDATE users SET disabled = ? WHERE id = ?";
        let mut statements = vec![Statement::new(sql, [disabled.into(), id.into()]).expecting(1)];
        if disabled {
            statements.extend(end_sessions(id));
        }
        self.keeping_an_admin(statements, entry).await
    }

    /// Removes a user and everything that is the user's.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is no such user, or no enabled administrator would be left.
    pub async fn delete(&self, id: &str, entry: &Entry) -> Result<(), StoreError> {
        let mut statements = vec![of("DELETE FROM users WHERE id = ?", id).expecting(1)];
        statements.extend(end_sessions(id));
        statements.push(of("DELETE FROM tokens WHERE user_id = ?", id));
        statements.push(of("DELETE FROM recovery_codes WHERE user_id = ?", id));
        self.keeping_an_admin(statements, entry).await
    }

    /// Gives a user another password.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is no such user.
    pub async fn set_hash(
        &self,
        id: &str,
        hash: &Secret,
        ends: Ends<'_>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE users SET hash = ? WHERE id = ?";
        let mut statements = vec![Statement::new(sql, [hash.expose().into(), id.into()]).expecting(1)];
        match ends {
            Ends::OtherSessions(kept) => statements.extend(end_other_sessions(id, kept)),
            Ends::All | Ends::AllAndSecondFactor => {
                statements.extend(end_sessions(id));
                statements.push(of("DELETE FROM tokens WHERE user_id = ?", id));
            }
        }
        if ends == Ends::AllAndSecondFactor {
            statements.extend(factor::off(id));
        }
        statements.push(entry.statement());
        self.db.change(statements).await.map(drop)
    }

    async fn keeping_an_admin(&self, changes: Vec<Statement>, entry: &Entry) -> Result<(), StoreError> {
        let mut statements = vec![Statement::new(LOCK, []).expecting(1)];
        statements.extend(changes);
        statements.push(Statement::new(SOME_ADMIN, []).expecting(1));
        statements.push(entry.statement());
        self.db.change(statements).await.map(drop)
    }
}

/// The columns of a user who is joined to something.
pub(crate) const JOINED: &str = "u.id, u.name, u.hash, u.role, u.disabled, u.created_ms, u.login_ms, u.totp, \
                                 u.totp_step, u.totp_secret";
/// How many they are.
pub(crate) const JOINED_COUNT: usize = 10;

/// A statement about one user.
fn of(sql: &'static str, id: &str) -> Statement {
    Statement::new(sql, [id.into()])
}

/// Ends the sessions of a user, and logins that wait for the second factor.
fn end_sessions(id: &str) -> [Statement; 2] {
    [of("DELETE FROM sessions WHERE user_id = ?", id), of("DELETE FROM challenges WHERE user_id = ?", id)]
}

fn end_other_sessions(id: &str, kept: &str) -> [Statement; 2] {
    let sql = "DELETE FROM sessions WHERE user_id = ? AND id <> ?";
    [Statement::new(sql, [id.into(), kept.into()]), of("DELETE FROM challenges WHERE user_id = ?", id)]
}

fn time(ms: u64) -> Value {
    Value::Int(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn nat(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn user(row: &Row) -> Result<UserRow, StoreError> {
    Ok(UserRow {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        hash: Secret::new(row.text(2)?.to_owned()),
        role: row.text(3)?.to_owned(),
        disabled: row.int(4)? != 0,
        created_ms: nat(row.int(5)?),
        login_ms: row.opt_int(6)?.map(nat),
        totp: row.int(7)? != 0,
        totp_step: nat(row.int(8)?),
        totp_secret: row.opt_text(9)?.map(str::to_owned),
    })
}
