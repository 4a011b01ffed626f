//! The origins of a client: where its pages are.

use std::collections::BTreeSet;

use url::Url;

use crate::client::model::Client;
use crate::client::redirect_uri::loopback_host;

/// Where the pages of clients are.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageOrigins {
    exact: BTreeSet<String>,
    /// Hosts of the person's own machine where any port will do, as in the redirect URIs that say so.
    any_port: BTreeSet<&'static str>,
}

impl PageOrigins {
    /// Those of these clients: as they are written, or where the redirect URIs of a public client are. No page can keep a secret.
    pub(crate) fn of<'a>(clients: impl IntoIterator<Item = &'a Client>) -> Self {
        let mut origins = Self::default();
        for client in clients {
            match &client.origins {
                Some(written) => origins.exact.extend(written.iter().cloned()),
                None if client.is_public() => origins.add_redirect_uris_of(client),
                None => {}
            }
        }
        origins
    }

    fn add_redirect_uris_of(&mut self, client: &Client) {
        for address in &client.redirect_uris {
            if let Some(host) = address.host_with_any_port() {
                self.any_port.insert(host);
            } else if let Some(origin) = origin_of(address.as_str()) {
                self.exact.insert(origin);
            }
        }
    }

    /// Whether this is one of them, as browsers send it.
    pub(crate) fn has(&self, origin: &str) -> bool {
        self.exact.contains(origin) || loopback_host(origin).is_some_and(|host| self.any_port.contains(host))
    }
}

fn origin_of(address: &str) -> Option<String> {
    let origin = Url::parse(address).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Whether a text is an origin as browsers send it.
pub(crate) fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let origin = url.origin();
        ["https", "http"].contains(&url.scheme()) && origin.is_tuple() && origin.ascii_serialization() == text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::redirect_uri::RedirectUri;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for origin in ["https://app.example", "http://localhost:3999", "http://[::1]:4000"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in [
            "*",
            "null",
            "",
            "https://app.example/",
            "https://APP.example",
            "app.example",
            "com.example.app:",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }

    /// A public client with these redirect URIs.
    fn client(redirect_uris: &[&str]) -> Client {
        let register = |text: &&str| RedirectUri::register(text).unwrap();
        Client { redirect_uris: redirect_uris.iter().map(register).collect(), ..Client::example() }
    }

    #[test]
    fn s_as_15_a_page_may_have_any_port_where_its_redirect_uri_may() {
        let origins = |redirect_uri: &str| PageOrigins::of([&client(&[redirect_uri])]);
        for (redirect_uri, origin, has) in [
            ("http://localhost/cb", "http://localhost:5173", true),
            ("http://localhost/cb", "http://localhost", true),
            ("http://localhost:3999/cb", "http://localhost:3999", true),
            ("http://localhost:3999/cb", "http://localhost:5173", false),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1:5173", true),
            ("http://[::1]/cb", "http://[::1]:5173", true),
            ("http://localhost/cb", "http://127.0.0.1:5173", false),
            ("http://localhost/cb", "https://localhost:5173", false),
            ("http://localhost/cb", "http://localhost:5173/", false),
            ("http://localhost/cb", "http://localhost.evil.example", false),
            ("http://localhost/cb", "http://localhost:5173@evil.example", false),
            ("https://app.example/cb", "https://app.example", true),
            ("https://app.example/cb", "https://app.example:8443", false),
            ("com.example.app:/cb", "null", false),
        ] {
            assert_eq!(origins(redirect_uri).has(origin), has, "{redirect_uri} {origin}");
        }
        let written = Client {
            origins: Some(vec!["https://app.example".to_owned()]),
            ..client(&["http://localhost/cb"])
        };
        let written = PageOrigins::of([&written]);
        assert!(
            written.has("https://app.example") && !written.has("http://localhost:5173"),
            "as it is written"
        );
    }
}
