//! Which headers go through, both ways. Credentials never do: the client's are the gateway's, the provider's are ours.

use http::header::{
    ACCEPT, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT,
};
use http::{HeaderMap, header};

/// Between two neighbours only (RFC 9110 §7.6.1), and what is about the connection in other ways.
const OF_A_CONNECTION: [&str; 11] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "http2-settings",
];

/// The client's credentials, and what tells where it is: the address of the gateway is all that a provider learns. And
/// what makes another method of the one that was looked at.
const OF_THE_CLIENT: [&str; 14] = [
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "authorization",
    "x-api-key",
    "x-goog-api-key",
    "api-key",
    "cookie",
    "host",
    "origin",
    "referer",
    "forwarded",
    "via",
    "x-real-ip",
];
const OF_THE_CLIENT_TOO: [&str; 4] = ["x-forwarded-", "x-wye-", "x-smlgateway-", "sec-"];

/// The provider's that clients must not have: cookies of the gateway's, names of its account, and what binds browsers
/// to a host that is not the provider's.
const OF_THE_PROVIDER: [&str; 11] = [
    "set-cookie",
    "alt-svc",
    "strict-transport-security",
    "public-key-pins",
    "clear-site-data",
    "openai-organization",
    "openai-project",
    "anthropic-organization-id",
    "anthropic-workspace-id",
    "x-ratelimit-key",
    "content-type",
];
const OF_THE_PROVIDER_TOO: [&str; 2] = ["x-wye-", "access-control-"];

/// What is sent upstream: what the client said, and above it what the operator and the account need. `own` is what calls
/// of the provider carry; `firm` are the operator's headers.
pub(super) fn upstream(client: &HeaderMap, own: &HeaderMap, firm: &[HeaderName]) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(client.len() + own.len());
    let named = named_by_connection(client);
    for (name, value) in client {
        let text = name.as_str();
        let stays = OF_A_CONNECTION.contains(&text)
            || OF_THE_CLIENT.contains(&text)
            || OF_THE_CLIENT_TOO.iter().any(|prefix| text.starts_with(prefix))
            || named.contains(name);
        if !stays {
            headers.append(name.clone(), value.clone());
        }
    }
    for (name, value) in own {
        // The usual media types and a dialect's usual version are for calls that Wye writes; a client's own are better.
        let usual = [&CONTENT_TYPE, &ACCEPT].contains(&name);
        let theirs =
            headers.contains_key(name) && !value.is_sensitive() && name != HOST && name != USER_AGENT;
        if firm.contains(name) || !(usual || theirs) {
            headers.insert(name.clone(), value.clone());
        }
    }
    headers
}

/// What the client is told.
pub(super) fn downstream(provider: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(provider.len() + 1);
    let named = named_by_connection(provider);
    for (name, value) in provider {
        let text = name.as_str();
        let stays = OF_A_CONNECTION.contains(&text)
            || OF_THE_PROVIDER.contains(&text)
            || OF_THE_PROVIDER_TOO.iter().any(|prefix| text.starts_with(prefix))
            || named.contains(name);
        if stays {
            continue;
        }
        // Under `x-request-id` clients find the gateway's.
        let name = match text {
            "x-request-id" | "request-id" => HeaderName::from_static("x-upstream-request-id"),
            _ => name.clone(),
        };
        headers.append(name, value.clone());
    }
    // A page of the provider's must not run as one of the gateway's.
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    headers
}

/// The headers that `connection` says are for the neighbour only.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|value| value.split(',')).map(str::trim);
    names.filter_map(|name| HeaderName::try_from(name).ok()).filter(|name| *name != header::HOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)));
        pairs.collect()
    }

    #[test]
    fn a_client_says_what_it_wants_and_not_who_it_is() {
        let mut own = map(&[
            ("host", "api.x.ai"),
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("anthropic-version", "2023-06-01"),
            ("x-team", "ours"),
            ("user-agent", "wye/1"),
        ]);
        let mut key = HeaderValue::from_static("Bearer sk-ours");
        key.set_sensitive(true);
        own.insert("authorization", key);
        let client = map(&[
            ("host", "gateway"),
            ("authorization", "Bearer sk-client"),
            ("x-api-key", "sk-client"),
            ("cookie", "wye=1"),
            ("x-http-method-override", "POST"),
            ("connection", "keep-alive, X-Mine"),
            ("x-mine", "1"),
            ("x-wye-tags", "a"),
            ("x-smlgateway-prefer", "groq"),
            ("x-forwarded-for", "10.0.0.1"),
            ("anthropic-version", "2024-01-01"),
            ("x-team", "theirs"),
            ("content-type", "text/plain"),
            ("openai-beta", "assistants=v2"),
            ("user-agent", "curl"),
            ("expect", "100-continue"),
        ]);
        let sent = upstream(&client, &own, &[HeaderName::from_static("x-team")]);
        let expected = [
            ("anthropic-version", "2024-01-01"),
            ("authorization", "Bearer sk-ours"),
            ("content-type", "text/plain"),
            ("host", "api.x.ai"),
            ("openai-beta", "assistants=v2"),
            ("user-agent", "wye/1"),
            ("x-team", "ours"),
        ];
        let mut said: Vec<_> = sent.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
        said.sort_unstable();
        assert_eq!(said, expected);
    }

    #[test]
    fn a_provider_says_what_it_has_and_not_whose_account_it_is() {
        let told = downstream(&map(&[
            ("set-cookie", "__cf=1"),
            ("openai-organization", "us"),
            ("transfer-encoding", "chunked"),
            ("x-request-id", "req_1"),
            ("x-wye-provider", "forged"),
            ("access-control-allow-origin", "*"),
            ("etag", "\"1\""),
            ("content-length", "5"),
            ("location", "https://elsewhere"),
        ]));
        let expected = [
            ("content-length", "5"),
            ("content-security-policy", "sandbox"),
            ("etag", "\"1\""),
            ("location", "https://elsewhere"),
            ("x-upstream-request-id", "req_1"),
        ];
        let mut said: Vec<_> = told.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
        said.sort_unstable();
        assert_eq!(said, expected);
    }
}
