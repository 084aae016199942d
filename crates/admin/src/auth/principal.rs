//! Who asks, and from where.

use std::net::IpAddr;

use super::AuthError;
use crate::{Action, Role};

/// The longest text of a client about itself that is kept, in bytes.
const AGENT: usize = 200;

/// From where a request comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The client's address, as the trusted proxies tell it; `None` on the command line.
    pub address: Option<IpAddr>,
    /// What the client says it is (`User-Agent`); may be empty.
    pub agent: String,
}

impl Client {
    /// A client. What it says of itself is cut to a short line.
    #[must_use]
    pub fn new(address: Option<IpAddr>, agent: &str) -> Self {
        let mut end = agent.len().min(AGENT);
        while !agent.is_char_boundary(end) {
            end -= 1;
        }
        let agent = agent[..end].replace(char::is_control, " ");
        Self { address: address.map(|ip| ip.to_canonical()), agent }
    }

    /// The address as text; empty if there is none.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.map(|ip| ip.to_string()).unwrap_or_default()
    }
}

/// By which way somebody is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The access token in a cookie: the browser sends it by itself, so that changes need CSRF protection.
    Cookie,
    /// The access token in a header.
    Bearer,
    /// A personal token in a header.
    Token,
    /// The command line on the gateway's machine.
    Console,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user's id; empty for the command line.
    pub user_id: String,
    /// The user's name.
    pub name: String,
    /// What the user may do here: a token's role may be lower than its user's.
    pub role: Role,
    /// The session; `None` for a token and the command line.
    pub session: Option<String>,
    /// By which way the user is known.
    pub via: Via,
    /// From where.
    pub client: Client,
}

impl Principal {
    /// Whoever can run commands on the gateway's data may do everything.
    #[must_use]
    pub fn console() -> Self {
        Self {
            user_id: String::new(),
            name: "(command line)".to_owned(),
            role: Role::Admin,
            session: None,
            via: Via::Console,
            client: Client::default(),
        }
    }

    /// Refuses what the role may not do.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`].
    pub fn require(&self, action: Action) -> Result<(), AuthError> {
        if self.role.may(action) { Ok(()) } else { Err(AuthError::Forbidden { least: action.least() }) }
    }

    /// The session's id, for what a token may not do: whoever finds one must not be able to make more of it.
    ///
    /// # Errors
    /// [`AuthError::NeedsSession`].
    pub fn require_session(&self) -> Result<&str, AuthError> {
        self.session.as_deref().ok_or(AuthError::NeedsSession)
    }
}
