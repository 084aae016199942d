//! Second factors: logins that wait for one, steps and recovery codes that were accepted, switching it on and off.

use super::{Users, end_other_sessions, nat, of, time};
use crate::audit::Entry;
use crate::{Statement, StoreError};

/// A login that waits for its second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Whose.
    pub user_id: String,
    /// Unix milliseconds.
    pub expires_ms: u64,
}

/// A second factor that was right, to be used up by the change that it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The hash of the challenge that it answers; `None` where the user is logged in already.
    pub challenge: Option<Vec<u8>>,
    /// What it was.
    pub by: ProofBy,
}

/// What proved the second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofBy {
    /// The code of this step of 30 seconds.
    Step(u64),
    /// The recovery code of this hash.
    Recovery(Vec<u8>),
}

impl Proof {
    /// The statements that use it up; each must touch one row, so that nothing is used twice, on whatever node.
    pub(super) fn statements(&self, user_id: &str) -> Vec<Statement> {
        let mut statements = Vec::new();
        if let Some(hash) = &self.challenge {
            let sql = "DELETE FROM challenges WHERE hash = ? AND user_id = ?";
            statements.push(Statement::new(sql, [hash.clone().into(), user_id.into()]).expecting(1));
        }
        statements.push(match &self.by {
            ProofBy::Step(step) => {
                let sql = "UPDATE users SET totp_step = ? WHERE id = ? AND totp = 1 AND totp_step < ?";
                Statement::new(sql, [time(*step), user_id.into(), time(*step)]).expecting(1)
            }
            ProofBy::Recovery(hash) => {
                let sql = "DELETE FROM recovery_codes WHERE user_id = ? AND hash = ?";
                Statement::new(sql, [user_id.into(), hash.clone().into()]).expecting(1)
            }
        });
        statements
    }
}

/// Switches the second factor off.
pub(super) fn off(user_id: &str) -> [Statement; 2] {
    [
        of("UPDATE users SET totp = 0, totp_step = 0, totp_secret = NULL WHERE id = ?", user_id),
        of("DELETE FROM recovery_codes WHERE user_id = ?", user_id),
    ]
}

fn add_codes(user_id: &str, codes: &[Vec<u8>]) -> Vec<Statement> {
    let mut statements = vec![of("DELETE FROM recovery_codes WHERE user_id = ?", user_id)];
    let sql = "INSERT INTO recovery_codes (user_id, hash) VALUES (?, ?)";
    statements.extend(codes.iter().map(|hash| Statement::new(sql, [user_id.into(), hash.clone().into()])));
    statements
}

impl Users {
    /// Notes a login that waits for its second factor, under the hash of its token.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn add_challenge(
        &self,
        hash: &[u8],
        challenge: &Challenge,
        now_ms: u64,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO challenges (hash, user_id, expires_ms, tries) VALUES (?, ?, ?, 0)";
        let args = [hash.to_vec().into(), challenge.user_id.as_str().into(), time(challenge.expires_ms)];
        let sweep = Statement::new("DELETE FROM challenges WHERE expires_ms <= ?", [time(now_ms)]);
        self.db.change(vec![sweep, Statement::new(sql, args), entry.statement()]).await.map(drop)
    }

    /// Counts a try of a challenge and gives it; `None` if there is none, or it had `most` tries.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn try_challenge(&self, hash: &[u8], most: u32) -> Result<Option<Challenge>, StoreError> {
        let sql = "SELECT user_id, expires_ms FROM challenges WHERE hash = ?";
        let rows = self.db.rows(sql, vec![hash.to_vec().into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let count = "UPDATE challenges SET tries = tries + 1 WHERE hash = ? AND tries < ?";
        let count = Statement::new(count, [hash.to_vec().into(), i64::from(most).into()]).expecting(1);
        match self.db.change(vec![count]).await {
            Ok(_) => Ok(Some(Challenge { user_id: row.text(0)?.to_owned(), expires_ms: nat(row.int(1)?) })),
            Err(StoreError::Conflict) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Whose login waits under this hash, without counting a try.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn challenged(&self, hash: &[u8]) -> Result<Option<String>, StoreError> {
        let sql = "SELECT user_id FROM challenges WHERE hash = ?";
        let rows = self.db.rows(sql, vec![hash.to_vec().into()]).await?;
        rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Notes which secret makes the codes of a second factor that is not on yet.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the second factor is on.
    pub async fn begin_totp(&self, user_id: &str, secret: &str, entry: &Entry) -> Result<(), StoreError> {
        let sql = "UPDATE users SET totp_secret = ?, totp_step = 0 WHERE id = ? AND totp = 0";
        let begin = Statement::new(sql, [secret.into(), user_id.into()]).expecting(1);
        self.db.change(vec![begin, entry.statement()]).await.map(drop)
    }

    /// Switches the second factor on, with the secret for which `step` was found right. Other sessions end: they were
    /// begun without it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is on already, or was begun again in the meantime.
    pub async fn confirm_totp(
        &self,
        (user_id, session): (&str, &str),
        (secret, step): (&str, u64),
        codes: &[Vec<u8>],
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE users SET totp = 1, totp_step = ? WHERE id = ? AND totp = 0 AND totp_secret = ?";
        let mut statements =
            vec![Statement::new(sql, [time(step), user_id.into(), secret.into()]).expecting(1)];
        statements.extend(add_codes(user_id, codes));
        statements.extend(end_other_sessions(user_id, session));
        statements.push(entry.statement());
        self.db.change(statements).await.map(drop)
    }

    /// Gives a user other recovery codes.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the proof was used before.
    pub async fn set_recovery_codes(
        &self,
        user_id: &str,
        codes: &[Vec<u8>],
        proof: &Proof,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut statements = proof.statements(user_id);
        statements.extend(add_codes(user_id, codes));
        statements.push(entry.statement());
        self.db.change(statements).await.map(drop)
    }

    /// How many recovery codes are left.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn recovery_codes_left(&self, user_id: &str) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?";
        let rows = self.db.rows(sql, vec![user_id.into()]).await?;
        rows.first().map_or(Ok(0), |row| row.int(0).map(nat))
    }

    /// Switches the second factor off. Without a proof (an administrator's doing) the user's sessions end too.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not on, or the proof was used before.
    pub async fn end_totp(
        &self,
        user_id: &str,
        proof: Option<&Proof>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut statements = match proof {
            Some(proof) => proof.statements(user_id),
            None => super::end_sessions(user_id).to_vec(),
        };
        statements.push(of("UPDATE users SET totp = 0 WHERE id = ? AND totp = 1", user_id).expecting(1));
        statements.extend(off(user_id));
        statements.push(entry.statement());
        self.db.change(statements).await.map(drop)
    }
}
