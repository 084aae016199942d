//! Which addresses anybody may ask the gateway to connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// A host or network that may be asked although it is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// A host by its name, whatever its address; `*.` before it stands for all hosts below it.
    Host(String),
    /// Addresses.
    Net(IpNet),
}

impl Allowed {
    /// Whether it is this host, by name.
    pub(super) fn names(&self, host: &str) -> bool {
        let Self::Host(name) = self else { return false };
        let host = host.trim_end_matches('.');
        name.strip_prefix("*.").map_or_else(
            || host.eq_ignore_ascii_case(name),
            |parent| {
                let split = host.len().checked_sub(parent.len()).and_then(|at| host.split_at_checked(at));
                split.is_some_and(|(below, end)| {
                    below.len() > 1 && below.ends_with('.') && end.eq_ignore_ascii_case(parent)
                })
            },
        )
    }

    /// Whether an address is in it.
    pub(super) fn holds(&self, address: IpAddr) -> bool {
        matches!(self, Self::Net(net) if net.contains(&address.to_canonical()))
    }
}

/// Whether an address is one of the public internet. What is set aside for anything else is not, whatever it is for.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Set aside by RFC 6890 and later, and what Azure's machines are looked after from.
const RESERVED_V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !RESERVED_V4.iter().any(|(net, length)| {
        let shift = 32 - length;
        bits >> shift == u32::from_be_bytes(*net) >> shift
    })
}

/// Of what is given out at all, the parts that hold other addresses or none: of the protocols' own (Teredo among them),
/// for examples, and 6to4.
const RESERVED_V6: [(u128, u32); 4] =
    [(0x2001_0000 << 96, 23), (0x2001_0db8 << 96, 32), (0x2002_0000 << 96, 16), (0x3fff_0000 << 96, 20)];

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let bits = address.to_bits();
    let within = |net: u128, length: u32| bits >> (128 - length) == net >> (128 - length);
    within(0x2000 << 112, 3) && !RESERVED_V6.iter().any(|(net, length)| within(*net, *length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_operator_allows_hosts_and_networks() {
        let host = Allowed::Host("media.corp".to_owned());
        assert!(host.names("media.corp") && host.names("MEDIA.corp.") && !host.names("x.media.corp"));
        let below = Allowed::Host("*.corp".to_owned());
        assert!(
            below.names("a.b.corp") && !below.names("corp") && !below.names(".corp") && !below.names("xcorp")
        );
        let net = Allowed::Net("10.1.0.0/16".parse().unwrap());
        assert!(net.holds("10.1.2.3".parse().unwrap()) && net.holds("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!net.holds("10.2.0.1".parse().unwrap()) && !net.names("10.1.2.3"));
    }
}
