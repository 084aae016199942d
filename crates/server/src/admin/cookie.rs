//! The cookies of a session.
//!
//! Over https their names begin with `__Host-`, so that no page of another host or of plain http can set them. Plain http
//! that does not leave this machine has no such names, and no `Secure`. All of them are for every path: below which one a
//! proxy shows the gateway, the gateway does not know, and a browser sends a cookie by the paths that it sees itself.

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use wye_types::Secret;

use super::endpoint::Origin;

/// The cookies a call came with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cookies {
    /// The access token.
    pub(crate) access: Option<Secret>,
    /// The refresh token.
    pub(crate) refresh: Option<Secret>,
}

const fn names(origin: &Origin) -> [&'static str; 3] {
    if origin.local {
        ["wye_session", "wye_refresh", "wye_csrf"]
    } else {
        ["__Host-wye_session", "__Host-wye_refresh", "__Host-wye_csrf"]
    }
}

impl Cookies {
    /// Reads them. A name that stands twice is somebody's try to slip one in: neither counts.
    pub(crate) fn read(headers: &HeaderMap, origin: &Origin) -> Self {
        let [access, refresh, _] = names(origin);
        let one = |name: &str| {
            let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
            let mut values = lines
                .flat_map(|line| line.split(';'))
                .filter_map(|pair| pair.trim().split_once('='))
                .filter(|(key, _)| *key == name);
            let (_, value) = values.next()?;
            values.next().is_none().then(|| Secret::new(value.to_owned()))
        };
        Self { access: one(access), refresh: one(refresh) }
    }
}

/// What a session is told by.
pub(crate) struct Tokens<'t> {
    pub(crate) access: &'t Secret,
    pub(crate) refresh: &'t Secret,
    /// What a page sends beside the cookies to show that it may read what the gateway says.
    pub(crate) csrf: &'t str,
    /// How long the refresh token holds.
    pub(crate) stay: Duration,
}

/// The headers that begin or renew a session.
pub(crate) fn begin(origin: &Origin, tokens: &Tokens<'_>) -> HeaderMap {
    let [access_name, refresh_name, csrf_name] = names(origin);
    let Tokens { access, refresh, csrf, stay } = *tokens;
    let mut headers = HeaderMap::new();
    // The access token ends by itself; its cookie stays as long as the other, so that a late page is told to refresh.
    put(&mut headers, made(origin, access_name, access.expose()).http_only(true).max_age(long(stay)));
    put(&mut headers, made(origin, refresh_name, refresh.expose()).http_only(true).max_age(long(stay)));
    // The page reads this one, to send it back as a header.
    put(&mut headers, made(origin, csrf_name, csrf).max_age(long(stay)));
    headers
}

/// The headers that end a session in the browser.
pub(crate) fn end(origin: &Origin) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in names(origin) {
        put(&mut headers, made(origin, name, "").http_only(true).max_age(cookie::time::Duration::ZERO));
    }
    headers
}

fn made<'c>(origin: &Origin, name: &'c str, value: &'c str) -> cookie::CookieBuilder<'c> {
    Cookie::build((name, value)).path("/").same_site(SameSite::Strict).secure(!origin.local)
}

fn long(stay: Duration) -> cookie::time::Duration {
    cookie::time::Duration::seconds(i64::try_from(stay.as_secs()).unwrap_or(i64::MAX))
}

fn put(headers: &mut HeaderMap, cookie: cookie::CookieBuilder<'_>) {
    // Tokens are base64; one that is not fit for a header is not sent.
    if let Ok(value) = HeaderValue::from_str(&cookie.build().to_string()) {
        headers.append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(local: bool) -> Origin {
        Origin {
            address: [127, 0, 0, 1].into(),
            agent: String::new(),
            https: !local,
            local,
            host: String::new(),
            prefix: String::new(),
            page: None,
        }
    }

    #[test]
    fn cookies_are_as_strict_as_the_way_they_go_allows() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let lines = |local| {
            let headers = begin(
                &origin(local),
                &Tokens {
                    access: &secret("a.b.c"),
                    refresh: &secret("r"),
                    csrf: "c",
                    stay: Duration::from_secs(60),
                },
            );
            headers.get_all(SET_COOKIE).iter().map(|v| v.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            lines(false)[..2],
            [
                "__Host-wye_session=a.b.c; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=60",
                "__Host-wye_refresh=r; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=60"
            ]
        );
        assert_eq!(lines(true)[0], "wye_session=a.b.c; HttpOnly; SameSite=Strict; Path=/; Max-Age=60");
        assert!(!lines(false)[2].contains("HttpOnly"));
    }

    #[test]
    fn a_cookie_that_stands_twice_does_not_count() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("wye_session=a; wye_refresh=b; wye_session=c"));
        let cookies = Cookies::read(&headers, &origin(true));
        assert!(cookies.access.is_none() && cookies.refresh.is_some());
        // Over https a cookie without the prefix is nothing: plain http could have set it.
        assert!(Cookies::read(&headers, &origin(false)).refresh.is_none());
    }
}
