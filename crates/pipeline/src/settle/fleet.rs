//! What the state of a deployment is told of a call.

use std::time::Duration;

use wye_fleet::{Call, Trouble};
use wye_types::Code;
use wye_types::record::Outcome;

/// Tells a deployment what came of a call: its HTTP status where there was one, and the tokens of the answer where they are
/// known. What is the client's fault or ours is no news of it.
pub(super) fn tell(
    call: Call,
    outcome: &Outcome,
    (status, tokens): (Option<u16>, Option<u64>),
    now: Duration,
) {
    match outcome {
        Outcome::Served => call.served(tokens, now),
        Outcome::Failed(code) => {
            if let Some(trouble) = trouble(*code, status) {
                let _ = call.failed(trouble, now);
            }
        }
        // Its client left while it was answering, which says how soon it began.
        Outcome::Cancelled => drop(call),
    }
}

/// What a provider did wrong, if it was the provider.
fn trouble(code: Code, status: Option<u16>) -> Option<Trouble> {
    Some(match code {
        Code::ProviderRateLimited => Trouble::RateLimited,
        Code::ProviderAuthFailed | Code::ProviderPaymentRequired | Code::ProviderForbidden => {
            Trouble::Account
        }
        Code::ProviderModelNotFound if status == Some(410) => Trouble::Gone,
        Code::ProviderModelNotFound => Trouble::NotFound,
        Code::ProviderOverloaded | Code::ProviderError => Trouble::Server,
        Code::ProviderTimeout => Trouble::Timeout,
        Code::ProviderUnreachable | Code::ProviderStreamBroken => Trouble::Unreachable,
        Code::ProviderBadAnswer => Trouble::BadAnswer,
        Code::ProviderEmptyAnswer => Trouble::Empty,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use wye_types::code::CODES;

    use super::*;

    #[test]
    fn only_what_a_provider_did_is_held_against_it() {
        for row in CODES {
            assert_eq!(trouble(row.code, None).is_some(), row.name.starts_with("provider_"), "{}", row.name);
        }
        assert_eq!(trouble(Code::ProviderModelNotFound, Some(410)), Some(Trouble::Gone));
    }
}
