//! Logging in, staying in and leaving.
//!
//! A session lasts 30 days from its login, whatever happens. Its access token lasts 15 minutes; the refresh token is
//! changed with every use, and one that comes a second time ends the session, since one of the two who had it stole it.
//! Within [`GRACE_MS`] of a change the token before is answered with the same successor: two tabs that refresh at once,
//! or an answer that got lost, are no theft.

use serde_json::json;
use wye_store::StoreError;
use wye_store::audit::Outcome;
use wye_store::users::{Challenge, NewSession, Proof, SessionRow, UserRow};
use wye_types::Secret;

use crate::auth::{digest, random};
use crate::throttle::Subject;
use crate::user::{missing, role};
use crate::{Action, Auth, AuthError, Client, Principal, Unauthenticated, UserView, Via, token};

mod access;

/// An access token is good for so long, in seconds.
const ACCESS_S: u64 = 15 * 60;
/// A session lasts so long, in ms.
const SESSION_MS: u64 = 30 * 24 * 3600 * 1000;
/// The refresh token before the last is answered alike for so long, in ms.
const GRACE_MS: u64 = 10_000;
/// A login waits so long for its second factor, in ms.
const CHALLENGE_MS: u64 = 5 * 60 * 1000;
/// How often somebody else may refresh first.
const ROUNDS: u32 = 4;

/// A login that went well so far.
#[derive(Debug, Clone)]
pub enum Login {
    /// Logged in.
    In(Box<SignedIn>),
    /// The password was right; [`Auth::second_factor`] takes this token and a code, once.
    SecondFactor {
        /// What is to be sent with the code. It is good for nothing else.
        pre_auth: Secret,
        /// Unix milliseconds.
        expires_ms: u64,
    },
}

/// A session and its tokens.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whose.
    pub user: UserView,
    /// The session's id.
    pub session: String,
    /// The access token.
    pub access: Secret,
    /// When it expires, Unix milliseconds.
    pub access_expires_ms: u64,
    /// The refresh token. It is good for one use.
    pub refresh: Secret,
    /// When it and the session expire, Unix milliseconds.
    pub refresh_expires_ms: u64,
}

/// A session as its user may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// A UUIDv7.
    pub id: String,
    /// When it was begun, Unix milliseconds.
    pub created_ms: u64,
    /// When it was refreshed last, Unix milliseconds.
    pub seen_ms: u64,
    /// Unix milliseconds.
    pub expires_ms: u64,
    /// The client's address when it was refreshed last; may be empty.
    pub address: String,
    /// What the client said it is.
    pub agent: String,
    /// It is the one that asks.
    pub current: bool,
}

impl Auth {
    /// Checks a name and a password.
    ///
    /// # Errors
    /// [`AuthError::WrongCredentials`], [`AuthError::Throttled`], [`AuthError::Busy`].
    pub async fn login(&self, name: &str, password: &Secret, client: &Client) -> Result<Login, AuthError> {
        let line = self.passwords.line()?;
        let folded = name.to_lowercase();
        let user = self.users.by_name(&folded).await?;
        // What was typed where no account is may be a password: it is not written down.
        let who = user.as_ref().map_or("", |user| user.name.as_str());
        let tried = self.try_at(Some(Subject::Account(folded)), client, (who, "login")).await?;
        let right = line.right(password, user.as_ref().map(|user| &user.hash)).await?;
        let refused =
            |why: &str| self.entry((who, client), "login", "", (Outcome::Failed, json!({"why": why})));
        let entry = match &user {
            None => refused("unknown name")?,
            Some(_) if !right => refused("wrong password")?,
            Some(user) if user.disabled => refused("disabled")?,
            Some(user) => {
                tried.succeeded().await?;
                return self.password_was_right(user, client).await;
            }
        };
        wye_store::audit::write(self.users.db(), &entry).await?;
        Err(AuthError::WrongCredentials)
    }

    async fn password_was_right(&self, user: &UserRow, client: &Client) -> Result<Login, AuthError> {
        if !user.totp {
            return self.begin_session(user, client, None).await.map(|signed| Login::In(Box::new(signed)));
        }
        let secret = data_encoding::BASE64URL_NOPAD.encode(&random::<32>()?);
        let (now, expires_ms) = (self.now(), self.now() + CHALLENGE_MS);
        let challenge = Challenge { user_id: user.id.clone(), expires_ms };
        let entry = self.entry((&user.name, client), "login.password", "", (Outcome::Ok, json!({})))?;
        self.users.add_challenge(&digest(secret.as_bytes()), &challenge, now, &entry).await?;
        Ok(Login::SecondFactor { pre_auth: Secret::new(secret), expires_ms })
    }

    /// Begins a session of a user who has proved to be the one.
    pub(crate) async fn begin_session(
        &self,
        user: &UserRow,
        client: &Client,
        proof: Option<&Proof>,
    ) -> Result<SignedIn, AuthError> {
        let now = self.now();
        let new = NewSession {
            id: self.id()?,
            user_id: user.id.clone(),
            seed: random::<32>()?.to_vec(),
            created_ms: now,
            expires_ms: now + SESSION_MS,
            address: client.address(),
            agent: client.agent.clone(),
        };
        let detail = json!({"session": new.id, "second_factor": proof.is_some()});
        let entry = self.entry((&user.name, client), "login", "", (Outcome::Ok, detail))?;
        match self.users.sign_in(&new, &user.hash, proof, &entry).await {
            Ok(()) => {}
            // The code was used by somebody else at this moment; or the user was changed.
            Err(StoreError::Conflict) if proof.is_some() => return Err(AuthError::WrongCode),
            Err(StoreError::Conflict) => return Err(AuthError::WrongCredentials),
            Err(other) => return Err(other.into()),
        }
        let session = SessionRow {
            id: new.id,
            user_id: new.user_id,
            seed: new.seed,
            generation: 0,
            rotated_ms: now,
            created_ms: now,
            expires_ms: new.expires_ms,
            address: new.address,
            agent: new.agent,
        };
        self.signed_in(user, &session, 0).await
    }

    async fn signed_in(
        &self,
        user: &UserRow,
        session: &SessionRow,
        generation: u64,
    ) -> Result<SignedIn, AuthError> {
        let from_s = self.now() / 1000;
        // Never longer than the session.
        let to_s = (from_s + ACCESS_S).min(session.expires_ms / 1000);
        let (view, signing) = (UserView::of(user)?, self.signing().await?);
        Ok(SignedIn {
            access: signing.access_token((&user.id, &session.id), view.role, (from_s, to_s))?,
            user: view,
            session: session.id.clone(),
            access_expires_ms: to_s * 1000,
            refresh: signing.refresh_token(session, generation)?,
            refresh_expires_ms: session.expires_ms,
        })
    }

    /// Gives new tokens for a refresh token, which is used up by it.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`]: there is nothing to refresh; log in.
    pub async fn refresh(&self, token: &Secret, client: &Client) -> Result<SignedIn, AuthError> {
        let (id, generation) = access::named(token).ok_or(Unauthenticated::Invalid)?;
        for _ in 0..ROUNDS {
            let (user, session) = self.users.session(id).await?.ok_or(Unauthenticated::Ended)?;
            if !self.signing().await?.is_refresh_token(&session, generation, token)? {
                return Err(Unauthenticated::Invalid.into());
            }
            let now = self.now();
            if session.expires_ms <= now || user.disabled {
                return Err(Unauthenticated::Ended.into());
            }
            if generation == session.generation {
                match self.users.rotate(&session, now, &client.address(), &client.agent).await {
                    Ok(()) => return self.signed_in(&user, &session, generation + 1).await,
                    // Another tab was first: look again.
                    Err(StoreError::Conflict) => continue,
                    Err(other) => return Err(other.into()),
                }
            }
            // A clock that went back makes the grace no longer than it is.
            let fresh = now.abs_diff(session.rotated_ms) <= GRACE_MS;
            if generation.checked_add(1) == Some(session.generation) && fresh {
                return self.signed_in(&user, &session, session.generation).await;
            }
            let detail =
                json!({"session": session.id, "generation": generation, "newest": session.generation});
            let entry = self.entry((&user.name, client), "session.reuse", "", (Outcome::Failed, detail))?;
            match self.users.end_session(&user.id, &session.id, &entry).await {
                Ok(()) | Err(StoreError::Conflict) => return Err(Unauthenticated::Reused.into()),
                Err(other) => return Err(other.into()),
            }
        }
        Err(AuthError::Busy)
    }

    /// Who this is: an access token in a cookie or a header, or a personal token in a header.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`], or if the database cannot answer.
    pub async fn authenticate(
        &self,
        presented: &str,
        via: Via,
        client: &Client,
    ) -> Result<Principal, AuthError> {
        match via {
            Via::Bearer | Via::Token if token::looks_like(presented) => {
                self.token_user(presented, client).await
            }
            Via::Bearer | Via::Cookie => self.session_user(presented, via, client).await,
            Via::Token | Via::Console => Err(Unauthenticated::Invalid.into()),
        }
    }

    async fn session_user(&self, presented: &str, via: Via, client: &Client) -> Result<Principal, AuthError> {
        let claims = self.signing().await?.claims(presented, self.now())?;
        let (user, session) = self.users.session(&claims.sid).await?.ok_or(Unauthenticated::Ended)?;
        let role = role(&user.role)?;
        let stands = user.id == claims.sub
            && !user.disabled
            && role.name() == claims.role
            && session.expires_ms > self.now();
        if !stands {
            return Err(Unauthenticated::Ended.into());
        }
        Ok(Principal {
            user_id: user.id,
            name: user.name,
            role,
            session: Some(session.id),
            via,
            client: client.clone(),
        })
    }

    /// Whether the session of whoever was let in still stands, and the user with the same role. Only sessions are looked
    /// up: what came with a token is asked for that again ([`Self::authenticate`]).
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn still_stands(&self, who: &Principal) -> Result<bool, AuthError> {
        let Some(id) = &who.session else { return Ok(true) };
        let user = self.standing(id).await?;
        Ok(user.is_some_and(|user| user.id == who.user_id && user.role == who.role.name()))
    }

    /// Whether a session still stands, and its user may do this.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn session_may(&self, session: &str, action: Action) -> Result<bool, AuthError> {
        let Some(user) = self.standing(session).await? else { return Ok(false) };
        Ok(role(&user.role)?.may(action))
    }

    /// The user of a session that has not ended, unless the user may not log in.
    pub(crate) async fn standing(&self, session: &str) -> Result<Option<UserRow>, AuthError> {
        let found = self.users.session(session).await?;
        Ok(found
            .filter(|(user, session)| !user.disabled && session.expires_ms > self.now())
            .map(|(user, _)| user))
    }

    /// Ends the session that asks.
    ///
    /// # Errors
    /// [`AuthError::NeedsSession`], or if the database cannot.
    pub async fn logout(&self, who: &Principal) -> Result<(), AuthError> {
        let session = who.require_session()?;
        let entry = self.by(who, "logout", "")?;
        match self.users.end_session(&who.user_id, session, &entry).await {
            // It has ended already.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Ends the session of a refresh token, for a browser whose access token has expired. A token that is none of ours
    /// ends nothing, and nobody is told.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn logout_by_refresh(&self, token: &Secret, client: &Client) -> Result<(), AuthError> {
        let Some((id, generation)) = access::named(token) else { return Ok(()) };
        let Some((user, session)) = self.users.session(id).await? else { return Ok(()) };
        if !self.signing().await?.is_refresh_token(&session, generation, token)? {
            return Ok(());
        }
        let entry = self.entry((&user.name, client), "logout", "", (Outcome::Ok, json!({})))?;
        match self.users.end_session(&user.id, &session.id, &entry).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Ends every session of the user who asks, this one included.
    ///
    /// # Errors
    /// [`AuthError::NeedsSession`], or if the database cannot.
    pub async fn logout_everywhere(&self, who: &Principal) -> Result<(), AuthError> {
        who.require_session()?;
        let entry = self.by(who, "logout.everywhere", "")?;
        Ok(self.users.end_sessions(&who.user_id, None, &entry).await?)
    }

    /// One's own sessions, newest first.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn sessions(&self, who: &Principal) -> Result<Vec<SessionView>, AuthError> {
        let rows = self.users.sessions(&who.user_id, self.now()).await?;
        Ok(rows
            .into_iter()
            .map(|row| SessionView {
                current: who.session.as_deref() == Some(&row.id),
                id: row.id,
                created_ms: row.created_ms,
                seen_ms: row.rotated_ms,
                expires_ms: row.expires_ms,
                address: row.address,
                agent: row.agent,
            })
            .collect())
    }

    /// Ends one of one's own sessions.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::NeedsSession`].
    pub async fn end_session(&self, who: &Principal, id: &str) -> Result<(), AuthError> {
        who.require_session()?;
        let mut entry = self.by(who, "session.end", "")?;
        entry.detail = json!({"session": id});
        missing(self.users.end_session(&who.user_id, id, &entry).await)
    }

    /// Ends every session of another user.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`], [`AuthError::NotFound`].
    pub async fn end_sessions_of(&self, who: &Principal, user_id: &str) -> Result<(), AuthError> {
        self.require_users(who)?;
        let user = self.user(who, user_id).await?;
        let entry = self.by(who, "user.end_sessions", &user.name)?;
        Ok(self.users.end_sessions(user_id, None, &entry).await?)
    }
}
