//! Where a request comes from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{ConnectInfo, Request};
use http::{HeaderMap, HeaderName};

use crate::fields;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client: the socket's, or what a configured proxy says (S-GW-7). An extension of every request. It prints
/// as its network, never in full.
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

    /// The network for logs and tables: /24 or /48, enough to distinguish places, too little to identify a home.
    pub fn network(self) -> String {
        format!("{self:?}")
    }

    /// Appends the network to `text`. Formatting an IPv4 address in the usual way takes ten times as long.
    pub fn write_network(self, text: &mut Vec<u8>) {
        match self.0 {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                push_octets([a, b, c, 0], text);
                text.extend_from_slice(b"/24");
            }
            IpAddr::V6(_) => text.extend_from_slice(self.network().as_bytes()),
        }
    }

    /// Appends the address in full.
    pub fn write_ip(self, text: &mut Vec<u8>) {
        match self.0 {
            IpAddr::V4(ip) => push_octets(ip.octets(), text),
            IpAddr::V6(ip) => text.extend_from_slice(ip.to_string().as_bytes()),
        }
    }
}

fn push_octets(octets: [u8; 4], text: &mut Vec<u8>) {
    for (place, octet) in octets.into_iter().enumerate() {
        if place > 0 {
            text.push(b'.');
        }
        push_decimal(octet, text);
    }
}

fn push_decimal(byte: u8, text: &mut Vec<u8>) {
    if byte >= 100 {
        text.push(b'0' + byte / 100);
    }
    if byte >= 10 {
        text.push(b'0' + byte / 10 % 10);
    }
    text.push(b'0' + byte % 10);
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
pub struct TrustedProxies(Arc<Trust>);

#[derive(Debug, Default)]
struct Trust {
    networks: Box<[(IpAddr, u8)]>,
    /// Whether it has been logged that a proxy sends something unreadable.
    has_complained: AtomicBool,
}

impl TrustedProxies {
    /// The networks given as address and prefix length.
    pub fn new(networks: impl IntoIterator<Item = (IpAddr, u8)>) -> Self {
        let networks = networks.into_iter().collect();
        Self(Arc::new(Trust { networks, has_complained: AtomicBool::new(false) }))
    }

    /// The client behind `socket`. From the right of `X-Forwarded-For`, the first address that is not a trusted proxy: everything
    /// further left was written by the client itself. An item that is not an address is skipped: that hop has none, or hides it.
    pub fn client(&self, socket: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let socket = socket.to_canonical();
        if !self.contains(socket) {
            return socket.into();
        }
        let mut client = socket;
        for item in fields::items(headers, &FORWARDED_FOR).rev() {
            let Some(address) = address(item) else {
                self.complain(socket, item);
                continue;
            };
            client = address.to_canonical();
            if !self.contains(client) {
                break;
            }
        }
        client.into()
    }

    /// Logged once, since such a proxy does it with each request.
    fn complain(&self, proxy: IpAddr, item: &[u8]) {
        // This is how nginx names a client on a Unix socket, which is fine.
        if item == b"unix:" || self.0.has_complained.swap(true, Ordering::Relaxed) {
            return;
        }
        let proxy = ClientAddress::from(proxy).network();
        let sent = item.get(..40).unwrap_or(item).escape_ascii();
        tracing::warn!(
            event = "proxy_unreadable",
            proxy,
            %sent,
            "a trusted proxy sends X-Forwarded-For with something that is no address; it is passed over. \
             Let the proxy set the header to the address of its client"
        );
    }

    /// Whether an address belongs to a trusted proxy.
    pub fn trusts(&self, socket: IpAddr) -> bool {
        self.contains(socket.to_canonical())
    }

    /// Finds the client of a request, and adds it as an extension.
    pub fn note(&self, request: &mut Request) -> ClientAddress {
        let socket = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let socket = socket.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        let client = self.client(socket, request.headers());
        request.extensions_mut().insert(client);
        client
    }

    /// Whether this is one of them.
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        self.0.networks.iter().any(|(network, prefix)| match (network, ip) {
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

/// The address of an item, as proxies of many kinds write it: bare, in quotes, with a port, in brackets, with the zone of a
/// link-local address.
fn address(item: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(item).ok()?;
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_number);
        return if is_port { v6(address) } else { None };
    }
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    match text.split_once(':') {
        Some((address, port)) if is_number(port) => address.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        _ => v6(text),
    }
}

fn v6(text: &str) -> Option<IpAddr> {
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
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
    fn s_gw_7_an_address_is_read_in_every_form_that_proxies_write() {
        let read = |line: &[u8]| {
            let headers = HeaderMap::from_iter([(FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap())]);
            let proxies = TrustedProxies::new([("10.0.0.0".parse().unwrap(), 8)]);
            proxies.client("10.0.0.1".parse().unwrap(), &headers).ip().to_string()
        };
        for (line, address) in [
            (&b"198.51.100.7:4711"[..], "198.51.100.7"),
            (b"[2001:db8::7]:4711", "2001:db8::7"),
            (b"[2001:db8::7]", "2001:db8::7"),
            (b"2001:db8::7", "2001:db8::7"),
            (b"\"[2001:db8::7]:4711\"", "2001:db8::7"),
            (b"\"198.51.100.7\"", "198.51.100.7"),
            (b"fe80::1%eth0", "fe80::1"),
            (b"::ffff:198.51.100.7", "198.51.100.7"),
            (b"\xe9, 203.0.113.9", "203.0.113.9"),
            (b"\xe9\xff,203.0.113.9 , 10.0.0.2:80", "203.0.113.9"),
            (b"203.0.113.9,, ", "203.0.113.9"),
            (b"1.2.3.4, 203.0.113.9, unix:", "203.0.113.9"),
            (b"1.2.3.4, 203.0.113.9, unknown", "203.0.113.9"),
            (b"1.2.3.4, 203.0.113.9, _hidden, 10.0.0.2", "203.0.113.9"),
            (b"1.2.3.4, 203.0.113.9, \xff", "203.0.113.9"),
        ] {
            assert_eq!(read(line), address, "{}", line.escape_ascii());
        }
        // Nothing readable: the proxy itself, and never an address that nobody wrote.
        for none in [
            &b"unknown"[..],
            b"203.0.113.9:x",
            b"[203.0.113.9]:1",
            b"[2001:db8::7",
            b"[2001:db8::7]x",
            b"010.0.0.9",
            b"203.0.113",
            b"3405803785",
            b"for=203.0.113.9",
        ] {
            assert_eq!(read(none), "10.0.0.1", "{}", none.escape_ascii());
        }
    }

    #[test]
    fn what_a_proxy_sends_that_cannot_be_read_is_said_once() {
        let proxies = TrustedProxies::new([("10.0.0.0".parse().unwrap(), 8)]);
        let ask = |line: &'static str| {
            let headers = HeaderMap::from_iter([(FORWARDED_FOR, HeaderValue::from_static(line))]);
            proxies.client("10.0.0.1".parse().unwrap(), &headers);
            proxies.0.has_complained.load(Ordering::Relaxed)
        };
        assert!(!ask("198.51.100.7:1, unix:") && ask("198.51.100.7, nobody") && ask("198.51.100.7"));
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

    #[test]
    fn networks_and_addresses_are_appended_as_they_are_printed() {
        let all = (0..=255).map(|byte: u8| IpAddr::from([byte, 255 - byte, byte / 3, byte]));
        let others = ["2001:db8:1:2::3", "::ffff:192.0.2.1", "::1"].map(|ip| ip.parse().unwrap());
        for client in all.chain(others).map(ClientAddress::from) {
            let mut text = b"in ".to_vec();
            client.write_network(&mut text);
            text.extend_from_slice(b" for ");
            client.write_ip(&mut text);
            assert_eq!(text, format!("in {} for {}", client.network(), client.ip()).into_bytes());
        }
    }
}
