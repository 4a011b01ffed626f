//! A `client_id` that is the address of a document.

use tokens::ClientId;
use url::{Host, Url};

use kernel::is_public;

/// From where documents are taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedOrigins {
    /// Origins, or `*` for any.
    pub(crate) origins: Vec<String>,
    /// Whether plain http on this machine will do, as it does while somebody develops.
    pub(crate) loopback: bool,
}

/// An address from which a document may be fetched.
#[derive(Clone, Debug)]
pub(crate) struct DocumentAddress {
    pub(crate) id: ClientId,
    pub(crate) url: Url,
    /// Whether it is on this machine.
    pub(crate) is_local: bool,
}

impl AllowedOrigins {
    /// The address that a `client_id` is; `None` for every other id, and for those of origins that nobody allowed. It is written
    /// as a browser would write it, so that one document has one id.
    pub(crate) fn address(&self, id: &str) -> Option<DocumentAddress> {
        if self.origins.is_empty() || !is_document_id(id) {
            return None;
        }
        let url = Url::parse(id).ok().filter(|url| url.as_str() == id && url.path() != "/")?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let is_local = url.scheme() == "http";
        let has_way = match (is_local, url.host()?) {
            (true, host) => self.loopback && is_loopback(&host),
            (false, Host::Domain(_)) => true,
            (false, Host::Ipv4(ip)) => is_public(ip.into()),
            (false, Host::Ipv6(ip)) => is_public(ip.into()),
        };
        let origin = url.origin().ascii_serialization();
        let is_allowed = self.origins.iter().any(|allowed| allowed == "*" || *allowed == origin);
        if !(is_plain && has_way && is_allowed) {
            return None;
        }
        Some(DocumentAddress { id: ClientId::parse(id)?, url, is_local })
    }
}

/// Whether an id can only be a document's.
pub(crate) fn is_document_id(id: &str) -> bool {
    id.starts_with("https://") || id.starts_with("http://")
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origins: &[&str], loopback: bool) -> AllowedOrigins {
        AllowedOrigins { origins: origins.iter().map(|origin| (*origin).to_owned()).collect(), loopback }
    }

    #[test]
    fn s_as_16_an_address_is_of_an_allowed_origin_public_and_written_in_one_way() {
        let one = allowed(&["https://agents.example"], false);
        assert!(one.address("https://agents.example/client.json").is_some());
        let any = allowed(&["*"], false);
        assert!(any.address("https://other.example:8443/a/b").is_some());
        for (from, id) in [
            (&one, "https://other.example/client.json"),
            (&one, "https://agents.example.evil.example/client.json"),
            (&one, "https://agents.example:444/client.json"),
            (&one, "http://agents.example/client.json"),
            (&allowed(&[], false), "https://agents.example/client.json"),
            (&any, "https://agents.example"),
            (&any, "https://agents.example/"),
            (&any, "https://agents.example/a/../client.json"),
            (&any, "https://agents.example:443/client.json"),
            (&any, "https://AGENTS.example/client.json"),
            (&any, "https://user@agents.example/client.json"),
            (&any, "https://agents.example/client.json#x"),
            (&any, "https://10.0.0.1/client.json"),
            (&any, "https://[::1]/client.json"),
            (&any, "https://169.254.169.254/latest/meta-data"),
            (&any, "https://0x7f.1/client.json"),
            (&any, "http://localhost:4000/client.json"),
            (&any, "ftp://agents.example/client.json"),
            (&any, "portal-client"),
        ] {
            assert!(from.address(id).is_none(), "{id}");
        }
    }

    #[test]
    fn documents_of_this_machine_are_for_development() {
        for id in ["http://localhost:4000/c.json", "http://127.0.0.1:4000/c.json"] {
            assert!(allowed(&["*"], true).address(id).is_some_and(|address| address.is_local), "{id}");
            assert!(allowed(&["*"], false).address(id).is_none(), "{id}");
            assert!(allowed(&["https://agents.example"], true).address(id).is_none(), "{id}");
        }
        assert!(allowed(&["*"], true).address("http://agents.example/c.json").is_none());
        assert!(allowed(&["*"], true).address("http://10.0.0.1/c.json").is_none());
        let with_brackets = allowed(&["*"], true).address("http://[::1]:4000/c.json");
        assert!(with_brackets.is_none(), "no client id has brackets");
    }
}
