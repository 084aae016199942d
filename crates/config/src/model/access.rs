//! Who may reach the gateway, and how.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;

/// Who may reach the gateway, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Whether everybody who can reach it may use it without a key, even from other machines.
    pub allow_open: bool,
    /// Web origins (`https://host[:port]`) whose pages may call it; `*` for any. Empty: none.
    pub cors_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// An address of its own for the admin API and the console; `None`: where clients are served. Needs a restart.
    pub admin_listen: Option<SocketAddr>,
    /// How long the head of a request may take to arrive. Needs a restart.
    pub header_timeout: Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            allow_open: false,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            admin_listen: None,
            header_timeout: Duration::from_secs(30),
        }
    }
}
