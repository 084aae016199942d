//! Providers' quotas: what of them is reserved before a call is made, and what is settled when it is over.
//!
//! A quota applies to a provider, to one of its accounts, or to one model of an account. It is configured, or learned from
//! what the provider says ([`learn`]). A provider of which no quota is known costs a request nothing: no lock is taken.

mod hold;
mod learn;
mod remember;
mod room;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wye_limits::{Cell, Cells, Listening, Measure, Moment, Period, reserve_all};
use wye_providers::Counting;

pub(crate) use hold::Holding;
pub use learn::Learned;
use learn::Learnt;
pub(crate) use learn::{Wanted, windows};

use crate::parse::Estimate;
use crate::wait::Waiting;

/// Quotas that are configured for a provider, an account or a model.
#[derive(Debug, Clone, Default)]
pub struct Allowance {
    /// What is counted, over which time, and how much of it there is.
    pub windows: Vec<(Measure, Period, u64)>,
    /// Tokens of one request.
    pub request: Option<u64>,
    /// Whether nothing is let through while the counters that other gateways share cannot be reached.
    pub refuse_when_lost: bool,
}

impl Allowance {
    const fn is_none(&self) -> bool {
        self.windows.is_empty() && self.request.is_none()
    }
}

/// What is configured for an account.
#[derive(Debug, Default)]
pub struct AccountAllowance {
    /// Its name, unique within the provider.
    pub name: String,
    /// Of all its models together.
    pub own: Allowance,
    /// Of single models.
    pub models: Vec<(String, Allowance)>,
    /// What was learned of it before, where the account is an old one.
    pub learned: Arc<Learned>,
}

/// What all limits of the process are made from.
#[derive(Debug, Clone)]
pub struct Source {
    /// All limits there are, by name.
    pub cells: Arc<Cells>,
    /// Requests that wait for a quota.
    pub waiting: Arc<Waiting>,
    /// The present.
    pub now: Moment,
}

/// The quotas of a provider.
#[derive(Debug)]
pub struct Quotas {
    id: String,
    all: Fixed,
    accounts: Vec<AccountQuotas>,
    counting: Counting,
    cells: Arc<Cells>,
    waiting: Arc<Waiting>,
    /// Whether any of those that are configured counts tokens.
    of_tokens: bool,
}

#[derive(Debug)]
struct AccountQuotas {
    /// `groq/1`.
    owner: String,
    own: Fixed,
    /// Few, and looked for at each call: a hash costs more than comparing some names.
    models: BTreeMap<String, Fixed>,
    learned: Arc<Learned>,
}

/// Quotas that a configuration sets.
#[derive(Debug, Default)]
struct Fixed {
    slots: Vec<Slot>,
    request: Option<u64>,
}

/// One quota.
#[derive(Debug, Clone)]
struct Slot {
    cell: Arc<Cell>,
    of: Of,
    span: Span,
    /// The configured limit, which no provider's word raises.
    configured: Option<u64>,
}

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Requests,
    Tokens,
    Input,
    Output,
    Concurrent,
}

/// The time that a quota is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    /// So many seconds, be it a calendar's day or any.
    Seconds(u64),
    /// Nobody knows, or it is counted in none.
    Unknown,
}

/// Why nothing was reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// When it would fit, on the monotonic clock, if nobody else takes it; `None`: that depends on other requests, or it
    /// never will.
    pub(crate) until: Option<Duration>,
    pub(crate) never: Option<Never>,
    /// The quota, for people.
    pub(crate) quota: String,
}

/// Why a request will never fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Never {
    /// It is larger than the quota.
    TooLarge,
    /// The quota lets nothing through.
    Closed,
}

impl Quotas {
    /// The quotas of a provider; the accounts in their order.
    #[must_use]
    pub fn new(
        id: &str,
        counting: Counting,
        all: &Allowance,
        accounts: Vec<AccountAllowance>,
        from: &Source,
    ) -> Self {
        let accounts = accounts.into_iter().map(|account| {
            let owner = format!("{id}/{}", account.name);
            let limited = account.models.iter().filter(|(_, allowance)| !allowance.is_none());
            let models = limited.map(|(model, allowance)| {
                (model.clone(), Fixed::new(&format!("{owner} {model}"), allowance, from))
            });
            AccountQuotas {
                own: Fixed::new(&owner, &account.own, from),
                models: models.collect(),
                learned: account.learned,
                owner,
            }
        });
        let all = Fixed::new(&format!("provider {id}"), all, from);
        let accounts: Vec<AccountQuotas> = accounts.collect();
        let each = |account: &AccountQuotas| {
            account.own.is_of_tokens() || account.models.values().any(Fixed::is_of_tokens)
        };
        let quotas = Self {
            id: id.to_owned(),
            of_tokens: all.is_of_tokens() || accounts.iter().any(each),
            all,
            accounts,
            counting,
            cells: Arc::clone(&from.cells),
            waiting: Arc::clone(&from.waiting),
        };
        quotas.remember(from.now);
        quotas
    }

    /// What was learned of an account, to be carried over a reload.
    #[must_use]
    pub fn learned(&self, account: usize) -> Option<Arc<Learned>> {
        self.accounts.get(account).map(|account| Arc::clone(&account.learned))
    }

    /// Reserves what a call of a model with an account is thought to use; `None` if no quota applies to it. Where it is
    /// refused only because other gateways share the quota and have not answered yet, that answer is given too.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        (account, model): (usize, &str),
        estimate: Estimate,
        now: Moment,
    ) -> Result<Option<Holding>, (Refused, Option<Listening>)> {
        let Some(applying) = self.applying(account, model, now) else { return Ok(None) };
        applying.fits_at_all(estimate).map_err(|refused| (refused, None))?;
        let part = |of: &[Of]| {
            let slots = applying.slots().filter(|slot| of.contains(&slot.of));
            let wanted = slots.map(|slot| (&slot.cell, slot.amount(estimate)));
            reserve_all(wanted, now).map_err(|refusal| {
                let slot = applying.slots().find(|slot| Arc::ptr_eq(&slot.cell, &refusal.cell));
                if let Some(refused) = slot.and_then(|slot| slot.refused(estimate, now)) {
                    return (refused, None);
                }
                let refused = Refused {
                    // It was freed since: the next who asks gets it.
                    until: Some(now.mono.saturating_add(refusal.retry_in.unwrap_or_default())),
                    never: None,
                    quota: refusal.cell.owner.clone(),
                };
                (refused, refusal.lease)
            })
        };
        let held = part(&[Of::Requests, Of::Tokens, Of::Concurrent])?;
        let (input, output) = (part(&[Of::Input])?, part(&[Of::Output])?);
        Ok(Some(Holding { quotas: Arc::clone(self), held, input, output, estimate }))
    }

    /// Whether a call would not fit now, and when it would.
    pub(crate) fn refuses(
        &self,
        (account, model): (usize, &str),
        estimate: Estimate,
        now: Moment,
    ) -> Option<Refused> {
        let applying = self.applying(account, model, now)?;
        if let Err(refused) = applying.fits_at_all(estimate) {
            return Some(refused);
        }
        let refusals = applying.slots().filter_map(|slot| slot.refused(estimate, now));
        // The last of them to have room decides; one of which nobody knows comes after all others.
        refusals.max_by_key(|refused| (refused.never.is_some(), refused.until.unwrap_or(Duration::MAX)))
    }

    /// Whether a quota that may apply to calls of a model counts tokens.
    pub(crate) fn count_tokens(&self, model: &str) -> bool {
        let learnt = |account: &AccountQuotas| {
            account.learned.of(model).is_some_and(|slots| slots.iter().any(Learnt::is_of_tokens))
        };
        self.of_tokens || self.accounts.iter().any(learnt)
    }

    /// Whether a quota of a day is used up faster than the day passes.
    pub(crate) fn is_ahead(&self, (account, model): (usize, &str), now: Moment) -> bool {
        const DAY: Span = Span::Seconds(24 * 3600);
        let ahead = |slot: &Slot| slot.span == DAY && slot.cell.with(|meter| meter.is_ahead(now));
        self.applying(account, model, now).is_some_and(|applying| applying.slots().any(ahead))
    }

    /// The quotas that apply to a call; `None` if there are none.
    fn applying(&self, account: usize, model: &str, now: Moment) -> Option<Applying<'_>> {
        let account = self.accounts.get(account)?;
        let applying = Applying {
            fixed: [
                Some(&self.all),
                Some(&account.own),
                if account.models.is_empty() { None } else { account.models.get(model) },
            ],
            learned: account.learned.of(model),
            now: now.mono,
        };
        let fixed = |fixed: &&Fixed| !fixed.slots.is_empty() || fixed.request.is_some();
        (applying.learned.is_some() || applying.fixed.iter().flatten().any(fixed)).then_some(applying)
    }
}

/// The quotas that apply to one call.
struct Applying<'a> {
    fixed: [Option<&'a Fixed>; 3],
    learned: Option<learn::Slots>,
    now: Duration,
}

impl Applying<'_> {
    fn slots(&self) -> impl Iterator<Item = &Slot> {
        let fixed = self.fixed.iter().flatten().flat_map(|fixed| &fixed.slots);
        let learned = self.learned.iter().flat_map(|slots| slots.iter());
        fixed.chain(learned.filter_map(|learnt| learnt.valid(self.now)))
    }

    fn fits_at_all(&self, estimate: Estimate) -> Result<(), Refused> {
        let most = self.fixed.iter().flatten().filter_map(|fixed| fixed.request).min();
        let Some(most) = most.filter(|most| estimate.total() > *most) else { return Ok(()) };
        let never = Some(Never::TooLarge);
        Err(Refused { until: None, never, quota: format!("{most} tokens in one request") })
    }
}

impl Fixed {
    fn new(owner: &str, allowance: &Allowance, from: &Source) -> Self {
        let slot = |(measure, period, limit): &(Measure, Period, u64)| {
            let of = match measure {
                Measure::Requests => Of::Requests,
                Measure::Tokens => Of::Tokens,
                Measure::Concurrent => Of::Concurrent,
                Measure::Money => return None,
            };
            let span = match period {
                Period::Rolling(span) => Span::Seconds(span.as_secs()),
                Period::Calendar(wye_limits::Unit::Day, _) => Span::Seconds(24 * 3600),
                Period::Calendar(..) | Period::Total => Span::Unknown,
            };
            let cell = from.cells.get(owner, *measure, period.clone(), *limit, from.now);
            cell.refuse_when_lost(allowance.refuse_when_lost);
            Some(Slot { cell, of, span, configured: Some(*limit) })
        };
        Self { slots: allowance.windows.iter().filter_map(slot).collect(), request: allowance.request }
    }

    fn is_of_tokens(&self) -> bool {
        self.request.is_some() || self.slots.iter().any(|slot| slot.of.is_tokens())
    }
}

impl Of {
    const fn amount(self, estimate: Estimate) -> u64 {
        match self {
            Self::Requests | Self::Concurrent => 1,
            Self::Tokens => estimate.total(),
            Self::Input => estimate.input,
            Self::Output => estimate.output,
        }
    }

    const fn is_tokens(self) -> bool {
        matches!(self, Self::Tokens | Self::Input | Self::Output)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::Input => "input tokens",
            Self::Output => "output tokens",
            Self::Concurrent => "requests at once",
        }
    }
}

impl Slot {
    /// How much of it an estimate takes. An estimate is no ground to refuse what only the provider limits: what is thought
    /// to be larger than its whole quota waits for all of it.
    fn amount(&self, estimate: Estimate) -> u64 {
        let amount = self.of.amount(estimate);
        match (self.of, self.configured) {
            (Of::Tokens | Of::Input | Of::Output, None) => amount.min(self.cell.with(|meter| meter.limit())),
            _ => amount,
        }
    }

    /// Whether an estimate does not fit now.
    fn refused(&self, estimate: Estimate, now: Moment) -> Option<Refused> {
        let amount = self.amount(estimate);
        let (fits_in, limit) = self.cell.with(|meter| (meter.fits_in(now, amount), meter.limit()));
        let never = match (limit, fits_in) {
            (_, Some(Duration::ZERO)) => return None,
            (0, _) => Some(Never::Closed),
            // A place of a request under way is free when that ends, whenever it does.
            (_, None) if self.of != Of::Concurrent => Some(Never::TooLarge),
            _ => None,
        };
        let until = fits_in.map(|wait| now.mono.saturating_add(wait));
        Some(Refused { until, never, quota: self.say(limit) })
    }

    /// `6000 tokens a minute of groq/1 llama-3`.
    fn say(&self, limit: u64) -> String {
        let (what, owner) = (self.of.words(), &self.cell.owner);
        let per = match self.span {
            Span::Seconds(60) => " a minute".to_owned(),
            Span::Seconds(3600) => " an hour".to_owned(),
            Span::Seconds(86_400) => " a day".to_owned(),
            Span::Seconds(seconds) => format!(" in {seconds} s"),
            Span::Unknown => String::new(),
        };
        if limit == u64::MAX {
            format!("{what} of {owner}")
        } else {
            format!("{limit} {what}{per} of {owner}")
        }
    }
}

#[cfg(test)]
mod tests;
