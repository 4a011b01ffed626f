//! The sign-in method that was used last on a device.

use std::time::Duration;

use http::HeaderMap;
use names::SignInMethod;
use web::CookieName;
use web::cookies::{Cookie, Lifetime};

const COOKIE_LIFETIME: Duration = Duration::from_hours(8760);

/// The cookie that remembers with which provider one signed in last on this device, or that it was by a passkey. It holds the
/// name of the method, nothing of the person. A password is not remembered: its form is on the page anyway.
#[derive(Clone, Debug)]
pub struct LastMethodCookie(CookieName);

impl LastMethodCookie {
    /// The cookie at an origin that is https or a plain-http loopback.
    pub fn new(secure: bool) -> Self {
        Self(CookieName::new("daemun-last", secure))
    }

    /// The method that was used last.
    pub fn read(&self, headers: &HeaderMap) -> Option<SignInMethod> {
        self.0.read(headers).and_then(SignInMethod::parse).filter(|method| is_remembered(*method))
    }

    /// The cookie, if the browser does not have it yet.
    pub fn remember(&self, headers: &HeaderMap, method: SignInMethod) -> Option<Cookie<'static>> {
        let is_new = is_remembered(method) && self.read(headers) != Some(method);
        is_new.then(|| self.0.cookie(method.as_str(), Lifetime::For(COOKIE_LIFETIME)))
    }
}

fn is_remembered(method: SignInMethod) -> bool {
    method != SignInMethod::Password
}

/// The cookie that remembers that a passkey was offered on this device.
#[derive(Clone, Debug)]
pub struct PasskeyOfferCookie(CookieName);

/// For how long nothing is offered again.
const OFFER_INTERVAL: Duration = Duration::from_hours(90 * 24);

impl PasskeyOfferCookie {
    /// The cookie at an origin that is https or a plain-http loopback.
    pub fn new(secure: bool) -> Self {
        Self(CookieName::new("daemun-offer", secure))
    }

    /// Whether one was offered a while ago.
    pub fn is_there(&self, headers: &HeaderMap) -> bool {
        self.0.read(headers).is_some()
    }

    /// Remembers that one was offered.
    pub fn offered(&self) -> Cookie<'static> {
        self.0.cookie("passkey", Lifetime::For(OFFER_INTERVAL))
    }
}
