//! From where somebody came, for people.

use std::net::{IpAddr, Ipv6Addr};

use contract::Place;

/// A network as [`web::ClientAddress::network`] writes it, in the words that its first address allows.
pub(crate) fn place(network: &str) -> Place {
    let Some(address) = network.split('/').next().and_then(|address| address.parse::<IpAddr>().ok()) else {
        return Place::Unknown;
    };
    let is_private = match address {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    // The network of ::1 is written ::/48.
    if address.is_loopback() || address == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        Place::ThisMachine
    } else if is_private {
        Place::PrivateNetwork(network.to_owned())
    } else {
        Place::Internet(network.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_becomes_a_place_without_asking_anybody() {
        let text = ToOwned::to_owned;
        for (network, expected) in [
            ("127.0.0.0/24", Place::ThisMachine),
            ("::/48", Place::ThisMachine),
            ("192.168.7.0/24", Place::PrivateNetwork(text("192.168.7.0/24"))),
            ("fd00:1:2::/48", Place::PrivateNetwork(text("fd00:1:2::/48"))),
            ("203.0.113.0/24", Place::Internet(text("203.0.113.0/24"))),
            ("2001:db8:7::/48", Place::Internet(text("2001:db8:7::/48"))),
            ("", Place::Unknown),
        ] {
            assert_eq!(place(network), expected, "{network}");
        }
    }
}
