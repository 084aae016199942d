//! Durations, sizes, addresses and URLs as people write them.

use std::net::SocketAddr;
use std::time::Duration;

mod money;
mod place;

pub(crate) use money::{decimal, decimal_of};
pub(crate) use place::{digest, moment, net, origin, time_zone};

/// `250ms`, `5s`, `1m30s`, `10m`, `1h`, `1d`.
pub(crate) fn wait(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, unit, after) = leading(rest)?;
        total += number
            * match unit {
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86400.0,
                _ => return None,
            };
        rest = after;
    }
    // Deadlines are added to clocks; a century is enough for "never".
    Duration::try_from_secs_f64(total).ok().filter(|wait| wait.as_secs() < 3_200_000_000)
}

/// `64MiB`, `10MB`, `512B`; a bare number counts bytes.
pub(crate) fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(bytes) = text.parse() {
        return Some(bytes);
    }
    let (number, unit, "") = leading(text)? else { return None };
    let scale: f64 = match unit.trim() {
        "B" => 1.0,
        "KB" | "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        "GiB" => 1_073_741_824.0,
        _ => return None,
    };
    let bytes = Duration::try_from_secs_f64(number * scale).ok()?;
    Some(bytes.as_secs())
}

fn leading(text: &str) -> Option<(f64, &str, &str)> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let (number, rest) = text.split_at(text.find(|c| !is_number(c))?);
    let (unit, rest) = rest.split_at(rest.find(is_number).unwrap_or(rest.len()));
    Some((number.parse().ok()?, unit, rest))
}

/// `127.0.0.1:9930`, `[::1]:9930`, `localhost:9930`.
pub(crate) fn address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?))),
        None => text.parse().ok(),
    }
}

/// An absolute URL with one of the schemes, a host, and neither query nor fragment.
pub(crate) fn url(text: &str, schemes: &[&str]) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split('/').next().unwrap_or("");
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.strip_prefix('[') {
        Some(v6) => match v6.split_once(']') {
            Some((name, "")) => (name, None),
            Some((name, port)) => match port.strip_prefix(':') {
                Some(port) => (name, Some(port)),
                None => return false,
            },
            None => return false,
        },
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    schemes.contains(&scheme)
        && !name.is_empty()
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && rest.chars().all(|c| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c))
}

/// Whether a text is an address of a provider: a URL that may hold `{model}` in its path, and a query. It names no user:
/// that would never be sent, and an address is printed where a key is not.
pub(crate) fn base_url(text: &str) -> bool {
    let (base, query) = text.split_once('?').unwrap_or((text, ""));
    let (origin, path) = base
        .find("://")
        .and_then(|at| base[at + 3..].find('/').map(|to| base.split_at(at + 3 + to)))
        .unwrap_or((base, ""));
    !origin.contains('@')
        && url(&format!("{origin}{}", path.replace("{model}", "m")), &["http", "https"])
        && query.chars().all(|c| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c))
}

/// Whether a URL leads to this address on this machine.
pub(crate) fn leads_to(url: &str, address: SocketAddr) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or("");
    let Some((host, port)) = authority.rsplit_once(':') else { return false };
    ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"].contains(&host) && port == address.port().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ms) in
            [("250ms", 250), ("5s", 5_000), ("1.5s", 1_500), ("1m30s", 90_000), ("1h", 3_600_000), ("0s", 0)]
        {
            assert_eq!(wait(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "5", "s", "5x", "-5s", "5 s", "1..2s", "99999999999999d"] {
            assert_eq!(wait(text), None, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("64MiB", 64 << 20), ("1.5KiB", 1536), ("10 MB", 10_000_000), ("7", 7)] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for text in ["", "MiB", "1TiBB", "-1", "1MiB2"] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    #[test]
    fn urls() {
        for good in ["http://a", "https://a.b:80/v1/", "http://[::1]:1/x", "https://u:p@h"] {
            assert!(url(good, &["http", "https"]), "{good}");
        }
        for bad in
            ["a", "ftp://a", "http://", "http://a b", "http://a?x", "http://:80", "http://a:x", "http://[::1"]
        {
            assert!(!url(bad, &["http", "https"]), "{bad}");
        }
        for good in ["http://a/v1", "https://a/d/{model}?api-version=1", "https://a?x=1"] {
            assert!(base_url(good), "{good}");
        }
        for bad in [
            "http://{model}/v1",
            "https://a/{modell}",
            "https://a/?x?y",
            "ftp://a",
            "https://a?{model}",
            "https://u:p@a",
        ] {
            assert!(!base_url(bad), "{bad}");
        }
        let here = SocketAddr::from(([127, 0, 0, 1], 9930));
        assert!(leads_to("http://localhost:9930/v1", here) && !leads_to("http://localhost:99/v1", here));
    }
}
