//! Who is at the other end: the address of the connection, or what a trusted proxy says of its client. A header that
//! anybody can write is believed only from those whom the configuration names.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// The ends of a connection; put beside each of its requests.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The other end.
    pub remote: SocketAddr,
    /// Our end.
    pub local: SocketAddr,
}

impl Peer {
    /// Of a request that came over no connection of ours.
    pub(crate) const UNKNOWN: Self = {
        let nowhere = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);
        Self { remote: nowhere, local: nowhere }
    };
}

/// Who a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its address.
    pub(crate) address: IpAddr,
    /// Whether it speaks https, to the proxy.
    pub(crate) https: bool,
}

/// Most entries of a forwarding header that are looked at.
const HOPS: usize = 32;

/// Who a client is, from the connection and the headers. Proxies add to the right, so the first address from the right
/// that is no proxy's is the client's; what stands further left the client may have made up.
pub(crate) fn client(remote: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Client {
    let remote = remote.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    if !is_trusted(remote) {
        return Client { address: remote, https: false };
    }
    let https = last(headers, "x-forwarded-proto").is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
    let furthest = |hops: Vec<Option<IpAddr>>| {
        let mut address = remote;
        for hop in hops.into_iter().take(HOPS) {
            // An entry that is no address ends what is known.
            let Some(hop) = hop else { break };
            address = hop;
            if !is_trusted(hop) {
                break;
            }
        }
        address
    };
    let plain = hops(headers, "x-forwarded-for", address);
    let standard = hops(headers, "forwarded", |entry| {
        let pairs = entry.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("for"))
            .and_then(|(_, value)| address(value))
    });
    let address = match (plain.is_empty(), standard.is_empty()) {
        (true, true) => remote,
        (false, true) => furthest(plain),
        (true, false) => furthest(standard),
        // The proxy writes one of them, the client may have written the other.
        (false, false) => {
            let (plain, standard) = (furthest(plain), furthest(standard));
            if plain == standard { plain } else { remote }
        }
    };
    Client { address, https }
}

/// The host that a client named: what a trusted proxy says of it, else `Host`; empty: it named none.
pub(crate) fn named<'h>(remote: IpAddr, headers: &'h HeaderMap, trusted: &[IpNet]) -> &'h str {
    let own = || headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let remote = remote.to_canonical();
    let told = last(headers, "x-forwarded-host").filter(|_| trusted.iter().any(|net| net.contains(&remote)));
    let is_host = |host: &&str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
    };
    told.filter(is_host).unwrap_or_else(own)
}

/// What a trusted proxy took off the path, as it says in `x-forwarded-prefix`, without a slash at the end.
pub(crate) fn taken_off<'h>(remote: IpAddr, headers: &'h HeaderMap, trusted: &[IpNet]) -> &'h str {
    let remote = remote.to_canonical();
    let told =
        last(headers, "x-forwarded-prefix").filter(|_| trusted.iter().any(|net| net.contains(&remote)));
    let is_path = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
    };
    told.filter(is_path).unwrap_or_default().trim_end_matches('/')
}

/// The entries of a list header, the last first.
fn hops(headers: &HeaderMap, name: &str, read: impl Fn(&str) -> Option<IpAddr>) -> Vec<Option<IpAddr>> {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("")).collect();
    lines.iter().rev().flat_map(|line| line.rsplit(',')).take(HOPS).map(|entry| read(entry.trim())).collect()
}

/// The last entry of a list header: the nearest proxy's.
fn last<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next().map(str::trim)
}

/// An address, perhaps in quotes, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    let ip = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?.parse().ok(),
        None => text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip())),
    };
    ip.map(|ip: IpAddr| ip.to_canonical())
}

/// Whether a `Host` or an `Origin` names this machine.
pub(crate) fn is_this_machine(text: &str) -> bool {
    let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => authority.split(':').next().unwrap_or(authority),
    };
    let local_name = host == "localhost" || host.ends_with(".localhost");
    local_name || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn seen(remote: &str, lines: &[(&str, &str)]) -> String {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].iter().map(|net| net.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        client(remote.parse().unwrap(), &headers, &trusted).address.to_string()
    }

    #[test]
    fn spoofed_forwarding_headers_are_not_believed() {
        const XFF: &str = "x-forwarded-for";
        // Nobody but a trusted proxy tells who somebody is.
        assert_eq!(seen("203.0.113.9", &[(XFF, "1.2.3.4")]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &[("forwarded", "for=1.2.3.4")]), "203.0.113.9");
        // What the client wrote stands to the left of what the proxy saw.
        assert_eq!(seen("10.0.0.1", &[(XFF, "1.2.3.4, 198.51.100.7")]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &[(XFF, "1.2.3.4"), (XFF, "198.51.100.7")]), "198.51.100.7");
        // A chain of proxies, also of those that write ports and quotes.
        assert_eq!(seen("10.0.0.1", &[(XFF, "1.2.3.4, 198.51.100.7:4711, 10.0.0.2")]), "198.51.100.7");
        assert_eq!(seen("::ffff:10.0.0.1", &[(XFF, "2001:db8::1")]), "2001:db8::1");
        assert_eq!(
            seen("fd00::1", &[("forwarded", r#"for=1.2.3.4, for="[2001:db8::2]:80";proto=https"#)]),
            "2001:db8::2"
        );
        // Rubbish ends what is known, and two headers that disagree say nothing.
        assert_eq!(seen("10.0.0.1", &[(XFF, "1.2.3.4, unknown")]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[(XFF, "1.2.3.4, x, 10.0.0.2")]), "10.0.0.2");
        assert_eq!(seen("10.0.0.1", &[(XFF, "198.51.100.7"), ("forwarded", "for=1.2.3.4")]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
        // Without end.
        let long = vec!["10.0.0.3"; 10_000].join(",");
        assert_eq!(seen("10.0.0.1", &[(XFF, &format!("1.2.3.4,{long}"))]), "10.0.0.3");
    }

    #[test]
    fn only_a_trusted_proxy_says_that_it_was_https() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        let net: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        assert!(client("10.0.0.1".parse().unwrap(), &headers, &net).https);
        assert!(!client("203.0.113.9".parse().unwrap(), &headers, &net).https);
    }
}
