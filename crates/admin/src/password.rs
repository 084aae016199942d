//! Passwords: what makes one good enough, and argon2id, two at a time, so that logins take neither all processors nor
//! all memory.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wye_types::Secret;

use crate::AuthError;
use crate::auth::random;

/// Memory of one hash in KiB, passes and lanes: OWASP's parameters for argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// Hashes at a time.
const AT_ONCE: usize = 2;
/// Who waits for a hash; more are turned away.
const LINE: usize = 32;
/// Characters at least (NIST SP 800-63B: length counts, rules of composition do not help).
const LEAST: usize = 10;
/// Bytes at most, so that nobody has us hash a book.
const MOST: usize = 256;
/// The hash of no password, for users who are not there: finding that out takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
                      $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// The commonest passwords that are long enough, in lower case.
const COMMON: [&str; 44] = [
    "0123456789",
    "0987654321",
    "1020304050",
    "1111122222",
    "1122334455",
    "1212121212",
    "123123123123",
    "1231231234",
    "1234512345",
    "123454321",
    "1234554321",
    "12345678910",
    "123456789a",
    "1234567890",
    "1234567891",
    "12345678900",
    "1234567899",
    "123456789q",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "9876543210",
    "abcdefghij",
    "administrator",
    "adminadmin",
    "changeme123",
    "changemenow",
    "iloveyou123",
    "letmein123",
    "password10",
    "password11",
    "password12",
    "password123",
    "password1234",
    "passwordpassword",
    "q1w2e3r4t5",
    "qazwsxedcrfv",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop",
    "qwertyuiop123",
    "superadmin",
    "welcome123",
    "zaq12wsxcde3",
];

/// Refuses a password that is too short, too long or too easily guessed.
///
/// # Errors
/// [`AuthError::Invalid`] for the field, with what to do.
pub(crate) fn check(field: &'static str, password: &Secret, name: &str) -> Result<(), AuthError> {
    let password = password.expose();
    let bad = |message: &str| Err(AuthError::Invalid { field, message: message.to_owned() });
    if password.len() > MOST {
        return bad("is too long; use at most 256 bytes");
    }
    let count = password.chars().count();
    if count < LEAST {
        return bad("is too short; use at least 10 characters, such as four words");
    }
    let lower = password.to_lowercase();
    if lower == name.to_lowercase() {
        return bad("is the name; choose something that others do not know");
    }
    let first = lower.chars().next();
    if COMMON.contains(&lower.as_str()) || lower.chars().all(|c| Some(c) == first) {
        return bad("is one of the first that are guessed; choose another one, such as four words");
    }
    Ok(())
}

/// Where passwords are hashed.
#[derive(Debug)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

/// A place in the line of those who want a password hashed.
#[derive(Debug)]
pub(crate) struct Line {
    places: Arc<Semaphore>,
    _waiting: OwnedSemaphorePermit,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), line: Arc::new(Semaphore::new(LINE)) }
    }

    /// Gets in line.
    ///
    /// # Errors
    /// [`AuthError::Busy`] if it is too long.
    pub(crate) fn line(&self) -> Result<Line, AuthError> {
        let waiting = Arc::clone(&self.line).try_acquire_owned().map_err(|_| AuthError::Busy)?;
        Ok(Line { places: Arc::clone(&self.places), _waiting: waiting })
    }
}

impl Line {
    /// Hashes a new password.
    ///
    /// # Errors
    /// If it cannot be hashed.
    pub(crate) async fn hash(&self, password: &Secret) -> Result<Secret, AuthError> {
        let salt = random::<16>()?;
        let password = password.clone();
        self.work(move || {
            let hash = argon2()?
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .map_err(|error| AuthError::Failed(format!("the password cannot be hashed: {error}")))?;
            Ok(Secret::new(hash.to_string()))
        })
        .await
    }

    /// Whether this is the password of the hash. Without one it takes as long and is not.
    ///
    /// # Errors
    /// If it cannot be hashed.
    pub(crate) async fn right(&self, password: &Secret, hash: Option<&Secret>) -> Result<bool, AuthError> {
        if password.expose().len() > MOST {
            return Ok(false);
        }
        let (password, hash) = (password.clone(), hash.cloned());
        self.work(move || {
            let known = hash.as_ref().map_or(NOBODY, Secret::expose);
            let parsed = PasswordHash::new(known)
                .map_err(|error| AuthError::Failed(format!("a stored hash cannot be read: {error}")))?;
            let right = argon2()?.verify_password(password.expose().as_bytes(), &parsed).is_ok();
            Ok(right && hash.is_some())
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
    ) -> Result<T, AuthError> {
        let failed = |what: &dyn std::fmt::Display| AuthError::Failed(format!("hashing failed: {what}"));
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|error| failed(&error))?;
        tokio::task::spawn_blocking(move || {
            // Held until the work is done, whether or not somebody still waits for it.
            let _place = place;
            work()
        })
        .await
        .map_err(|error| failed(&error))?
    }
}

fn argon2() -> Result<Argon2<'static>, AuthError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None)
        .map_err(|error| AuthError::Failed(format!("argon2 refuses its parameters: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn short_long_common_and_own_names_are_refused_with_what_to_do() {
        let bad =
            ["", "four", "123456789", "Password123", "QWERTYUIOP", "aaaaaaaaaaaa", "Ann-of-Green-Gables"];
        for password in bad {
            let refused = check("password", &secret(password), "ann-of-green-gables");
            assert!(matches!(refused, Err(AuthError::Invalid { field: "password", .. })), "{password}");
        }
        assert!(check("password", &secret(&"x1".repeat(129)), "ann").is_err());
        for good in ["correct horse battery", "สวัสดีชาวโลกทุกคน", "aaaaaaaaab", &"x1".repeat(128)]
        {
            assert_eq!(check("password", &secret(good), "ann"), Ok(()), "{good}");
        }
        for common in COMMON {
            assert_eq!(common, common.to_lowercase());
        }
    }

    #[tokio::test]
    async fn a_hash_tells_its_parameters_and_only_its_password_is_right() {
        let line = Passwords::new().line().unwrap();
        let hash = line.hash(&secret("correct horse battery")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
        assert!(line.right(&secret("correct horse battery"), Some(&hash)).await.unwrap());
        assert!(!line.right(&secret("correct horse batter"), Some(&hash)).await.unwrap());
        // Nobody's hash is read and worked on like any other.
        assert_eq!(line.right(&secret("correct horse battery"), None).await, Ok(false));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn a_long_line_turns_away() {
        let passwords = Passwords::new();
        let line: Vec<Line> = (0..LINE).map(|_| passwords.line().unwrap()).collect();
        assert_eq!(passwords.line().err(), Some(AuthError::Busy));
        drop(line);
        assert!(passwords.line().is_ok());
    }
}
