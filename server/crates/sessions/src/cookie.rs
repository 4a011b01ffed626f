//! The session cookie: its name, how it is read and written.

use std::time::Duration;

use http::HeaderMap;
use kernel::OpaqueToken;
use web::CookieName;
use web::cookies::{Cookie, Lifetime};

/// The session cookie of this site.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    /// Its name.
    pub name: CookieName,
    /// The longest time for which a browser keeps it.
    pub(crate) absolute: Duration,
}

impl SessionCookie {
    /// The handle in the session cookie; garbage is refused without a database query.
    pub(crate) fn handle(&self, headers: &HeaderMap) -> Option<OpaqueToken> {
        self.name.read(headers).and_then(OpaqueToken::parse)
    }

    /// Whether the session's cookie comes twice; then neither counts (S-COOKIE-4).
    pub fn is_twice(&self, headers: &HeaderMap) -> bool {
        self.name.is_twice(headers)
    }

    /// The cookie that holds `handle`. The server enforces the limits; `Max-Age` only lets the browser keep the cookie over a
    /// restart.
    pub(crate) fn holding(&self, handle: &OpaqueToken) -> Cookie<'static> {
        self.name.cookie(handle.text(), Lifetime::For(self.absolute))
    }
}
