//! What a client is told that is not let in: whose limit it is, how much, and when to come again.

use std::time::Duration;

use jiff::Timestamp;
use wye_limits::{Measure, Moment, Period, Refusal, Unit};
use wye_types::error::{GatewayError, LimitOwner};
use wye_types::{Code, DialectId};

use crate::client::KeyPolicy;
use crate::parse::Estimate;

/// A client that finds no room among the end users may come again when some of them begin anew.
const NO_ROOM: Duration = Duration::from_secs(60);

fn ours(code: Code, message: String) -> GatewayError {
    GatewayError { limit_owner: Some(LimitOwner::Gateway), ..GatewayError::new(code, message) }
}

/// A limit has no room for an amount.
pub(super) fn full(refusal: &Refusal, amount: u64, now: Moment) -> GatewayError {
    let cell = &refusal.cell;
    let owner = &cell.owner;
    let (limit, left, per) =
        cell.with(|meter| (meter.limit(), meter.left(now), per(meter.window().period())));
    let measure = cell.measure;
    if measure == Measure::Money {
        return spent(refusal, (limit, left, &per), amount, now);
    }
    if limit == 0 {
        let message = format!("{owner} is limited to 0 {}{per}, which lets nothing through", measure.name());
        return ours(Code::CallerForbidden, message);
    }
    if amount > limit {
        let message = format!(
            "the request is thought to use {amount} tokens, and {owner} is limited to {limit} tokens{per}; send less, \
             or allow a shorter answer"
        );
        return ours(Code::CallerRequestTooLarge, message);
    }
    let message = match measure {
        Measure::Concurrent => {
            format!("{owner} has its {limit} concurrent requests under way; wait until one of them ends")
        }
        Measure::Tokens => format!(
            "{owner} has {left} left of its {limit} tokens{per}, and the request is thought to use {amount}{}",
            again(refusal.retry_in)
        ),
        _ => format!("{owner} has used up its {limit} requests{per}{}", again(refusal.retry_in)),
    };
    let mut error = ours(Code::CallerRateLimited, message);
    error.retry_after = refusal.retry_in;
    error
}

/// A budget is used up, or has too little left.
fn spent(refusal: &Refusal, (limit, left, per): (u64, u64, &str), amount: u64, now: Moment) -> GatewayError {
    let owner = &refusal.cell.owner;
    let budget = dollars(limit);
    let state = if amount > limit {
        format!(
            "the request may cost {}, more than the whole budget of {owner}, {budget}{per}",
            dollars(amount)
        )
    } else if left == 0 {
        format!("the budget of {owner}, {budget}{per}, is used up")
    } else {
        let (left, amount) = (dollars(left), dollars(amount));
        format!("the budget of {owner}, {budget}{per}, has {left} left, and the request may cost {amount}")
    };
    let anew = refusal.cell.with(|meter| meter.window().frees_in(now, 0));
    let anew = match anew.filter(|wait| !wait.is_zero()) {
        Some(wait) => format!("; it begins anew at {}", stamp(now.plus(wait).unix_ms)),
        None if amount > limit => String::new(),
        None => "; it does not begin anew by itself".to_owned(),
    };
    ours(Code::BudgetExceeded, format!("{state}{anew}"))
}

/// A budget pays, and nothing of the route has a price.
pub(super) fn unpriced(owner: &str, route: &str) -> GatewayError {
    let message = format!(
        "the budget of {owner} pays for the request, and nothing that `{route}` may call has a price: give the model a \
         price in the configuration, or the budget `allow_unpriced: true`"
    );
    ours(Code::BudgetUnpriced, message).param("model")
}

/// A budget pays, and nobody knows what the call costs.
pub(super) fn unpriced_call(owner: &str, what: &str) -> GatewayError {
    let message = format!(
        "the budget of {owner} pays for the request, and nobody knows beforehand or afterwards what {what} costs: give the \
         budget `allow_unpriced: true`, or use a key without one"
    );
    ours(Code::BudgetUnpriced, message)
}

/// A key may not call what providers offer as it is.
pub(super) fn pass(key: &KeyPolicy) -> GatewayError {
    let message = format!(
        "the key `{}` may not call providers' own APIs; that needs `pass` among its `apis` and its team's",
        key.name
    );
    GatewayError::new(Code::CallerForbidden, message)
}

/// A request is larger than one may be.
pub(super) fn too_large(owner: &str, most: u64, estimate: Estimate) -> GatewayError {
    let Estimate { input, output } = estimate;
    let message = format!(
        "the request is thought to use {} tokens ({input} of prompt, {output} of answer), and {owner} allows {most} in \
         one request; send less, or allow a shorter answer",
        estimate.total()
    );
    ours(Code::CallerRequestTooLarge, message)
}

/// A key may not speak this API.
pub(super) fn api(key: &KeyPolicy, dialect: DialectId) -> GatewayError {
    let allowed = DialectId::ALL.iter().filter(|dialect| key.may_speak(**dialect));
    let allowed: Vec<&str> = allowed.map(|dialect| dialect.name()).collect();
    let name = &key.name;
    let message = match allowed[..] {
        [] => format!("the key `{name}` may not be used for any API"),
        _ => format!(
            "the key `{name}` may not be used for the API {}; it may be for {}",
            dialect.name(),
            allowed.join(", ")
        ),
    };
    GatewayError::new(Code::CallerForbidden, message)
}

/// A key may not name this model.
pub(super) fn model(key: &KeyPolicy, model: &str) -> GatewayError {
    let message =
        format!("the key `{}` may not use the model `{model}`; GET /v1/models lists what it may", key.name);
    GatewayError::new(Code::CallerForbidden, message).param("model")
}

/// There is no place to count one more end user in.
pub(super) fn too_many_users() -> GatewayError {
    let message = "the gateway counts as many end users as it can, and each of them has spent something; try again later";
    let mut error = ours(Code::GatewayOverloaded, message.to_owned());
    error.retry_after = Some(NO_ROOM);
    error
}

fn again(retry_in: Option<Duration>) -> String {
    retry_in.map_or_else(String::new, |wait| {
        format!("; try again in {} s", wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    })
}

/// Over which time a limit holds, as the end of a phrase.
fn per(period: &Period) -> String {
    match period {
        Period::Rolling(span) if span.as_secs() == 60 => " a minute".to_owned(),
        Period::Rolling(span) => format!(" in {} s", span.as_secs_f64()),
        Period::Calendar(Unit::Day, _) => " a day".to_owned(),
        Period::Calendar(Unit::Week, _) => " a week".to_owned(),
        Period::Calendar(Unit::Month, _) => " a month".to_owned(),
        Period::Total => String::new(),
    }
}

/// Nano-dollars as people write dollars: cents at least, and as many digits more as there are.
fn dollars(nano: u64) -> String {
    const NANO: u64 = 1_000_000_000;
    let digits = format!("{:09}", nano % NANO);
    let shown = digits.trim_end_matches('0').len().max(2);
    format!("${}.{}", nano / NANO, &digits[..shown])
}

fn stamp(unix_ms: u64) -> String {
    // Whole seconds: calendars know no others.
    let seconds = i64::try_from(unix_ms / 1000).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds)
        .map_or_else(|_| "a time no calendar holds".to_owned(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_do() {
        let written: Vec<String> =
            [0, 1, 1_230_000, 250_000_000, 25_500_000_000, 1_000_000_001].map(dollars).to_vec();
        assert_eq!(written, ["$0.00", "$0.000000001", "$0.00123", "$0.25", "$25.50", "$1.000000001"]);
    }
}
