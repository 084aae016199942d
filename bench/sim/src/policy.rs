//! Who decides where a request goes: Wye itself, a baseline, replicas of the reference systems.
//!
//! Replicas decide as the reference pages say, and are given what some of the originals lack: they stream, they may fail
//! over until the first content, their HTTP costs no time. What differs in the table is routing.

pub mod fixed;
pub mod gopher_gate;
pub mod llm_gateway;
pub mod round_robin;
pub mod smart_route;
pub mod sml_gateway;
pub mod wye;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::ask::Ask;
use crate::provider::{Answer, Begun, Provider, Refusal};

/// What a client was told in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How it ended, if not well.
    pub code: Option<String>,
    /// From the request's arrival to the first content.
    pub first: Option<Duration>,
    /// Whose answer it was.
    pub by: Option<String>,
}

impl Told {
    /// The request failed.
    #[must_use]
    pub fn failed(code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), first: None, by: None }
    }
}

/// What answers a request, sooner or later.
pub type Telling = Pin<Box<dyn Future<Output = Told> + Send>>;

/// One way to decide.
pub trait Policy: Send + Sync {
    /// Answers a request.
    fn ask(self: Arc<Self>, ask: Ask) -> Telling;
}

/// The providers of a scenario, in the order in which they are configured.
pub type Providers = Arc<[Arc<Provider>]>;

/// How long a replica waits.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of an answer,
    pub head: Duration,
    /// and for its first content.
    pub first: Duration,
}

impl Patience {
    /// The same for both.
    #[must_use]
    pub const fn of(seconds: u64) -> Self {
        Self { head: Duration::from_secs(seconds), first: Duration::from_secs(seconds) }
    }
}

/// Why a call led to nothing.
#[derive(Debug)]
pub enum Failure {
    /// There was no connection.
    Unreachable,
    /// Nothing came in time.
    Timeout,
    /// The provider refused.
    Refused(Refusal),
}

impl Failure {
    /// The status, where there was one.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Unreachable | Self::Timeout => None,
        }
    }
}

/// Calls a provider until its first content. Dropping this cancels the call.
///
/// # Errors
/// If there is none in time.
pub async fn call(provider: &Arc<Provider>, ask: Ask, patience: Patience) -> Result<Answer, Failure> {
    if !provider.connects() {
        return Err(Failure::Unreachable);
    }
    match provider.begin(ask) {
        Begun::Unreachable => Err(Failure::Unreachable),
        Begun::Silent => {
            tokio::time::sleep(patience.head).await;
            Err(Failure::Timeout)
        }
        Begun::Refused(refusal) => {
            tokio::time::sleep(refusal.after).await;
            Err(Failure::Refused(refusal))
        }
        Begun::Answers(answer) => {
            if answer.head > patience.head {
                tokio::time::sleep(patience.head).await;
                return Err(Failure::Timeout);
            }
            if answer.first > patience.first {
                tokio::time::sleep(patience.first).await;
                return Err(Failure::Timeout);
            }
            tokio::time::sleep(answer.first).await;
            Ok(answer)
        }
    }
}

/// Passes the rest of an answer on. Gives what the client is told; its answer began at this time.
pub async fn pass_on(answer: Answer, (ask, began): (Ask, Duration)) -> Told {
    tokio::time::sleep(answer.whole - answer.first).await;
    let by = Some(answer.by().to_owned());
    Told { code: None, first: Some(began.saturating_sub(ask.at)), by }
}
