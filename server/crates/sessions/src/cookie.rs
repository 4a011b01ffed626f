//! The session cookie: its one name, what is read from it and what is written to it.

use http::HeaderMap;
use kernel::OpaqueToken;
use web::CookieName;
use web::cookies::{Cookie, Lifetime};

use crate::state::Sessions;

impl Sessions {
    /// The name of the session cookie.
    pub fn cookie_name(&self) -> &CookieName {
        &self.cookie
    }

    /// The handle in the session cookie; garbage is refused without asking the database.
    pub(crate) fn handle(&self, headers: &HeaderMap) -> Option<OpaqueToken> {
        self.cookie.read(headers).and_then(OpaqueToken::parse)
    }

    /// Whether the session's cookie comes twice: it is of no use then, whatever it says (S-COOKIE-4).
    pub fn is_cookie_twice(&self, headers: &HeaderMap) -> bool {
        self.cookie.is_twice(headers)
    }

    /// What makes a browser keep `handle`. It has no `Max-Age` of ours to trust: the server keeps the limits; it only lets
    /// the browser keep the cookie over a restart.
    pub(crate) fn session_cookie(&self, handle: &OpaqueToken) -> Cookie<'static> {
        self.cookie.cookie(handle.text(), Lifetime::For(self.limits.absolute))
    }
}
