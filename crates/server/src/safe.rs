//! Headers that tell browsers to be careful with what they are sent.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// On everything: a browser must not take an answer for something that runs.
pub(crate) fn put(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// On answers of the admin API: nothing in them is a page, nobody frames them, nobody keeps them, and where they were
/// read is nobody's business.
pub(crate) fn put_admin(headers: &mut HeaderMap, https: bool) {
    put(headers);
    let policies = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in policies {
        headers.insert(name, HeaderValue::from_static(value));
    }
    put_https(headers, https);
}

/// On the console's page and assets: what runs is what we sent, it talks to nobody else, and nobody frames it. Scripts set
/// styles one by one, which needs no permission.
pub(crate) fn put_console(headers: &mut HeaderMap, https: bool) {
    put(headers);
    let policies = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
             font-src 'self'; connect-src 'self'; media-src 'self' blob: data:; manifest-src 'self'; \
             base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
        ),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
             microphone=(), midi=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in policies {
        headers.insert(name, HeaderValue::from_static(value));
    }
    put_https(headers, https);
}

fn put_https(headers: &mut HeaderMap, https: bool) {
    if https {
        // Over plain http it would mean nothing, and on another's name it would be a promise that we cannot keep.
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
