//! The session cookie: its one name, what is read from it and what is written to it.

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
    /// For how long a browser keeps it at most.
    pub(crate) absolute: Duration,
}

impl SessionCookie {
    /// The handle in the session cookie; garbage is refused without asking the database.
    pub(crate) fn handle(&self, headers: &HeaderMap) -> Option<OpaqueToken> {
        self.name.read(headers).and_then(OpaqueToken::parse)
    }

    /// Whether the session's cookie comes twice: it is of no use then, whatever it says (S-COOKIE-4).
    pub fn is_twice(&self, headers: &HeaderMap) -> bool {
        self.name.is_twice(headers)
    }

    /// What makes a browser keep `handle`. It has no `Max-Age` of ours to trust: the server keeps the limits; it only lets
    /// the browser keep the cookie over a restart.
    pub(crate) fn holding(&self, handle: &OpaqueToken) -> Cookie<'static> {
        self.name.cookie(handle.text(), Lifetime::For(self.absolute))
    }
}
