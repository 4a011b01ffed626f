//! The answer to a browser that has signed out, by our button or for an app.

use axum::response::{IntoResponse as _, Response};
use http::header::{HeaderName, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use names::Source;
use web::Cookies;
use web::cookies::Cookie;

use crate::error::SessionsError;
use crate::sign_out::SignOuts;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// The address at which the browser goes on, and the cookie that is removed from it.
#[derive(Debug)]
#[must_use = "it must be sent to the browser"]
pub struct SignOutAnswer {
    address: String,
    removal: Option<Cookie<'static>>,
}

impl SignOutAnswer {
    /// Goes on to `address`, and keeps its cookie.
    pub fn to(address: &str) -> Self {
        Self { address: address.to_owned(), removal: None }
    }

    /// The answer, which removes the cookie through the request's `cookies`.
    pub fn from(self, cookies: &Cookies) -> Response {
        let has_left = self.removal.is_some();
        if let Some(removal) = &self.removal {
            cookies.add(removal.clone());
        }
        let mut answer = self.answer();
        if has_left {
            let cleared = HeaderValue::from_static("\"cache\", \"storage\"");
            answer.headers_mut().insert(CLEAR_SITE_DATA, cleared);
        }
        answer
    }

    /// The answer when no cookie is removed.
    pub fn answer(self) -> Response {
        (StatusCode::SEE_OTHER, [(LOCATION, self.address)]).into_response()
    }
}

impl SignOuts {
    /// Ends the session of this browser, if it has one, and sends it on to `address`.
    ///
    /// # Errors
    /// When the database refuses; then the session lives.
    pub async fn sign_out(
        &self,
        headers: &HeaderMap,
        address: &str,
        source: &Source,
    ) -> Result<SignOutAnswer, SessionsError> {
        if let Some(handle) = self.renewals.cookie.handle(headers) {
            self.end(&handle, false, source).await?;
        }
        Ok(self.answer(address))
    }

    /// A browser whose session has ended goes on to `address`.
    pub(crate) fn answer(&self, address: &str) -> SignOutAnswer {
        SignOutAnswer { address: address.to_owned(), removal: Some(self.renewals.cookie.name.removal()) }
    }
}
