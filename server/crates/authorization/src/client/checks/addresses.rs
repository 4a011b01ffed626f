//! Addresses: where people are sent, where pages are that call, where a client is told of a sign-out.

use url::{Host, Url};

use crate::client::config::ClientConfig;
use crate::client::findings::Findings;
use crate::client::origin::is_origin;
use crate::client::redirect_uri::RedirectUri;
use crate::client::rules::ClientRules;

/// The longest one that is called.
const MAX_BYTES: usize = 2000;

pub(crate) fn list(key: &'static str, texts: &[String], found: &mut Findings) -> Vec<RedirectUri> {
    let mut addresses = Vec::with_capacity(texts.len());
    for text in texts {
        match RedirectUri::register(text) {
            Ok(address) => addresses.push(address),
            Err(problem) => found.wrong(key, format!("`{text}`: {problem}"), RedirectUri::ALLOWED),
        }
    }
    addresses
}

/// Schemes that any app on a device may claim are for apps without a secret (RFC 8252 sections 7.1 and 8.5).
pub(crate) fn refuse_private_use(registered: &[RedirectUri], found: &mut Findings) {
    for address in registered.iter().filter(|address| address.is_private_use()) {
        let problem =
            format!("`{}` is for an app without a secret, and this client has one", address.as_str());
        found.wrong("redirect_uris", problem, RedirectUri::ALLOWED);
    }
}

pub(crate) fn origins(client: &ClientConfig, found: &mut Findings) {
    for origin in client.origins.iter().flatten().filter(|origin| !is_origin(origin)) {
        let cure = "Write scheme, host and port as browsers send them, such as https://app.example.com";
        found.wrong("origins", format!("`{origin}` is no origin"), cure);
    }
}

/// `backchannel_logout_uri`: https, since the token in it names a session; http to this machine in development.
pub(crate) fn backchannel(client: &ClientConfig, rules: &ClientRules, found: &mut Findings) -> Option<Url> {
    let text = client.backchannel_logout_uri.as_deref()?;
    let url = Url::parse(text).ok().filter(|url| {
        let is_allowed = match url.scheme() {
            "https" => true,
            "http" => rules.is_development && is_loopback(url),
            _ => false,
        };
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        is_allowed && is_plain && text.len() <= MAX_BYTES
    });
    if url.is_none() {
        found.wrong(
            "backchannel_logout_uri",
            format!("`{}` is not allowed here", text.escape_debug()),
            "Write an https address without user info and fragment; in the development build and mode also an http one of this machine",
        );
    }
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
