//! Where a request comes from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use http::HeaderMap;

/// The address of the client: the socket's, or what a proxy named in the configuration says (S-GW-7). An extension
/// of every request. Printing it gives the network only, never the full address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The address itself.
    pub const fn ip(self) -> IpAddr {
        self.0
    }

    /// The network that limits count by: the IPv4 address, or the /64 of an IPv6 one, since a home gets a whole /64
    /// (S-RATE-4).
    pub fn limit_key(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(ip) => IpAddr::V6(masked_v6(ip, 64)),
        }
    }

    /// The network for logs and tables: /24 or /48, enough to tell places apart, too little to name a home.
    pub fn network(self) -> String {
        format!("{self:?}")
    }
}

impl From<IpAddr> for ClientAddress {
    fn from(ip: IpAddr) -> Self {
        Self(ip.to_canonical())
    }
}

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                write!(f, "{}/24", Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(ip) => write!(f, "{}/48", masked_v6(ip, 48)),
        }
    }
}

fn masked_v6(ip: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - bits)))
}

/// Networks whose `X-Forwarded-For` we believe.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[(IpAddr, u8)]>);

impl TrustedProxies {
    /// The networks given as address and prefix length.
    pub fn new(networks: impl IntoIterator<Item = (IpAddr, u8)>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// The client behind `socket`. From the right of `X-Forwarded-For`, the first address that is no proxy of ours:
    /// everything further left was written by the client itself.
    pub fn client(&self, socket: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let socket = socket.to_canonical();
        if !self.contains(socket) {
            return socket.into();
        }
        let mut client = socket;
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(','));
        for hop in hops {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
            if !self.contains(client) {
                break;
            }
        }
        client.into()
    }

    /// Finds the client of a request, and hands it on as an extension.
    pub fn note(&self, request: &mut Request) -> ClientAddress {
        let socket = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let socket = socket.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        let client = self.client(socket, request.headers());
        request.extensions_mut().insert(client);
        client
    }

    /// Whether this is one of them.
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|(network, prefix)| match (network, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let shift = 32 - u32::from((*prefix).min(32));
                (network.to_bits() ^ ip.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let shift = 128 - u32::from((*prefix).min(128));
                (network.to_bits() ^ ip.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn client(proxies: &[(&str, u8)], socket: &str, forwarded: &[&str]) -> String {
        let proxies = TrustedProxies::new(proxies.iter().map(|(ip, prefix)| (ip.parse().unwrap(), *prefix)));
        let headers = forwarded
            .iter()
            .map(|line| {
                (http::HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(line).unwrap())
            })
            .collect();
        proxies.client(socket.parse().unwrap(), &headers).ip().to_string()
    }

    #[test]
    fn s_gw_7_a_forged_header_changes_nothing_without_a_named_proxy() {
        assert_eq!(client(&[], "203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(client(&[("10.0.0.0", 8)], "203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
    }

    #[test]
    fn behind_named_proxies_the_last_foreign_address_counts() {
        let proxies = [("10.0.0.0", 8)];
        assert_eq!(client(&proxies, "10.0.0.1", &["1.2.3.4, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(&proxies, "10.0.0.1", &["1.2.3.4", "198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(client(&proxies, "10.0.0.1", &["garbage, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client(&proxies, "::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(&[("0.0.0.0", 0)], "10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn s_rate_4_one_ipv6_home_is_one_key_and_no_full_address_prints() {
        let key = |ip: &str| ClientAddress::from(ip.parse::<IpAddr>().unwrap()).limit_key();
        assert_eq!(key("2001:db8:1:2:3::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(
            format!("{:?}", ClientAddress::from("203.0.113.9".parse::<IpAddr>().unwrap())),
            "203.0.113.0/24"
        );
    }
}
