//! Where a service listens.

use std::fmt;

use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use url::Url;

/// Scheme, host and port of an upstream. Nothing of a request ever changes it (S-BFF-8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct UpstreamAddress {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
}

impl UpstreamAddress {
    /// Reads an address; the error says what is wrong and repeats no credentials.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "an address is no URL")?;
        let scheme = match url.scheme() {
            "http" => Scheme::HTTP,
            "https" => Scheme::HTTPS,
            _ => return Err("an address is neither http nor https"),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address has a user or a password in it");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("an address has a path, a query or a fragment");
        }
        let Some(host) = url.host_str() else { return Err("an address has no host") };
        if url.port() == Some(0) {
            return Err("an address has port 0");
        }
        let text = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let authority = Authority::try_from(text).map_err(|_| "an address has no usable host")?;
        Ok(Self { scheme, authority })
    }

    /// The address of `path` there.
    pub(crate) fn uri(&self, path: &PathAndQuery) -> Option<Uri> {
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path.clone());
        Uri::from_parts(parts).ok()
    }

    /// The `Host` field for it.
    pub(crate) fn host(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(self.authority.as_str()).ok()
    }
}

impl fmt::Display for UpstreamAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_scheme_host_and_port_and_nothing_else() {
        let parse = |text: &str| UpstreamAddress::parse(text).map(|address| address.to_string());
        assert_eq!(parse("http://10.0.0.5:8080"), Ok("http://10.0.0.5:8080".to_owned()));
        assert_eq!(parse("https://orders.internal/"), Ok("https://orders.internal".to_owned()));
        assert_eq!(parse("http://[::1]:81"), Ok("http://[::1]:81".to_owned()));
        for bad in [
            "",
            "orders",
            "orders:8080",
            "ftp://a",
            "file:///etc",
            "http://",
            "http://a/b",
            "http://a?b",
            "http://a#b",
            "http://u@a",
            "http://u:p@a",
            "http://:p@a",
            "http://a:0",
            "http://a:70000",
            "//a",
            "unix:/run/a",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(!parse("http://user:secret@a").unwrap_err().contains("secret"));
    }
}
