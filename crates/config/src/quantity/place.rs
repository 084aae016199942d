//! Where things are and when: ranges of addresses, web origins, time zones, moments.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::url;

/// `10.0.0.0/8`, `::1/128`, or one address.
pub(crate) fn net(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// `*`, or an origin as browsers send it: scheme, host and perhaps a port, in lower case.
pub(crate) fn origin(text: &str) -> bool {
    let host = text.split_once("://").map_or("", |(_, host)| host);
    text == "*"
        || (url(text, &["http", "https"]) && !host.contains(['/', '@']) && text == text.to_ascii_lowercase())
}

/// A time zone by its name in the IANA database.
pub(crate) fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

/// A moment with its offset, in unix milliseconds.
pub(crate) fn moment(text: &str) -> Option<u64> {
    let at: Timestamp = text.parse().ok()?;
    u64::try_from(at.as_millisecond()).ok()
}

/// 64 hexadecimal digits.
pub(crate) fn digest(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nets_and_origins() {
        assert_eq!(net("10.0.0.0/8"), "10.0.0.0/8".parse().ok());
        assert_eq!(net("::1"), "::1/128".parse().ok());
        assert_eq!(net("10.0.0.0/33"), None);
        for good in ["*", "https://app.example", "http://localhost:3000", "http://[::1]:1"] {
            assert!(origin(good), "{good}");
        }
        for bad in
            ["", "null", "app.example", "https://a/", "https://A", "https://u@a", "https://*.a b", "ftp://a"]
        {
            assert!(!origin(bad), "{bad}");
        }
    }

    #[test]
    fn moments_and_zones() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(moment("1970-01-01T01:00:01.5+01:00"), Some(1500));
        for bad in ["", "2030-01-31", "2030-01-31T00:00:00", "1969-01-01T00:00:00Z", "soon"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
        assert_eq!(time_zone("UTC"), Some(TimeZone::UTC));
        assert!(time_zone("Europe/Berlin").is_some());
        assert_eq!(time_zone("Berlin/Europe"), None);
        assert_eq!(time_zone("../../etc/passwd"), None);
    }

    #[test]
    fn digests() {
        assert_eq!(digest(&"0a".repeat(32)), Some([10; 32]));
        assert_eq!(digest(&"0A".repeat(32)), Some([10; 32]));
        for bad in ["", "0a", &"0g".repeat(32), &"+a".repeat(32), &"é".repeat(32)] {
            assert_eq!(digest(bad), None, "{bad}");
        }
    }
}
