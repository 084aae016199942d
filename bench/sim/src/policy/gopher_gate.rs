//! GopherGate's groups (reference §2.5): the heuristic picks one target, and that is all there is: the last for requests
//! with a sign of complexity, the first for all others. Its breaker is mentioned and not described.

use std::sync::Arc;

use super::round_robin::code;
use super::{Patience, Policy, Providers, Telling, Told, call, pass_on};
use crate::ask::Ask;

/// No limit is known; clients do not wait longer.
const PATIENCE: Patience = Patience::of(120);

/// A group of targets.
#[derive(Debug)]
pub struct GopherGate {
    providers: Providers,
    /// Which requests have a sign of complexity, by their numbers; none where nothing is said.
    complex: Arc<[bool]>,
}

impl GopherGate {
    /// A group of these targets.
    #[must_use]
    pub const fn new(providers: Providers, complex: Arc<[bool]>) -> Self {
        Self { providers, complex }
    }

    async fn answer(self: Arc<Self>, ask: Ask) -> Told {
        let complex = self.complex.get(ask.number as usize).is_some_and(|complex| *complex);
        let target = if complex { self.providers.last() } else { self.providers.first() };
        let Some(provider) = target else { return Told::failed("500") };
        match call(provider, ask, PATIENCE).await {
            Ok(answer) => pass_on(answer, (ask, provider.clock.now())).await,
            // Every provider error becomes a 500 (§2.3); what it was is kept here for the table.
            Err(failure) => Told::failed(format!("500 ({})", code(&failure))),
        }
    }
}

impl Policy for GopherGate {
    fn ask(self: Arc<Self>, ask: Ask) -> Telling {
        Box::pin(self.answer(ask))
    }
}
