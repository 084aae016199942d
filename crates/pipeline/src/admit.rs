//! Stage 3: admit. What a request will use of its client's limits is reserved before anything is called, all of it or
//! nothing, and settled with what it really used. Rate first, then concurrency, then money.
//!
//! Requests and places are taken before the body is looked into, so that a client which sends too many large bodies
//! costs no more than their bytes; tokens and money when it is known what is asked for.

mod asked;
mod more;
mod refusal;
mod shown;
pub mod users;

use std::sync::Arc;

use http::HeaderMap;
use wye_limits::{Cell, Held, Measure, Moment, Refusal, reserve_all};
use wye_types::error::GatewayError;
use wye_types::usage::Ledger;
use wye_types::{Clock, Code, DialectId};

pub(crate) use asked::{tags, user};
pub use shown::Shown;

use crate::authenticate::Caller;
use crate::client::{Budget, Budgets, KeyPolicy, Limit};
use crate::lease;
use crate::live::{Live, Route};
use crate::parse::Wish;

/// What a request holds of its client's limits. Dropped, it gives everything back.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    caller: Caller,
    held: Held,
    /// Budgets that pay beside the key's own.
    shared: Vec<Budget>,
    /// Whether only what has a price may be called.
    needs_price: bool,
    /// Whether only what is proved to cost nothing may be called.
    free_only: bool,
    /// Tokens and nano-dollars that were counted before the end.
    booked: (u64, u64),
    /// What was taken for one call, and for each further one.
    taken: (u64, u64),
    more: Vec<Held>,
}

/// What a request came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// Tokens, of prompts and answers.
    pub(crate) tokens: u64,
    /// Nano-dollars; `None` if something was used whose price is not known.
    pub(crate) cost: Option<u64>,
    /// Nano-dollars of all that has a known price.
    pub(crate) priced: u64,
}

impl Used {
    /// This and more.
    pub(crate) const fn and(self, tokens: u64, cost: Option<u64>) -> Self {
        let (both, priced) = match (self.cost, cost) {
            (Some(a), Some(b)) => (Some(a.saturating_add(b)), b),
            (None, Some(b)) => (None, b),
            (_, None) => (None, 0),
        };
        Self {
            tokens: self.tokens.saturating_add(tokens),
            cost: both,
            priced: self.priced.saturating_add(priced),
        }
    }

    /// This but for what was counted in it by [`Used::and`].
    pub(crate) const fn without(self, tokens: u64, cost: Option<u64>) -> Self {
        let cost = match cost {
            Some(cost) => cost,
            None => 0,
        };
        Self {
            tokens: self.tokens.saturating_sub(tokens),
            cost: match self.cost {
                Some(all) => Some(all.saturating_sub(cost)),
                None => None,
            },
            priced: self.priced.saturating_sub(cost),
        }
    }
}

/// What a client calls, as far as its key may be restricted to some of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// Wye, in a dialect.
    Dialect(DialectId),
    /// Whatever a provider offers, as it is.
    Pass,
}

/// Lets a request in by what its head says: the API it speaks, how many there were, how many there are at once.
pub(crate) async fn enter(
    caller: &Caller,
    api: Api,
    clock: (&dyn Clock, &mut Moment),
) -> Result<Holding, GatewayError> {
    let mut holding = Holding { caller: caller.clone(), ..Holding::default() };
    let Some(key) = &caller.key else { return Ok(holding) };
    holding.free_only = key.is_free_only();
    match api {
        Api::Dialect(dialect) if !key.may_speak(dialect) => return Err(refusal::api(key, dialect)),
        Api::Pass if !key.may_pass() => return Err(refusal::pass(key)),
        Api::Dialect(_) | Api::Pass => {}
    }
    if !key.requests.is_empty() || !key.concurrent.is_empty() {
        let wanted = key.requests.iter().chain(&key.concurrent).map(|limit| (&limit.cell, 1));
        let (clock, now) = clock;
        let held = reserve(wanted, (clock, &mut *now)).await;
        holding.held = held.map_err(|full| refusal::full(&full, 1, *now))?;
    }
    Ok(holding)
}

/// Whether a caller may speak a dialect.
///
/// # Errors
/// If its key does not list it.
pub fn may_speak(caller: &Caller, dialect: DialectId) -> Result<(), GatewayError> {
    match &caller.key {
        Some(key) if !key.may_speak(dialect) => Err(refusal::api(key, dialect)),
        _ => Ok(()),
    }
}

/// Reserves an amount of each limit, or nothing of any. Where other gateways share a limit and this one has too little of
/// it at hand, it waits a moment for the answer of the others.
async fn reserve<'c>(
    wanted: impl Iterator<Item = (&'c Arc<Cell>, u64)> + Clone,
    clock: (&dyn Clock, &mut Moment),
) -> Result<Held, Refusal> {
    lease::reserve(clock, |now| {
        reserve_all(wanted.clone(), now).map_err(|mut refusal| {
            let answer = refusal.lease.take();
            (refusal, answer)
        })
    })
    .await
}

/// Refuses a name that the client may not send as model.
///
/// # Errors
/// [`Code::CallerForbidden`].
pub fn may_name(caller: &Caller, model: &str) -> Result<(), GatewayError> {
    match &caller.key {
        Some(key) if !key.may_name(model) => Err(refusal::model(key, model)),
        _ => Ok(()),
    }
}

/// Who asks, beside the key: what budgets are found by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) tags: &'a [Arc<str>],
    pub(crate) user: Option<&'a str>,
}

impl Holding {
    /// Nothing yet, of a client that is let in already: calls that are made for its request are no requests of its own.
    pub(crate) fn of(caller: &Caller) -> Self {
        let free_only = caller.key.as_ref().is_some_and(|key| key.is_free_only());
        Self { caller: caller.clone(), free_only, ..Self::default() }
    }

    /// Nothing, of a client that asks what would become of its request. Whether only what has a price may be called is as
    /// it would be, but for the budgets of end users.
    pub(crate) fn imagined(
        live: &Live,
        caller: &Caller,
        tags: &[Arc<str>],
        now: Moment,
    ) -> Result<Self, GatewayError> {
        let shared = shared(&live.budgets, Asking { tags, user: None }, now)?;
        let own = caller.key.iter().flat_map(|key| &key.budgets);
        let needs_price = own.chain(&shared).any(|budget| !budget.allow_unpriced);
        Ok(Self { needs_price, ..Self::of(caller) })
    }

    /// Whether anything is taken for what is asked: otherwise nobody needs to know how much that is.
    pub(crate) fn takes(&self, live: &Live) -> bool {
        let limited =
            |key: &KeyPolicy| !key.tokens.is_empty() || !key.budgets.is_empty() || key.per_request.is_some();
        !live.budgets.is_empty() || self.caller.key.as_deref().is_some_and(limited)
    }

    /// Takes tokens and money for what is asked. If there is not enough, nothing is held any more.
    pub(crate) async fn take(
        &mut self,
        live: &Live,
        (wish, route): (&Wish, &Route),
        asking: Asking<'_>,
        clock: (&dyn Clock, &mut Moment),
    ) -> Result<(), GatewayError> {
        if !self.takes(live) {
            return Ok(());
        }
        let taken = self.try_take(&live.budgets, (wish, route), asking, clock).await;
        if taken.is_err() {
            self.held = Held::default();
        }
        taken
    }

    async fn try_take(
        &mut self,
        budgets: &Budgets,
        (wish, route): (&Wish, &Route),
        asking: Asking<'_>,
        (clock, now): (&dyn Clock, &mut Moment),
    ) -> Result<(), GatewayError> {
        let key = self.caller.key.clone();
        let key = key.as_deref();
        let (tokens, own) = key.map_or((&[][..], &[][..]), |key| (&key.tokens, &key.budgets));
        if let Some((owner, most)) = key.and_then(|key| key.per_request.as_ref())
            && wish.at_most.total() > *most
        {
            return Err(refusal::too_large(owner, *most, wish.at_most));
        }
        let estimate = wish.estimate;
        let wanted = tokens.iter().map(|limit| (&limit.cell, estimate.total()));
        let held = reserve(wanted, (clock, &mut *now)).await;
        let held = held.map_err(|full| refusal::full(&full, estimate.total(), *now))?;
        self.held.join(held);
        self.taken.0 = estimate.total();
        self.shared = shared(budgets, asking, *now)?;
        let paying = || own.iter().chain(&self.shared);
        if paying().next().is_none() {
            return Ok(());
        }
        self.needs_price = paying().any(|budget| !budget.allow_unpriced);
        let dearest = match self.dearest(wish, route, now.unix_ms / 1000) {
            Some(dearest) => dearest,
            None if self.needs_price => {
                let budget = paying().find(|budget| !budget.allow_unpriced);
                return Err(refusal::unpriced(budget.map_or("", |b| &b.limit.cell.owner), &route.name));
            }
            // Nobody knows what it costs, but a budget that is used up pays for nothing more.
            None => 1,
        };
        let wanted = paying().map(|budget| (&budget.limit.cell, dearest));
        let held = reserve(wanted, (clock, &mut *now)).await;
        let held = held.map_err(|full| refusal::full(&full, dearest, *now))?;
        self.held.join(held);
        self.taken.1 = dearest;
        Ok(())
    }

    /// What the dearest target would cost, which is reckoned with: which one answers is not known yet. `at` is in Unix
    /// seconds.
    fn dearest(&self, wish: &Wish, route: &Route, at: u64) -> Option<u64> {
        let ledger = Ledger { units: wish.units, ..wish.estimate.usage().into() };
        let free_only = self.free_only;
        let callable = route.targets.iter().filter(|t| !free_only || t.known.free.is_some());
        callable.filter_map(|t| t.price_of(wish.kind, free_only)?.foreseen(&ledger, at)).max()
    }

    /// The same for a call in which no model is looked for, so that nobody knows what it costs: whatever `what` is, and
    /// whether it may cost anything at all.
    pub(crate) async fn take_unpriced(
        &mut self,
        live: &Live,
        (what, costs, asking): (&str, bool, Asking<'_>),
        (clock, now): (&dyn Clock, &mut Moment),
    ) -> Result<(), GatewayError> {
        let key = self.caller.key.clone();
        let key = key.as_deref();
        let (tokens, own) = key.map_or((&[][..], &[][..]), |key| (&key.tokens, &key.budgets));
        self.shared = shared(&live.budgets, asking, *now)?;
        if let Some(budget) = own.iter().chain(&self.shared).find(|budget| !budget.allow_unpriced) {
            self.held = Held::default();
            return Err(refusal::unpriced_call(&budget.limit.cell.owner, what));
        }
        // One token and one nano-dollar, so that what is used up refuses; what is used is known afterwards, and paid for
        // where the provider says what it was.
        let paying = own.iter().chain(&self.shared).filter(|_| costs).map(|budget| &budget.limit);
        let wanted = tokens.iter().chain(paying).map(|limit| (&limit.cell, 1));
        match reserve(wanted, (clock, &mut *now)).await {
            Ok(held) => self.held.join(held),
            Err(full) => {
                self.held = Held::default();
                return Err(refusal::full(&full, 1, *now));
            }
        }
        Ok(())
    }

    /// Only what is proved to cost nothing may be called: the request asks for it.
    pub(crate) const fn must_be_free(&mut self) {
        self.free_only = true;
    }

    /// Whether only what is proved to cost nothing may be called.
    pub(crate) const fn is_free_only(&self) -> bool {
        self.free_only
    }

    /// Whether only targets whose price is known may be called.
    pub(crate) const fn needs_price(&self) -> bool {
        self.needs_price
    }

    /// Counts what was used so far of something that goes on. Gives why it may not go on, if nothing is left.
    pub(crate) fn book(&mut self, used: Used, now: Moment) -> Option<Code> {
        let (tokens, money) = self.booked;
        let (tokens, money) = (used.tokens.saturating_sub(tokens), used.priced.saturating_sub(money));
        self.booked = (self.booked.0 + tokens, self.booked.1 + money);
        let spent = self.held.book(now, |measure| match measure {
            Measure::Tokens => tokens,
            Measure::Money => money,
            Measure::Requests | Measure::Concurrent => 0,
        });
        spent.map(|measure| match measure {
            Measure::Money => Code::BudgetExceeded,
            _ => Code::CallerRateLimited,
        })
    }

    /// Replaces what was reserved by what was used. The request itself counts, whatever came of it. Where a price is
    /// missing for something that was used, what was reserved stands; where no budget asks for prices, what has one is
    /// paid for.
    pub(crate) fn settle(self, used: Used) {
        let unknown = if self.needs_price { None } else { Some(used.priced) };
        let (tokens, money) = self.booked;
        let spent = used.cost.or(unknown);
        self.held.settle(|measure| match measure {
            Measure::Requests => Some(1),
            Measure::Tokens => Some(used.tokens.saturating_sub(tokens)),
            Measure::Money => spent.map(|used| used.saturating_sub(money)),
            Measure::Concurrent => None,
        });
        more::settle(self.more, spent.is_some());
    }

    /// What the client is told of its limits.
    pub(crate) fn shown(&self, now: Moment) -> Option<Box<Shown>> {
        shown::shown(&self.caller, self.shared.iter().map(|budget| &budget.limit), now)
    }
}

/// What a client that is refused is told of its limits.
pub(crate) fn shown_to(caller: &Caller, now: Moment) -> Option<Box<Shown>> {
    shown::shown(caller, std::iter::empty::<&Limit>(), now)
}

/// The budgets of the request's tags and of its end user.
fn shared(budgets: &Budgets, asking: Asking<'_>, now: Moment) -> Result<Vec<Budget>, GatewayError> {
    if budgets.is_empty() {
        return Ok(Vec::new());
    }
    let of_tags = asking.tags.iter().filter_map(|tag| budgets.tags.get(tag)).flatten().cloned();
    let mut shared: Vec<Budget> = of_tags.collect();
    let Some(user) = asking.user else { return Ok(shared) };
    for each in &budgets.each_user {
        let Some(cell) = budgets.users.limit(each, user, now) else {
            return Err(refusal::too_many_users());
        };
        let limit = Limit { cell, soft: each.soft };
        shared.push(Budget { limit, allow_unpriced: each.allow_unpriced });
    }
    Ok(shared)
}

/// Tags of a request: its key's, then those it names itself, none twice.
pub(crate) fn all_tags(caller: &Caller, headers: &HeaderMap) -> Result<Vec<Arc<str>>, GatewayError> {
    let mut all: Vec<Arc<str>> = caller.key.as_ref().map_or_else(Vec::new, |key| key.tags.clone());
    for tag in
        tags(headers).map_err(|why| GatewayError::new(Code::CallerInvalidRequest, why).param(asked::TAGS))?
    {
        if !all.iter().any(|known| **known == *tag) {
            all.push(tag.into());
        }
    }
    Ok(all)
}
