//! What of a configuration may be shown, and how two are told apart. Credentials are left out of both, so that a page or
//! a log can have them.

use std::fmt;

use super::{Config, Credential, ProviderConfig};

impl fmt::Debug for ProviderConfig {
    /// Headers and proxies may carry credentials, so their values are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ProviderConfig")
            .field("id", &self.id)
            .field("dialect", &self.dialect)
            .field("base_url", &self.base_url)
            .field("also", &self.also)
            .field("rules", &self.rules)
            .field("serves", &self.serves)
            .field("registry", &self.registry)
            .field("accounts", &self.accounts)
            .field("auth", &self.auth)
            .field("headers", &headers)
            .field("shape", &self.shape)
            .field("proxy", &self.proxy.is_some())
            .field("tls_verify", &self.tls_verify)
            .field("models", &self.models)
            .field("limits", &self.limits)
            .field("account_limits", &self.account_limits)
            .field("quirks", &self.quirks)
            .field("local", &self.local)
            .finish()
    }
}

impl fmt::Debug for Credential {
    /// The beginning of a digest tells two keys apart; with the whole of it, weak keys could be guessed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(secret) => f.debug_tuple("Secret").field(secret).finish(),
            Self::Sha256([a, b, c, ..]) => write!(f, "Sha256({a:02x}{b:02x}{c:02x}…)"),
        }
    }
}

impl Config {
    /// A fingerprint for logs and pages: equal configurations have equal ones. Credentials do not enter it, nor the values
    /// of headers and proxies that may hold some, so that it can be shown; compare with `==` to learn whether anything
    /// changed.
    #[must_use]
    pub fn hash(&self) -> u64 {
        // FNV-1a: stable across releases of the compiler, unlike the standard hasher.
        format!("{self:?}")
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// The settings that differ and only count after a restart.
#[must_use]
pub fn boot_changes(old: &Config, new: &Config) -> Vec<&'static str> {
    let changes = [
        ("listen", old.listen != new.listen),
        ("header_limit", old.header_limit != new.header_limit),
        ("stall_timeout", old.stall_timeout != new.stall_timeout),
        ("shutdown_grace", old.shutdown_grace != new.shutdown_grace),
        ("records_queue", old.records_queue != new.records_queue),
        // The writer of lines is made when the gateway starts.
        ("log.stdout", old.log.stdout != new.log.stdout),
        ("access.admin_listen", old.access.admin_listen != new.access.admin_listen),
        ("access.header_timeout", old.access.header_timeout != new.access.header_timeout),
    ];
    changes.into_iter().filter_map(|(name, changed)| changed.then_some(name)).collect()
}
