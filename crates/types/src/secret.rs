//! Values that must not be printed.

use std::fmt;

/// A credential. `Debug` and `Display` show a fixed mask, so that no log line or error can carry it by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes ownership of the credential.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The credential itself. Called only where it is sent or hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn is_masked_wherever_it_is_printed() {
        let secret = Secret::new("sk-live".into());
        assert!(!format!("{secret:?} {secret}").contains("sk-live"));
        assert_eq!(secret.expose(), "sk-live");
    }
}
