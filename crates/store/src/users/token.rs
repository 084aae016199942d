//! Personal tokens for scripts.

use super::{JOINED, JOINED_COUNT, UserRow, Users, nat, time, user};
use crate::audit::Entry;
use crate::{Row, Statement, StoreError};

/// A token; the secret itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// A UUIDv7.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// What its user calls it.
    pub name: String,
    /// Its last characters.
    pub hint: String,
    /// The role's name.
    pub role: String,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Unix milliseconds.
    pub expires_ms: u64,
}

const COLUMNS: &str = "t.id, t.user_id, t.name, t.hint, t.role, t.created_ms, t.expires_ms";

impl Users {
    /// Adds a token, unless the user has `most` that have not expired.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the user has too many.
    pub async fn add_token(
        &self,
        token: &TokenRow,
        hash: &[u8],
        most: u32,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let user = || token.user_id.as_str().into();
        let sweep = "DELETE FROM tokens WHERE user_id = ? AND expires_ms <= ?";
        // The first locks the user's row, so that of two at once the second counts the first.
        let lock = "UPDATE users SET disabled = disabled WHERE id = ?";
        let few = "UPDATE users SET disabled = disabled WHERE id = ?
                   AND (SELECT COUNT(*) FROM tokens WHERE user_id = ?) < ?";
        let add = "INSERT INTO tokens (id, user_id, name, hash, hint, role, created_ms, expires_ms)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        self.db
            .change(vec![
                Statement::new(lock, [user()]).expecting(1),
                Statement::new(sweep, [user(), time(token.created_ms)]),
                Statement::new(few, [user(), user(), i64::from(most).into()]).expecting(1),
                Statement::new(
                    add,
                    [
                        token.id.as_str().into(),
                        user(),
                        token.name.as_str().into(),
                        hash.to_vec().into(),
                        token.hint.as_str().into(),
                        token.role.as_str().into(),
                        time(token.created_ms),
                        time(token.expires_ms),
                    ],
                ),
                entry.statement(),
            ])
            .await
            .map(drop)
    }

    /// The token of this hash and whose it is.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn token(&self, hash: &[u8]) -> Result<Option<(UserRow, TokenRow)>, StoreError> {
        let sql = format!(
            "SELECT {JOINED}, {COLUMNS}
             FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = ?"
        );
        let rows = self.db.rows(sql, vec![hash.to_vec().into()]).await?;
        rows.first().map(|row| Ok((user(row)?, token(row, JOINED_COUNT)?))).transpose()
    }

    /// The tokens of a user, newest first.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn tokens(&self, user_id: &str) -> Result<Vec<TokenRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM tokens t WHERE t.user_id = ? ORDER BY t.id DESC");
        self.db.rows(sql, vec![user_id.into()]).await?.iter().map(|row| token(row, 0)).collect()
    }

    /// Removes a token of a user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the user has no such token.
    pub async fn remove_token(&self, user_id: &str, id: &str, entry: &Entry) -> Result<(), StoreError> {
        let sql = "DELETE FROM tokens WHERE user_id = ? AND id = ?";
        let remove = Statement::new(sql, [user_id.into(), id.into()]).expecting(1);
        self.db.change(vec![remove, entry.statement()]).await.map(drop)
    }
}

fn token(row: &Row, from: usize) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: row.text(from)?.to_owned(),
        user_id: row.text(from + 1)?.to_owned(),
        name: row.text(from + 2)?.to_owned(),
        hint: row.text(from + 3)?.to_owned(),
        role: row.text(from + 4)?.to_owned(),
        created_ms: nat(row.int(from + 5)?),
        expires_ms: nat(row.int(from + 6)?),
    })
}
