//! What operators do: the configuration and its versions, secrets, client keys, users, sessions, second factors, the
//! audit log. The admin API (in `server`) is a thin layer of HTTP over this.
//!
//! **Invariants:** knows no HTTP; no SQL of its own beyond the statements in its `sql` constants is written elsewhere
//! than in `store`'s words; nothing here runs on the request path.

pub mod advice;
pub mod alert;
pub mod audit;
pub mod auth;
pub mod client_key;
pub mod configurator;
pub mod forecast;
pub mod guest;
mod password;
pub mod role;
pub mod secrets;
mod session;
mod setup;
mod throttle;
mod token;
mod totp;
mod user;

pub use audit::Audit;
pub use auth::{Auth, AuthError, Client, Principal, Unauthenticated, Via};
pub use configurator::{ChangeError, Configurator, Current};
pub use role::{Action, Role};
pub use secrets::Secrets;
pub use session::{Login, SessionView, SignedIn};
pub use token::{NewToken, TokenMade, TokenView};
pub use totp::TotpBegun;
pub use user::{NewUser, UserView};
