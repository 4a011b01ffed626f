//! `[limits]`: what one request may cost, what there may be at once, and how often something may happen.

use std::net::IpAddr;

use web::TrustedProxies;
use web::listener::ConnectionLimits;
use web::request_limits::RequestLimits;

use super::reader::Reader;

/// The section `[limits]`, checked.
#[derive(Clone, Debug)]
pub struct Limits {
    /// What one request may cost, in bytes and time.
    pub requests: RequestLimits,
    /// How connections are treated, and how many there may be at once.
    pub connections: ConnectionLimits,
    /// How many logins there may be at once.
    pub logins: LoginsInFlight,
    /// How often something may happen.
    pub rates: Rates,
    trusted_proxies: Vec<(IpAddr, u8)>,
}

/// Logins on their way through a provider at once.
#[derive(Clone, Copy, Debug)]
pub struct LoginsInFlight {
    /// `limits.logins_in_flight`.
    pub total: u32,
    /// `limits.logins_in_flight_per_network`.
    pub per_network: u32,
}

/// How often something may happen, at all replicas together. The gateway's rates are in `[gateway]`, alongside its routes.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// `limits.sign_ins_per_minute`.
    pub sign_ins_per_minute: u32,
    /// `limits.authorization_requests_per_minute`.
    pub authorization_requests_per_minute: u32,
}

impl Limits {
    pub(super) fn read(reader: &Reader) -> Self {
        Self {
            requests: requests(reader),
            connections: connections(reader),
            logins: LoginsInFlight {
                total: reader.number("limits.logins_in_flight"),
                per_network: reader.number("limits.logins_in_flight_per_network"),
            },
            rates: Rates {
                sign_ins_per_minute: reader.number("limits.sign_ins_per_minute"),
                authorization_requests_per_minute: reader.number("limits.authorization_requests_per_minute"),
            },
            trusted_proxies: networks(reader, "limits.trusted_proxies"),
        }
    }

    /// Whose `X-Forwarded-For` is believed.
    pub fn trusted_proxies(&self) -> TrustedProxies {
        TrustedProxies::new(self.trusted_proxies.iter().copied())
    }
}

fn requests(reader: &Reader) -> RequestLimits {
    RequestLimits {
        url: reader.size("limits.url").bytes(),
        headers: reader.size("limits.headers").bytes(),
        body: reader.size("limits.body").bytes(),
        larger_bodies: members::LARGER_BODIES,
        time: reader.span("limits.request_time").get(),
        upload_time: reader.span("limits.upload_time").get(),
    }
}

fn connections(reader: &Reader) -> ConnectionLimits {
    let connections = reader.number("limits.connections");
    ConnectionLimits {
        header_time: reader.span("limits.header_time").get(),
        write_time: reader.span("limits.write_time").get(),
        header_count: 100,
        connections: connections as usize,
        connections_per_network: share(reader, connections) as usize,
        drain_time: reader.span("limits.drain_time").get(),
    }
}

/// What one network may have of all connections: what somebody wrote, or a quarter, whatever all are.
fn share(reader: &Reader, connections: u32) -> u32 {
    const KEY: &str = "limits.connections_per_network";
    let written = reader.number(KEY);
    if reader.is_written(KEY) { written } else { (connections / 4).max(1) }
}

fn networks(reader: &Reader, key: &str) -> Vec<(IpAddr, u8)> {
    let network = |text: String| {
        let parsed = network(&text);
        if parsed.is_none() {
            reader.wrong(
                key,
                format!("`{text}` is no network"),
                "Write an address, or one with a prefix: 10.0.0.0/8",
            );
        }
        parsed
    };
    reader.list(key).into_iter().filter_map(network).collect()
}

/// Reads an address, or one with the length of its prefix.
pub(super) fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(longest), |prefix| prefix.parse().ok())?;
    (prefix <= longest).then_some((address, prefix))
}
