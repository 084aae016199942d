//! The one table of error codes.
//!
//! The first word of a code names whose fault it is: `caller`, `policy`, `cost`, `budget`,
//! `provider` or `gateway`. Metrics label with
//! the code, clients read it in the body and in `x-wye-code`; the documentation page is generated from this table.

/// Everything that can be wrong, from the client's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is documented by its row in the table below")]
pub enum Code {
    CallerInvalidJson,
    CallerInvalidRequest,
    CallerBodyTooLarge,
    CallerUnsupportedEncoding,
    CallerUnsupportedMediaType,
    CallerConflict,
    CallerThrottled,
    CallerHeadersTooLarge,
    CallerUnauthenticated,
    CallerForbidden,
    CallerModelNotFound,
    CallerNotFound,
    CallerMethodNotAllowed,
    CallerContextTooLong,
    CallerRateLimited,
    CallerRequestTooLarge,
    CallerTooSlow,
    CallerGone,
    CallerRejected,
    PolicyLossRefused,
    BudgetExceeded,
    BudgetUnpriced,
    CostPolicyBlocked,
    PolicyOwnedByFile,
    ProviderAuthFailed,
    ProviderPaymentRequired,
    ProviderForbidden,
    ProviderModelNotFound,
    ProviderRateLimited,
    ProviderOverloaded,
    ProviderError,
    ProviderTimeout,
    ProviderUnreachable,
    ProviderStreamBroken,
    ProviderBadAnswer,
    ProviderEmptyAnswer,
    GatewayNoTarget,
    GatewayOverloaded,
    GatewayShuttingDown,
    GatewayStoreUnavailable,
    GatewayInternal,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct CodeRow {
    /// The code.
    pub code: Code,
    /// Its name in bodies, headers, metrics and records.
    pub name: &'static str,
    /// The HTTP status, unless the provider's own is passed on.
    pub status: u16,
    /// `error.type` for OpenAI's clients.
    pub openai_type: &'static str,
    /// `error.type` for Anthropic's clients.
    pub anthropic_type: &'static str,
    /// `error.status` for Google's clients.
    pub google_status: &'static str,
    /// What it means and what to do about it.
    pub meaning: &'static str,
}

const fn row(
    code: Code,
    name: &'static str,
    status: u16,
    types: [&'static str; 3],
    meaning: &'static str,
) -> CodeRow {
    let [openai_type, anthropic_type, google_status] = types;
    CodeRow { code, name, status, openai_type, anthropic_type, google_status, meaning }
}

const BAD: [&str; 3] = ["invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"];
const NOT_FOUND: [&str; 3] = ["invalid_request_error", "not_found_error", "NOT_FOUND"];
const BIG: [&str; 3] = ["invalid_request_error", "request_too_large", "INVALID_ARGUMENT"];
const SPENT: [&str; 3] = ["insufficient_quota", "billing_error", "FAILED_PRECONDITION"];
const RATE: [&str; 3] = ["rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"];
const BUSY: [&str; 3] = ["server_error", "overloaded_error", "UNAVAILABLE"];
const UPSTREAM: [&str; 3] = ["upstream_error", "api_error", "UNAVAILABLE"];
const LATE: [&str; 3] = ["upstream_error", "timeout_error", "DEADLINE_EXCEEDED"];

/// The table, one row a code, in the order of [`Code`].
pub const CODES: &[CodeRow] = &[
    row(
        Code::CallerInvalidJson,
        "caller_invalid_json",
        400,
        BAD,
        "The body is not JSON, a key stands in it twice, or it is not the gzip or zstd that it is announced as.",
    ),
    row(
        Code::CallerInvalidRequest,
        "caller_invalid_request",
        400,
        BAD,
        "A field is missing or has the wrong type; the message names it.",
    ),
    row(
        Code::CallerBodyTooLarge,
        "caller_body_too_large",
        413,
        BIG,
        "The body is over the limit, before or after decompression.",
    ),
    row(
        Code::CallerUnsupportedEncoding,
        "caller_unsupported_encoding",
        415,
        BAD,
        "The body's content-encoding is none of identity, gzip, zstd.",
    ),
    row(
        Code::CallerUnsupportedMediaType,
        "caller_unsupported_media_type",
        415,
        BAD,
        "A call of the admin API has a body that is not announced as application/json.",
    ),
    row(
        Code::CallerConflict,
        "caller_conflict",
        409,
        BAD,
        "Somebody else changed it first, the name is taken, or something still needs it: read it again, then decide.",
    ),
    row(
        Code::CallerThrottled,
        "caller_throttled",
        429,
        RATE,
        "Too many failed logins for this account or from this address; Retry-After says how long.",
    ),
    row(
        Code::CallerHeadersTooLarge,
        "caller_headers_too_large",
        431,
        BAD,
        "The request's headers are over the limit.",
    ),
    row(
        Code::CallerUnauthenticated,
        "caller_unauthenticated",
        401,
        ["invalid_request_error", "authentication_error", "UNAUTHENTICATED"],
        "No client key was sent, or not a known one, or one that is switched off or has expired.",
    ),
    row(
        Code::CallerForbidden,
        "caller_forbidden",
        403,
        ["invalid_request_error", "permission_error", "PERMISSION_DENIED"],
        "The client key may not do this; or the gateway has no client keys and serves only programs on its own machine, \
         not web pages of other hosts.",
    ),
    row(
        Code::CallerModelNotFound,
        "caller_model_not_found",
        404,
        NOT_FOUND,
        "No route and no configured provider has this name; the message lists near ones.",
    ),
    row(Code::CallerNotFound, "caller_not_found", 404, NOT_FOUND, "Nothing lives at this path."),
    row(
        Code::CallerMethodNotAllowed,
        "caller_method_not_allowed",
        405,
        BAD,
        "The path exists, but not for this method.",
    ),
    row(
        Code::CallerContextTooLong,
        "caller_context_too_long",
        400,
        BAD,
        "The prompt is longer than the context of every target.",
    ),
    row(
        Code::CallerRateLimited,
        "caller_rate_limited",
        429,
        RATE,
        "The client key, or its team, has used up a limit of requests, tokens or concurrent requests.",
    ),
    row(
        Code::CallerRequestTooLarge,
        "caller_request_too_large",
        413,
        BIG,
        "The request alone is thought to use more tokens than the client key, or its team, may use: waiting does not help.",
    ),
    row(Code::CallerTooSlow, "caller_too_slow", 408, BAD, "The body did not arrive in time."),
    row(
        Code::CallerGone,
        "caller_gone",
        499,
        ["invalid_request_error", "api_error", "CANCELLED"],
        "The client went away before the answer was complete. Only in records.",
    ),
    row(
        Code::CallerRejected,
        "caller_rejected",
        400,
        BAD,
        "The provider found the request itself at fault; its own answer is passed on.",
    ),
    row(
        Code::PolicyLossRefused,
        "policy_loss_refused",
        400,
        BAD,
        "The target's dialect cannot say everything in the request, and the route refuses to drop it.",
    ),
    row(
        Code::BudgetExceeded,
        "budget_exceeded",
        402,
        SPENT,
        "A budget that pays for the request has too little left. Nothing that SDKs try again by themselves.",
    ),
    row(
        Code::BudgetUnpriced,
        "budget_unpriced",
        402,
        SPENT,
        "A budget pays for the request, and nothing that may be called has a known price.",
    ),
    row(
        Code::CostPolicyBlocked,
        "cost_policy_blocked",
        402,
        SPENT,
        "The request or its key may cost nothing (free_only), and nothing it may call is proved to be free, or one of its \
         fields asks for something that is billed apart; the message names it.",
    ),
    row(
        Code::PolicyOwnedByFile,
        "policy_owned_by_file",
        403,
        ["invalid_request_error", "permission_error", "PERMISSION_DENIED"],
        "The configuration file names this; change it there.",
    ),
    row(
        Code::ProviderAuthFailed,
        "provider_auth_failed",
        502,
        UPSTREAM,
        "The provider refused the gateway's credential.",
    ),
    row(
        Code::ProviderPaymentRequired,
        "provider_payment_required",
        502,
        UPSTREAM,
        "The gateway's account at the provider is out of money.",
    ),
    row(
        Code::ProviderForbidden,
        "provider_forbidden",
        502,
        UPSTREAM,
        "The gateway's account may not use this model or feature.",
    ),
    row(
        Code::ProviderModelNotFound,
        "provider_model_not_found",
        502,
        UPSTREAM,
        "The provider does not know the deployment's model.",
    ),
    row(
        Code::ProviderRateLimited,
        "provider_rate_limited",
        429,
        RATE,
        "The provider's rate limit or quota is used up.",
    ),
    row(Code::ProviderOverloaded, "provider_overloaded", 503, BUSY, "The provider is overloaded."),
    row(Code::ProviderError, "provider_error", 502, UPSTREAM, "The provider failed."),
    row(Code::ProviderTimeout, "provider_timeout", 504, LATE, "The provider did not answer in time."),
    row(
        Code::ProviderUnreachable,
        "provider_unreachable",
        502,
        UPSTREAM,
        "No connection to the provider could be made, or it was reset.",
    ),
    row(
        Code::ProviderStreamBroken,
        "provider_stream_broken",
        502,
        UPSTREAM,
        "The provider's stream broke off after content had been sent.",
    ),
    row(
        Code::ProviderBadAnswer,
        "provider_bad_answer",
        502,
        UPSTREAM,
        "The provider's answer could not be read, or held one of the route's retry keywords.",
    ),
    row(
        Code::ProviderEmptyAnswer,
        "provider_empty_answer",
        502,
        UPSTREAM,
        "The provider answered with nothing in it.",
    ),
    row(Code::GatewayNoTarget, "gateway_no_target", 503, BUSY, "No target of the route can be called now."),
    row(Code::GatewayOverloaded, "gateway_overloaded", 503, BUSY, "The gateway itself has too much to do."),
    row(Code::GatewayShuttingDown, "gateway_shutting_down", 503, BUSY, "The gateway is stopping."),
    row(
        Code::GatewayStoreUnavailable,
        "gateway_store_unavailable",
        503,
        BUSY,
        "The admin API needs the database, which cannot be reached, is locked or is full. Requests are served on.",
    ),
    row(
        Code::GatewayInternal,
        "gateway_internal",
        500,
        ["server_error", "api_error", "INTERNAL"],
        "A fault of the gateway's own.",
    ),
];

impl Code {
    /// The code's row.
    #[must_use]
    pub fn row(self) -> &'static CodeRow {
        // The table is in the order of the enum; a test proves it.
        &CODES[self as usize]
    }

    /// Its name in bodies, headers, metrics and records.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The HTTP status, unless the provider's own is passed on.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_names_are_unique() {
        for (place, row) in CODES.iter().enumerate() {
            assert_eq!(row.code as usize, place, "{}", row.name);
        }
        assert_eq!(CODES.len(), Code::GatewayInternal as usize + 1);
        let names: std::collections::BTreeSet<_> = CODES.iter().map(|r| r.name).collect();
        assert_eq!(names.len(), CODES.len());
    }

    #[test]
    fn the_first_word_says_whose_fault_it_is() {
        for row in CODES {
            let domain = row.name.split('_').next().unwrap();
            assert!(
                ["caller", "policy", "cost", "budget", "provider", "gateway"].contains(&domain),
                "{}",
                row.name
            );
            assert!(domain != "provider" || row.status >= 500 || row.status == 429, "{}", row.name);
        }
    }
}
