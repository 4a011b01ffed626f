//! `[outgoing]`.

use std::net::IpAddr;

use kernel::ExposeSecret as _;
use providers::OutgoingProxy;
use url::Host;

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
        let except = reader.list("outgoing.no_proxy");
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
