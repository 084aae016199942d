//! Which headers of a provider's answer reach the client, and under what name.

/// The name under which a provider's answer header (lower case) reaches the client. `None`: it does not.
///
/// Limits and retry delays go through as they are, since SDKs read them. The provider's request id gets a name of its
/// own, since `x-request-id` is the gateway's. Everything else (cookies, framing, server names) stays behind.
#[must_use]
pub fn forwarded_as(name: &str) -> Option<&str> {
    const IDS: [&str; 2] = ["x-request-id", "request-id"];
    const EXACT: [&str; 5] =
        ["retry-after", "retry-after-ms", "x-should-retry", "openai-processing-ms", "openai-version"];
    const PREFIXES: [&str; 4] = ["x-ratelimit-", "anthropic-ratelimit-", "ratelimit", "x-ratelimitbysize-"];
    // Names the gateway's account.
    const PRIVATE: &str = "x-ratelimit-key";
    if name == PRIVATE {
        return None;
    }
    if IDS.contains(&name) {
        return Some("x-upstream-request-id");
    }
    (EXACT.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::forwarded_as;

    #[test]
    fn limits_and_ids_pass_and_nothing_else() {
        for name in [
            "retry-after",
            "retry-after-ms",
            "x-ratelimit-remaining-tokens",
            "x-ratelimit-limit-req-minute",
            "anthropic-ratelimit-requests-reset",
            "ratelimit",
            "ratelimit-policy",
            "ratelimitbysize-remaining",
            "openai-processing-ms",
        ] {
            assert_eq!(forwarded_as(name), Some(name));
        }
        assert_eq!(forwarded_as("request-id"), Some("x-upstream-request-id"));
        assert_eq!(forwarded_as("x-request-id"), Some("x-upstream-request-id"));
        for name in
            ["set-cookie", "content-length", "server", "openai-organization", "x-ratelimit-key", "date"]
        {
            assert_eq!(forwarded_as(name), None, "{name}");
        }
    }
}
