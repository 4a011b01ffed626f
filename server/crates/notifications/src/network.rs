//! The network of a sign-in, as a mail names it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use web::ClientAddress;

/// The network of an address, /24 or /48, which shows a region but no household. It does not know the address: what waits in the queue
/// holds no more than the mail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "IpAddr")]
pub struct Network(IpAddr);

impl Network {
    /// The network that `address` is in.
    pub const fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8))),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80))),
        })
    }
}

/// Also what a program of before has written.
impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self::of(address)
    }
}

/// `203.0.113.0/24`.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&ClientAddress::from(self.0).network())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_address_is_kept_but_its_network() {
        for (address, written, shown) in [
            ("203.0.113.77", "\"203.0.113.0\"", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "\"203.0.113.0\"", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:77", "\"2001:db8:1::\"", "2001:db8:1::/48"),
        ] {
            let network = Network::of(address.parse().unwrap());
            assert_eq!(serde_json::to_string(&network).unwrap(), written, "{address}");
            let before: Network = serde_json::from_str(&format!("\"{address}\"")).unwrap();
            assert_eq!((before, network.to_string().as_str()), (network, shown), "{address}");
        }
    }
}
