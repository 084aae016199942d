//! Who is to answer each request stands beforehand: one model for all, a draw, or an oracle that knows who will be right.

use std::sync::Arc;

use super::round_robin::code;
use super::{Patience, Policy, Providers, Telling, Told, call, pass_on};
use crate::ask::Ask;

/// Clients do not wait longer.
const PATIENCE: Patience = Patience::of(120);

/// A plan.
#[derive(Debug)]
pub struct Fixed {
    providers: Providers,
    /// The place of a provider, by the request's number.
    plan: Arc<[usize]>,
}

impl Fixed {
    /// A plan for these providers.
    #[must_use]
    pub const fn new(providers: Providers, plan: Arc<[usize]>) -> Self {
        Self { providers, plan }
    }

    async fn answer(self: Arc<Self>, ask: Ask) -> Told {
        let place = self.plan.get(ask.number as usize).copied();
        let Some(provider) = place.and_then(|place| self.providers.get(place)) else {
            return Told::failed("nobody");
        };
        match call(provider, ask, PATIENCE).await {
            Ok(answer) => pass_on(answer, (ask, provider.clock.now())).await,
            Err(failure) => Told::failed(code(&failure)),
        }
    }
}

impl Policy for Fixed {
    fn ask(self: Arc<Self>, ask: Ask) -> Telling {
        Box::pin(self.answer(ask))
    }
}
