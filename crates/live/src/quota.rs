//! Configured limits to providers' quotas.

use std::sync::Arc;

use wye_config::{Account, Limits, ProviderConfig, WhenLost};
use wye_limits::{Measure, Period, Unit};
use wye_pipeline::quota::{AccountAllowance, Allowance, Learned, Quotas, Source};

/// The quotas of a provider; `learned` gives what was learned of an account before.
pub(crate) fn quotas(
    provider: &ProviderConfig,
    learned: impl Fn(&Account) -> Option<Arc<Learned>>,
    from: &Source,
) -> Quotas {
    let account = |account: &Account| AccountAllowance {
        name: account.name.clone(),
        own: allowance(account.limits.as_ref().unwrap_or(&provider.account_limits)),
        models: provider.models.iter().map(|m| (m.id.clone(), allowance(&m.limits))).collect(),
        learned: learned(account).unwrap_or_default(),
    };
    let accounts = provider.accounts.iter().map(account).collect();
    Quotas::new(&provider.id, provider.quirks.counting, &allowance(&provider.limits), accounts, from)
}

/// What limits allow of an upstream.
fn allowance(limits: &Limits) -> Allowance {
    let day = || Period::Calendar(Unit::Day, limits.time_zone.clone());
    let windows = [
        (Measure::Requests, Period::MINUTE, limits.rpm),
        (Measure::Requests, day(), limits.rpd),
        (Measure::Tokens, Period::MINUTE, limits.tpm),
        (Measure::Tokens, day(), limits.tpd),
        (Measure::Concurrent, Period::Total, limits.concurrent),
    ];
    let set = windows.into_iter().filter_map(|(measure, period, limit)| Some((measure, period, limit?)));
    Allowance {
        windows: set.collect(),
        request: limits.tpr,
        refuse_when_lost: limits.when_lost == WhenLost::Refuse,
    }
}
