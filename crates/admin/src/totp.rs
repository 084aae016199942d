//! The second factor: codes of six digits that change every 30 seconds (RFC 6238), and recovery codes for the day on
//! which the telephone is gone.
//!
//! It is the server that asks for it: a right password alone gives a token that opens nothing. The secret is made here,
//! lies sealed in the vault and never comes from a client. A step that was accepted is not accepted again, on any node;
//! codes are throttled like passwords.

use data_encoding::{BASE32, BASE32_NOPAD};
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::json;
use totp_rs::{Algorithm, Builder, Totp};
use wye_store::StoreError;
use wye_store::audit::Outcome;
use wye_store::users::{Proof, ProofBy, UserRow};
use wye_types::Secret;

use crate::auth::{digest, random};
use crate::throttle::{Counted, Subject};
use crate::{Auth, AuthError, Client, Principal, SignedIn, Unauthenticated};

/// What the names of secrets begin with.
const SECRETS: &str = "!totp/";
const ON: &str = "the second factor is on; switch it off first";
/// Steps by which a telephone's clock may be off.
const SKEW: u16 = 1;
/// Recovery codes of a set.
const CODES: usize = 10;
/// Characters of a recovery code: 80 random bits.
const CODE: usize = 16;
/// Codes that may be tried with one login.
const TRIES: u32 = 5;

/// What is needed to put the secret into a telephone.
#[derive(Debug, Clone)]
pub struct TotpBegun {
    /// The secret in base32, for typing.
    pub secret: Secret,
    /// `otpauth://totp/…`.
    pub uri: Secret,
    /// The same as a picture.
    pub svg: Secret,
}

/// Builds the generator of a user's codes.
fn generator(secret: &[u8], name: &str) -> Result<Totp, AuthError> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(SKEW)
        .with_secret(secret.to_vec())
        .with_issuer(Some("Wye"))
        // A colon separates issuer and name in the address.
        .with_account_name(name.replace(':', "-"))
        .build()
        .map_err(|error| AuthError::Failed(format!("the second factor cannot be built: {error}")))
}

/// Six digits without the spaces that people put between them.
fn digits(code: &str) -> Option<String> {
    let bare: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    (bare.len() == 6 && bare.bytes().all(|b| b.is_ascii_digit())).then_some(bare)
}

/// The hash of a recovery code, however it is written.
fn recovery(code: &str) -> Option<Vec<u8>> {
    let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    (bare.len() == CODE).then(|| digest(bare.to_ascii_uppercase().as_bytes()).to_vec())
}

/// New recovery codes as they are shown, and their hashes.
fn recovery_codes() -> Result<(Vec<Secret>, Vec<Vec<u8>>), AuthError> {
    let (mut shown, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..CODES {
        let code = BASE32.encode(&random::<10>()?);
        hashes.push(digest(code.as_bytes()).to_vec());
        let groups: Vec<&str> = (0..CODE).step_by(4).map(|at| &code[at..at + 4]).collect();
        shown.push(Secret::new(groups.join("-").to_lowercase()));
    }
    Ok((shown, hashes))
}

impl Auth {
    /// Makes a secret for the user's telephone. Nothing is asked for until [`Auth::confirm_totp`]; beginning again makes
    /// another secret.
    ///
    /// # Errors
    /// [`AuthError::WrongCredentials`], [`AuthError::Throttled`], [`AuthError::Conflict`] if it is on.
    pub async fn begin_totp(&self, who: &Principal, password: &Secret) -> Result<TotpBegun, AuthError> {
        let me = self.confirm_password(who, password, "totp.begin").await?;
        if me.totp {
            return Err(AuthError::Conflict(ON));
        }
        let secret = random::<20>()?;
        let totp = generator(&secret, &me.name)?;
        let failed = |what: String| AuthError::Failed(format!("the QR code cannot be made: {what}"));
        let uri = totp.to_url().map_err(|error| failed(error.to_string()))?;
        let code = QrCode::new(uri.as_bytes()).map_err(|error| failed(error.to_string()))?;
        let svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
        let shown = Secret::new(BASE32_NOPAD.encode(&secret));
        // Each has a name of its own, so that a code that is checked meanwhile is checked with the one or the other.
        let name = format!("{SECRETS}{}/{}", me.id, self.id()?);
        let entry = self.by(who, "totp.begin", &me.name)?;
        self.secrets.set(&name, &shown).await?;
        let begun = self.users.begin_totp(&me.id, &name, &entry).await;
        self.forget_secret(if begun.is_ok() { me.totp_secret.as_deref() } else { Some(&name) }).await;
        match begun {
            Ok(()) => Ok(TotpBegun { secret: shown, uri: Secret::new(uri), svg: Secret::new(svg) }),
            Err(StoreError::Conflict) => Err(AuthError::Conflict(ON)),
            Err(other) => Err(other.into()),
        }
    }

    /// Switches the second factor on with a code of the secret that was begun, and gives the recovery codes. Other
    /// sessions end.
    ///
    /// # Errors
    /// [`AuthError::WrongCode`], [`AuthError::Throttled`], [`AuthError::Conflict`] if it was not begun or is on.
    pub async fn confirm_totp(&self, who: &Principal, code: &Secret) -> Result<Vec<Secret>, AuthError> {
        let session = who.require_session()?;
        let me = self.myself(who).await?;
        let not_begun = AuthError::Conflict("the second factor is on, or was not begun; begin it first");
        let Some(name) = me.totp_secret.as_deref().filter(|_| !me.totp) else { return Err(not_begun) };
        let subject = Some(Subject::Code(me.id.clone()));
        let tried = self.try_at(subject, &who.client, (&me.name, "totp.confirm")).await?;
        let Some(step) = self.step(&me, code).await? else {
            return self.wrong_code((&me.name, &who.client), "totp.confirm").await;
        };
        let (shown, hashes) = recovery_codes()?;
        let entry = self.by(who, "totp.confirm", &me.name)?;
        match self.users.confirm_totp((&me.id, session), (name, step), &hashes, &entry).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(not_begun),
            Err(other) => return Err(other.into()),
        }
        tried.succeeded().await?;
        Ok(shown)
    }

    /// Finishes a login with the token that [`Auth::login`] gave and a code or a recovery code.
    ///
    /// # Errors
    /// [`AuthError::WrongCode`], [`AuthError::Throttled`]; [`AuthError::Unauthenticated`] if the token is not one, was
    /// used, has expired or was tried too often: log in anew.
    pub async fn second_factor(
        &self,
        pre_auth: &Secret,
        code: &Secret,
        client: &Client,
    ) -> Result<SignedIn, AuthError> {
        let hash = digest(pre_auth.expose().as_bytes());
        let user_id = self.users.challenged(&hash).await?.ok_or(Unauthenticated::Ended)?;
        let user = self.users.by_id(&user_id).await?.filter(|user| user.totp && !user.disabled);
        let user = user.ok_or(Unauthenticated::Ended)?;
        let subject = Some(Subject::Code(user.id.clone()));
        let tried = self.try_at(subject, client, (&user.name, "login.second_factor")).await?;
        let challenge = self.users.try_challenge(&hash, TRIES).await?.ok_or(Unauthenticated::Ended)?;
        if challenge.expires_ms <= self.now() {
            return Err(Unauthenticated::Expired.into());
        }
        let Some(by) = self.proof(&user, code).await? else {
            return self.wrong_code((&user.name, client), "login.second_factor").await;
        };
        let proof = Proof { challenge: Some(hash.to_vec()), by };
        match self.begin_session(&user, client, Some(&proof)).await {
            Err(AuthError::WrongCode) => self.wrong_code((&user.name, client), "login.second_factor").await,
            Ok(signed) => {
                tried.succeeded().await?;
                Ok(signed)
            }
            other => other,
        }
    }

    /// Switches the second factor off, which takes the password and a code.
    ///
    /// # Errors
    /// [`AuthError::WrongCredentials`], [`AuthError::WrongCode`], [`AuthError::Throttled`], [`AuthError::Conflict`] if
    /// it is not on.
    pub async fn disable_totp(
        &self,
        who: &Principal,
        password: &Secret,
        code: &Secret,
    ) -> Result<(), AuthError> {
        let (me, proof, tried) = self.confirm_both(who, (password, code), "totp.disable").await?;
        let entry = self.by(who, "totp.disable", &me.name)?;
        match self.users.end_totp(&me.id, Some(&proof), &entry).await {
            Ok(()) => {
                self.forget_secret(me.totp_secret.as_deref()).await;
                tried.succeeded().await
            }
            Err(StoreError::Conflict) => self.wrong_code((&me.name, &who.client), "totp.disable").await,
            Err(other) => Err(other.into()),
        }
    }

    /// Gives other recovery codes in place of the ones before, which takes the password and a code.
    ///
    /// # Errors
    /// As [`Auth::disable_totp`].
    pub async fn renew_recovery_codes(
        &self,
        who: &Principal,
        password: &Secret,
        code: &Secret,
    ) -> Result<Vec<Secret>, AuthError> {
        let (me, proof, tried) = self.confirm_both(who, (password, code), "totp.recovery_codes").await?;
        let (shown, hashes) = recovery_codes()?;
        let entry = self.by(who, "totp.recovery_codes", &me.name)?;
        match self.users.set_recovery_codes(&me.id, &hashes, &proof, &entry).await {
            Ok(()) => {
                tried.succeeded().await?;
                Ok(shown)
            }
            Err(StoreError::Conflict) => {
                self.wrong_code((&me.name, &who.client), "totp.recovery_codes").await
            }
            Err(other) => Err(other.into()),
        }
    }

    /// How many of one's recovery codes are left.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn recovery_codes_left(&self, who: &Principal) -> Result<u64, AuthError> {
        Ok(self.users.recovery_codes_left(&who.user_id).await?)
    }

    /// Takes a user's second factor away, and ends the sessions.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`], [`AuthError::NotFound`], [`AuthError::Conflict`] if it is not on.
    pub async fn reset_totp(&self, who: &Principal, user_id: &str) -> Result<(), AuthError> {
        self.require_users(who)?;
        let user = self.user(who, user_id).await?;
        let entry = self.by(who, "user.reset_totp", &user.name)?;
        let secret = self.users.by_id(user_id).await?.and_then(|row| row.totp_secret);
        match self.users.end_totp(user_id, None, &entry).await {
            Ok(()) => {
                self.forget_secret(secret.as_deref()).await;
                self.forgive(&Subject::Code(user_id.to_owned())).await
            }
            Err(StoreError::Conflict) => Err(AuthError::Conflict("the user has no second factor")),
            Err(other) => Err(other.into()),
        }
    }

    /// Asks for the password and a code. The proof is not used up yet, and only then is it known to be one.
    async fn confirm_both<'a>(
        &'a self,
        who: &Principal,
        (password, code): (&Secret, &Secret),
        action: &str,
    ) -> Result<(UserRow, Proof, Counted<'a>), AuthError> {
        if !self.myself(who).await?.totp {
            return Err(AuthError::Conflict("the second factor is not on"));
        }
        let me = self.confirm_password(who, password, action).await?;
        let subject = Some(Subject::Code(me.id.clone()));
        let tried = self.try_at(subject, &who.client, (&me.name, action)).await?;
        match self.proof(&me, code).await? {
            Some(by) => Ok((me, Proof { challenge: None, by }, tried)),
            None => self.wrong_code((&me.name, &who.client), action).await,
        }
    }

    /// What a code proves; `None`: nothing. It is not used up by this.
    async fn proof(&self, user: &UserRow, code: &Secret) -> Result<Option<ProofBy>, AuthError> {
        if let Some(hash) = recovery(code.expose()) {
            // Whether it is one of the user's shows when it is used up.
            return Ok(Some(ProofBy::Recovery(hash)));
        }
        let step = self.step(user, code).await?;
        Ok(step.filter(|step| *step > user.totp_step).map(ProofBy::Step))
    }

    /// The step of which this is the code.
    async fn step(&self, user: &UserRow, code: &Secret) -> Result<Option<u64>, AuthError> {
        let gone = || AuthError::Failed("the second factor's secret is gone".to_owned());
        let Some(code) = digits(code.expose()) else { return Ok(None) };
        let name = user.totp_secret.as_deref().ok_or_else(gone)?;
        let shown = self.secrets.get(name).await?.ok_or_else(gone)?;
        let secret = BASE32_NOPAD.decode(shown.expose().as_bytes()).map_err(|_| gone())?;
        Ok(generator(&secret, &user.name)?.check(&code, self.now() / 1000))
    }

    /// Removes a secret that is no longer anybody's. One that stays opens nothing.
    pub(crate) async fn forget_secret(&self, name: Option<&str>) {
        if let Some(name) = name
            && let Err(error) = self.secrets.remove(name).await
        {
            tracing::warn!("the secret of a second factor that is off stays in the vault: {error}");
        }
    }

    async fn wrong_code<T>(&self, (who, client): (&str, &Client), action: &str) -> Result<T, AuthError> {
        let entry = self.entry((who, client), action, "", (Outcome::Failed, json!({"why": "wrong code"})))?;
        wye_store::audit::write(self.users.db(), &entry).await?;
        Err(AuthError::WrongCode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B has eight digits; the last six of them are the code of six.
        let totp = generator(b"12345678901234567890", "ann").unwrap();
        for (time, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(totp.generate(time).to_string(), eight[2..]);
            assert_eq!(totp.check(&eight[2..], time), Some(time / 30));
            assert_eq!(totp.check(&eight[2..], time + 60), None);
        }
    }

    #[test]
    fn a_code_is_six_digits_and_a_recovery_code_is_read_however_it_is_written() {
        assert_eq!(digits(" 123 456 ").as_deref(), Some("123456"));
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６", "-12345"] {
            assert_eq!(digits(bad), None, "{bad}");
        }
        let (shown, hashes) = recovery_codes().unwrap();
        assert_eq!((shown.len(), hashes.len()), (CODES, CODES));
        for (code, hash) in shown.iter().zip(&hashes) {
            assert_eq!(recovery(code.expose()).as_ref(), Some(hash));
            assert_eq!(recovery(&code.expose().to_uppercase().replace('-', " ")).as_ref(), Some(hash));
        }
        assert_eq!(recovery("123456"), None);
    }

    #[test]
    fn a_name_with_a_colon_is_no_issuer() {
        let uri = generator(&[1; 20], "evil:ann&issuer=Bank").unwrap().to_url().unwrap();
        assert!(
            uri.starts_with("otpauth://totp/Wye:evil%2Dann")
                || uri.starts_with("otpauth://totp/Wye:evil-ann"),
            "{uri}"
        );
        assert!(!uri.contains("&issuer=Bank"), "{uri}");
    }
}
