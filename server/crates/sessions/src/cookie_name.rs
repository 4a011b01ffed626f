//! The name of the session cookie.

use web::{CookieName, PublicOrigin};

/// The name of the session cookie at an origin.
pub fn cookie_name(origin: &PublicOrigin) -> CookieName {
    CookieName::new("daemun", origin.is_secure())
}
