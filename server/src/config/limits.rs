//! `[limits]`.

use std::net::IpAddr;

use web::TrustedProxies;
use web::listener::ConnectionLimits;

use super::reader::Reader;
use super::units::{Size, Span};

/// What requests and connections may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    url: Size,
    headers: Size,
    body: Size,
    header_time: Span,
    write_time: Span,
    request_time: Span,
    upload_time: Span,
    drain_time: Span,
    connections: u32,
    connections_per_network: u32,
    /// `limits.sign_ins_per_minute`.
    pub sign_ins_per_minute: u32,
    /// `limits.logins_in_flight`.
    pub logins_in_flight: u32,
    /// `limits.logins_in_flight_per_network`.
    pub logins_in_flight_per_network: u32,
    trusted_proxies: Vec<(IpAddr, u8)>,
}

impl Limits {
    pub(super) fn read(reader: &Reader) -> Self {
        let connections = reader.number("limits.connections");
        Self {
            url: reader.size("limits.url"),
            headers: reader.size("limits.headers"),
            body: reader.size("limits.body"),
            header_time: reader.span("limits.header_time"),
            write_time: reader.span("limits.write_time"),
            request_time: reader.span("limits.request_time"),
            upload_time: reader.span("limits.upload_time"),
            drain_time: reader.span("limits.drain_time"),
            connections_per_network: share(reader, connections),
            connections,
            sign_ins_per_minute: reader.number("limits.sign_ins_per_minute"),
            logins_in_flight: reader.number("limits.logins_in_flight"),
            logins_in_flight_per_network: reader.number("limits.logins_in_flight_per_network"),
            trusted_proxies: networks(reader, "limits.trusted_proxies"),
        }
    }

    /// What one request may cost.
    pub const fn requests(&self) -> web::limits::Limits {
        web::limits::Limits {
            url: self.url.bytes(),
            headers: self.headers.bytes(),
            body: self.body.bytes(),
            larger_bodies: members::LARGER_BODIES,
            time: self.request_time.get(),
            upload_time: self.upload_time.get(),
        }
    }

    /// How connections are treated.
    pub const fn connections(&self) -> ConnectionLimits {
        ConnectionLimits {
            header_time: self.header_time.get(),
            write_time: self.write_time.get(),
            header_count: 100,
            connections: self.connections as usize,
            connections_per_network: self.connections_per_network as usize,
            drain_time: self.drain_time.get(),
        }
    }

    /// Whose `X-Forwarded-For` is believed.
    pub fn trusted_proxies(&self) -> TrustedProxies {
        TrustedProxies::new(self.trusted_proxies.iter().copied())
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

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(longest), |prefix| prefix.parse().ok())?;
    (prefix <= longest).then_some((address, prefix))
}
