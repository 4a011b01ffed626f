//! Which addresses are on the public internet. A URL that somebody else gave us is only fetched from such an address: hosts of
//! our own network would trust our request (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is public: globally reachable, and not a form of an IPv4 address that is not (IANA, *IPv4* and *IPv6
/// Special-Purpose Address Registry*).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_4(ip),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| is_public_6(ip), is_public_4),
    }
}

const fn is_public_4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_link_local()
        || ip.is_documentation()
        // This network, loopback, multicast, reserved and broadcast.
        || matches!(a, 0 | 127 | 224..)
        // Carrier-grade NAT (RFC 6598) and benchmarks (RFC 2544).
        || (a == 100 && b & 0xc0 == 64)
        || (a == 198 && b & 0xfe == 18)
        // Protocol assignments (RFC 6890) and 6to4 relays (RFC 7526).
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99);
    !is_special
}

const fn is_public_6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let is_assigned = a & 0xe000 == 0x2000;
    // Protocol assignments such as Teredo (RFC 2928), documentation, and 6to4, which contains any IPv4 address.
    let is_special = (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || a == 0x2002 || a == 0x3fff;
    is_assigned && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_as_16_only_the_public_internet_is_asked() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "203.0.112.1",
            "100.128.0.1",
            "198.20.0.1",
            "2606:4700:4700::1111",
            "2a00::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }
}
