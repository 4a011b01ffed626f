//! Which provider was used last on a device.

use std::time::Duration;

use http::HeaderMap;
use names::ProviderName;
use web::CookieName;
use web::cookies::{Cookie, Lifetime};

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
        self.0.read(headers).and_then(ProviderName::parse)
    }

    /// The cookie, if the browser does not have it yet.
    pub fn remember(&self, headers: &HeaderMap, provider: ProviderName) -> Option<Cookie<'static>> {
        let is_new = self.read(headers) != Some(provider);
        is_new.then(|| self.0.cookie(provider.as_str(), Lifetime::For(A_YEAR)))
    }
}
