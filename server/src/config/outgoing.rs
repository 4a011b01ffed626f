//! `[outgoing]`.

use std::net::IpAddr;

use kernel::ExposeSecret as _;
use providers::OutgoingProxy;
use url::Host;

use super::limits::network;
use super::reader::Reader;

/// How this program reaches the world.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// `outgoing.proxy` and `outgoing.no_proxy`.
    pub proxy: Option<OutgoingProxy>,
    /// `outgoing.private_hosts`.
    pub private_hosts: Vec<String>,
}

impl Outgoing {
    pub(super) fn read(reader: &Reader) -> Self {
        let except = no_proxy(reader);
        let key = "outgoing.proxy";
        let proxy = reader.secret(key).and_then(|text| {
            let proxy = OutgoingProxy::parse(text.expose_secret(), except);
            if proxy.is_none() {
                let cure = "Write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, name and password percent-encoded";
                reader.wrong_secret(key, "expected the address of a proxy", cure);
            }
            proxy
        });
        Self { proxy, private_hosts: private_hosts(reader) }
    }
}

/// Anything else would be compared with hosts, and be none of them.
fn no_proxy(reader: &Reader) -> Vec<String> {
    let key = "outgoing.no_proxy";
    let hosts = reader.list(key);
    let is_name = |text: &str| {
        text.is_ascii() && !text.contains('*') && matches!(Host::parse(text), Ok(Host::Domain(_)))
    };
    let fits = |text: &String| network(text).is_some() || is_name(text.strip_prefix('.').unwrap_or(text));
    if let Some(other) = hosts.iter().find(|text| !fits(text)) {
        let cure = "Write hosts, addresses and networks, such as \"sso.corp.example\", \"10.0.0.5\" or \"10.0.0.0/8\"";
        reader.wrong(key, format!("`{other}` is neither a host nor a network"), cure);
    }
    hosts
}

/// They are compared with the hosts of addresses as a whole, so that a network or a pattern would allow nothing.
fn private_hosts(reader: &Reader) -> Vec<String> {
    let key = "outgoing.private_hosts";
    let hosts = reader.list(key);
    let is_host =
        |text: &String| text.parse::<IpAddr>().is_ok() || (!text.contains('*') && Host::parse(text).is_ok());
    if let Some(other) = hosts.iter().find(|text| !is_host(text)) {
        let cure =
            "Write each host as in the address of its webhook, such as \"billing.internal\" or \"10.0.0.5\"";
        reader.wrong(key, format!("`{other}` is no host"), cure);
    }
    hosts
}
