//! The proxy for networks without direct access to the internet.

use std::fmt;

use kernel::{ExposeSecret as _, SecretString};
use percent_encoding::percent_decode_str;
use reqwest::{NoProxy, Proxy};
use url::Url;

/// A proxy for calls to providers. TLS goes through it from end to end (`CONNECT`); printing leaves name and password out.
#[derive(Clone)]
pub struct OutgoingProxy {
    place: Url,
    credentials: Option<(String, SecretString)>,
    except: Vec<String>,
}

impl OutgoingProxy {
    /// Reads `http://HOST:PORT`, with name and password before the host where it asks for them. Hosts in `except` are
    /// reached directly: names with all below them, addresses, networks. `None` if the text is not such an address.
    pub fn parse(text: &str, except: Vec<String>) -> Option<Self> {
        let mut place = Url::parse(text).ok()?;
        let fits = matches!(place.scheme(), "http" | "https")
            && place.has_host()
            && place.path() == "/"
            && place.query().is_none()
            && place.fragment().is_none();
        if !fits {
            return None;
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
        let credentials = match (place.username(), place.password()) {
            ("", None) => None,
            (name, password) => Some((decoded(name)?, decoded(password.unwrap_or_default())?.into())),
        };
        place.set_username("").ok()?;
        place.set_password(None).ok()?;
        Some(Self { place, credentials, except })
    }

    /// The proxy's address, without name and password.
    pub const fn place(&self) -> &Url {
        &self.place
    }

    /// The proxy's host.
    pub fn host(&self) -> &str {
        self.place.host_str().unwrap_or_default()
    }

    /// Name and password.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|(name, password)| (name.as_str(), password.expose_secret()))
    }

    /// The same for the HTTP client.
    ///
    /// # Errors
    /// When the client cannot work with its address.
    pub fn for_client(&self) -> reqwest::Result<Proxy> {
        let mut proxy = Proxy::all(self.place.clone())?;
        if let Some((name, password)) = self.credentials() {
            proxy = proxy.basic_auth(name, password);
        }
        Ok(proxy.no_proxy(NoProxy::from_string(&self.except.join(","))))
    }
}

impl fmt::Display for OutgoingProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for OutgoingProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_key_8_a_proxy_is_an_address_and_prints_no_password() {
        let proxy = OutgoingProxy::parse("http://daemun:s%3Acret@proxy.corp:3128", Vec::new()).unwrap();
        assert_eq!(proxy.credentials(), Some(("daemun", "s:cret")));
        assert_eq!(format!("{proxy:?}"), "http://proxy.corp:3128");
        for bad in
            ["proxy.corp:3128", "socks5://proxy.corp", "http://proxy.corp/path", "http://", "http://p/?x"]
        {
            assert!(OutgoingProxy::parse(bad, Vec::new()).is_none(), "{bad}");
        }
    }
}
