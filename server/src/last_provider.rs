//! Which provider was used last on a device.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use names::ProviderName;
use web::cookies::Lifetime;
use web::{CookieName, Cookies};

const A_YEAR: Duration = Duration::from_hours(8760);

/// The cookie that remembers with which provider one signed in last on this device. It holds the provider's name, nothing
/// of the person.
#[derive(Clone, Debug)]
pub struct LastProviderCookie(CookieName);

impl LastProviderCookie {
    /// The cookie at an origin that is https or a plain-http loopback.
    pub fn new(secure: bool) -> Self {
        Self(CookieName::new("daemun-last", secure))
    }

    /// The provider that was used last.
    pub fn read(&self, headers: &HeaderMap) -> Option<ProviderName> {
        Cookies::of(headers).get(&self.0).and_then(ProviderName::parse)
    }

    /// The `Set-Cookie` line, if the browser does not know it yet.
    pub fn remember(&self, headers: &HeaderMap, provider: ProviderName) -> Option<HeaderValue> {
        if self.read(headers) == Some(provider) {
            return None;
        }
        self.0.set(provider.as_str(), Lifetime::For(A_YEAR))
    }
}
