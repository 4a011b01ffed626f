//! `[outgoing]`.

use kernel::ExposeSecret as _;
use providers::OutgoingProxy;

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
                reader.wrong(key, "expected the address of a proxy", cure);
            }
            proxy
        });
        Self { proxy, private_hosts: reader.list("outgoing.private_hosts") }
    }
}
