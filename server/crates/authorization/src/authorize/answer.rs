//! Redirecting the person back to the client (RFC 6749 section 4.1.2, RFC 9207).

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::LOCATION;
use kernel::OpaqueToken;
use web::headers::KEEPS_OPENER;

use super::asked::Asked;
use super::refused::Refused;
use super::state;
use crate::parameters::append;

/// Where the person goes back to, and what every answer has.
pub(crate) struct Back<'a> {
    redirect_uri: &'a str,
    state: Option<&'a [u8]>,
    issuer: &'a str,
}

impl<'a> Back<'a> {
    /// To `redirect_uri`, which belongs to the client of the request.
    pub(crate) fn new(asked: &Asked<'a>, redirect_uri: &'a str, issuer: &'a str) -> Self {
        Self { redirect_uri, state: state::echoed(asked), issuer }
    }

    /// Leads the person back with an authorization code.
    pub(crate) fn with_code(&self, code: &OpaqueToken) -> Response {
        lead_to(&self.address(&[("code", &code.text())]))
    }

    /// Leads the person back with `error` and `error_description` (RFC 6749 section 4.1.2.1).
    pub(crate) fn with_error(&self, refused: &Refused) -> Response {
        let Refused { error, description } = refused;
        lead_to(&self.address(&[("error", error), ("error_description", description)]))
    }

    /// The address, with `state` byte for byte and `iss` (S-AS-9, S-AS-10). What was registered stays as it is.
    fn address(&self, parameters: &[(&str, &str)]) -> String {
        let mut address = self.redirect_uri.to_owned();
        if !address.contains('?') {
            address.push('?');
        }
        for (name, value) in parameters {
            append(&mut address, name, value.as_bytes());
        }
        if let Some(state) = self.state {
            append(&mut address, "state", state);
        }
        append(&mut address, "iss", self.issuer.as_bytes());
        address
    }
}

/// 303, so that no form is sent on (S-AS-12). A sign-in in a pop-up window reports to the page that opened it.
pub(crate) fn lead_to(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, address)], [KEEPS_OPENER]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(redirect_uri: &str, state: Option<&[u8]>) -> String {
        let back = Back { redirect_uri, state, issuer: "http://localhost:3000" };
        back.address(&[("code", "abc")])
    }

    #[test]
    fn s_as_9_s_as_10_every_answer_has_the_issuer_and_the_state_as_it_was() {
        let iss = "iss=http%3A%2F%2Flocalhost%3A3000";
        assert_eq!(address("http://a/cb", None), format!("http://a/cb?code=abc&{iss}"));
        assert_eq!(address("http://a/cb?t=1", Some(b"x")), format!("http://a/cb?t=1&code=abc&state=x&{iss}"));
        let odd = address("com.example.app:/cb", Some(b"a b+c%&=#\xff"));
        assert_eq!(odd, format!("com.example.app:/cb?code=abc&state=a%20b%2Bc%25%26%3D%23%FF&{iss}"));
    }
}
