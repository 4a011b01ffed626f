//! Where people may be sent back to: registered strings, compared as strings (S-AS-1, S-AS-2).

use std::fmt;

use url::{Host, Url};

/// The longest one, so that what is stored of a request has a bound.
const MAX_BYTES: usize = 2000;

/// A registered redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(Box<str>);

/// Why a text cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedirectUriProblem(&'static str);

impl fmt::Display for RedirectUriProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl RedirectUri {
    /// What may be registered, for people who wrote something else.
    pub const ALLOWED: &'static str = "Write an https address, an http one of this machine (http://127.0.0.1/callback, http://[::1]/callback, \
         http://localhost:3999/callback), or for an app without a secret com.example.app:/callback, without fragment, user info and `*`";

    /// Reads a redirect URI as it is registered: https; http on loopback; or, for native apps, a private-use scheme in
    /// reverse-domain form (RFC 8252 section 7.1).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn register(text: &str) -> Result<Self, RedirectUriProblem> {
        let problem = |why| Err(RedirectUriProblem(why));
        if text.len() > MAX_BYTES {
            return problem("it is longer than 2000 characters");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['\\', '"', '<', '>']) {
            return problem("it has a character that no address has as it is");
        }
        if text.contains('*') {
            return problem("it has a wildcard, and addresses are compared letter by letter");
        }
        if text.contains('#') {
            return problem("it has a fragment");
        }
        let Ok(url) = Url::parse(text) else { return problem("it is no absolute address") };
        match url.scheme() {
            "https" if text.starts_with("https://") => {}
            "http" if text.starts_with("http://") && is_loopback(&url) => {}
            "http" => return problem("plain http is allowed on this machine only"),
            scheme
                if is_reverse_domain(scheme)
                    && text.starts_with(&format!("{scheme}:/"))
                    && !url.has_authority() => {}
            _ => return problem("its scheme is not allowed"),
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return problem("it has user info");
        }
        // Pages on the way name the host in their content security policy, where these part directives.
        if url.host_str().is_some_and(|host| host.contains([';', ',', '\''])) {
            return problem("its host has a character that no name of a host has");
        }
        Ok(Self(text.into()))
    }

    /// The URI as it was registered, to be compared as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request that names `asked` means this one. Both are equal as strings; only the port of a loopback address
    /// may differ, which native apps choose when they start (RFC 8252 section 7.3): any port where the address is written as
    /// numbers, and for `localhost` where it is registered without one.
    pub fn admits(&self, asked: &str) -> bool {
        if *asked == *self.0 {
            return true;
        }
        let (Some(own), Some(asked)) = (Loopback::split(&self.0), Loopback::split(asked)) else {
            return false;
        };
        own.has_any_port() && own.host == asked.host && own.rest == asked.rest
    }

    /// Its host, where [any port](Self::admits) will do.
    pub(crate) fn host_with_any_port(&self) -> Option<&'static str> {
        let own = Loopback::split(&self.0)?;
        own.has_any_port().then_some(own.host)
    }

    /// Whether it is plain http.
    pub fn is_http(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// Whether any program on a device may claim its scheme.
    pub fn is_private_use(&self) -> bool {
        !self.is_http() && !self.0.starts_with("https://")
    }
}

/// Whether a scheme is the name of a host from its end, as `com.example.app`.
fn is_reverse_domain(scheme: &str) -> bool {
    let mut labels = scheme.split('.');
    scheme.contains('.')
        && labels.all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The host of an origin of the person's own machine, whatever its port.
pub(crate) fn loopback_host(origin: &str) -> Option<&'static str> {
    Loopback::split(origin).filter(|parts| parts.rest.is_empty()).map(|parts| parts.host)
}

/// What is between `//` and the path.
fn authority(text: &str) -> &str {
    let after = text.split_once("//").map_or("", |(_, after)| after);
    after.split(['/', '?']).next().unwrap_or_default()
}

/// An http address of this machine, in its parts as they are written.
struct Loopback<'a> {
    host: &'static str,
    port: Option<&'a str>,
    rest: &'a str,
}

impl<'a> Loopback<'a> {
    fn split(text: &'a str) -> Option<Self> {
        let after = text.strip_prefix("http://")?;
        let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| after.starts_with(host))?;
        let after = &after[host.len()..];
        let at = after.find(['/', '?']).unwrap_or(after.len());
        let (port, rest) = after.split_at(at);
        let port = match port.strip_prefix(':') {
            Some(port) => Some(port).filter(|port| is_port(port))?.into(),
            None if port.is_empty() => None,
            None => return None,
        };
        Some(Self { host, port, rest })
    }

    /// Whether one that is registered stands for all ports.
    fn has_any_port(&self) -> bool {
        self.host != "localhost" || self.port.is_none()
    }
}

/// A port as people write it: `+80` and `080` are not ports, although a parser would accept them.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::register(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
    }

    #[test]
    fn s_as_2_registration_takes_https_loopback_and_reverse_domain_schemes_alone() {
        for text in [
            "https://app.example/callback",
            "https://app.example:8443/callback?tenant=1",
            "http://localhost:3999/callback",
            "http://localhost/callback",
            "http://127.0.0.1/cb",
            "http://[::1]:1234/cb",
            "com.example.app:/callback",
        ] {
            uri(text);
        }
        for text in [
            "",
            "/callback",
            "callback",
            "http://app.example/callback",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "https://*.example/callback",
            "https://app.example/*",
            "https://app.example/callback#",
            "https://app.example/callback#x",
            "https://user@app.example/",
            "https://app.example;sandbox/",
            "https://app.example,evil.example/",
            "https://user:secret@app.example/",
            "https://@app.example/",
            "https:app.example",
            "https:/app.example/",
            "https:\\\\app.example",
            "https://app.example/\\evil",
            "https://app.example/ callback",
            "https://app.example/\tx",
            "https://앱.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "myapp:/callback",
            "x.:/callback",
            ".x:/callback",
            "a..b:/callback",
            "com.-x:/callback",
            "com.example.app://host/callback",
            "urn:ietf:wg:oauth:2.0:oob",
        ] {
            assert!(RedirectUri::register(text).is_err(), "{text}");
        }
        assert!(RedirectUri::register(&format!("https://app.example/{}", "a".repeat(2000))).is_err());
    }

    #[test]
    fn s_as_1_redirect_uris_are_equal_as_strings() {
        let registered = uri("https://app.example/callback");
        assert!(registered.admits("https://app.example/callback"));
        for variant in [
            "https://app.example/callback/",
            "https://app.example//callback",
            "https://app.example/x/../callback",
            "https://app.example/callback?x",
            "https://app.example/callback?",
            "https://app.example/callback#x",
            "https://app.example/%63allback",
            "https://APP.example/callback",
            "HTTPS://app.example/callback",
            "https://user@app.example/callback",
            "https://app.example.evil.example/callback",
            "https://app.example:443/callback",
            "https://app.example:8443/callback",
            "http://app.example/callback",
            "https://app.example/callback/more",
            "https://app.example/",
            " https://app.example/callback",
            "https://app.example/callback%2e",
            "",
        ] {
            assert!(!registered.admits(variant), "{variant}");
        }
    }

    #[test]
    fn s_as_1_only_the_port_of_a_loopback_address_may_differ() {
        for (registered, asked, admitted) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", true),
            ("http://[::1]/cb", "http://[::1]:51004/cb", true),
            ("http://localhost/cb", "http://localhost:51004/cb", true),
            ("http://localhost:3999/cb", "http://localhost:3999/cb", true),
            ("http://localhost:3999/cb", "http://localhost:51004/cb", false),
            ("http://localhost:3999/cb", "http://localhost/cb", false),
            ("http://127.0.0.1/cb", "http://localhost:51004/cb", false),
            ("http://localhost/cb", "http://127.0.0.1:51004/cb", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb/", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:+80/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:080/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.10/cb", false),
            ("http://localhost/cb", "http://localhost.evil.example/cb", false),
            ("https://app.example/cb", "https://app.example:8443/cb", false),
        ] {
            assert_eq!(uri(registered).admits(asked), admitted, "{registered} {asked}");
        }
    }
}
