//! The answer to a request whose sender is not known, or may not do what it asks (design section 3.6).

use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use names::path;
use web::{PublicOrigin, Refusal, wants_page};

use crate::credential::CredentialProblem;
use crate::identity::AuthProblem;

/// No error code beside it: the request had no token to be wrong (RFC 6750 section 3.1).
const BARE: HeaderValue = HeaderValue::from_static("Bearer realm=\"daemun\"");
/// One wording for expired, forged and unknown (S-GW-3). The body's code tells our own callers apart what helps.
const INVALID: HeaderValue = HeaderValue::from_static("Bearer realm=\"daemun\", error=\"invalid_token\"");
const MALFORMED: HeaderValue = HeaderValue::from_static("Bearer realm=\"daemun\", error=\"invalid_request\"");

/// The answer to a credential problem. With `login`, a person who navigates is sent to sign in and comes back.
pub(crate) fn unknown(problem: CredentialProblem, login: Option<SignInPage>) -> Response {
    let problem = match problem {
        CredentialProblem::Twice => {
            let text = "A request brings one Authorization field at most.";
            return with(Refusal::new(StatusCode::BAD_REQUEST, "AUTHORIZATION_AMBIGUOUS", text), MALFORMED);
        }
        CredentialProblem::Auth(problem) => problem,
    };
    let refused = |code, text| Refusal::new(StatusCode::UNAUTHORIZED, code, text);
    match (problem, login) {
        (AuthProblem::Missing | AuthProblem::SessionEnded, Some(login)) => login.redirect(None),
        // The sign-in page does not get the second cookie, and would send the person straight back.
        (AuthProblem::CookieTwice, Some(login)) => login.redirect(Some("cookie_twice")),
        (AuthProblem::Missing | AuthProblem::CookieTwice, None) => {
            with(refused("TOKEN_MISSING", "Sign in, or send an access token as Bearer."), BARE)
        }
        // The request brought a cookie and no token, so the challenge has no error to name.
        (AuthProblem::SessionEnded, None) => {
            with(refused("TOKEN_REVOKED", "The session has ended. Sign in again."), BARE)
        }
        (AuthProblem::Invalid, _) => {
            with(refused("TOKEN_INVALID", "The access token is not valid here."), INVALID)
        }
        (AuthProblem::Expired, _) => {
            with(refused("TOKEN_EXPIRED", "The access token has expired. Refresh it."), INVALID)
        }
        (AuthProblem::Revoked, _) => {
            with(refused("TOKEN_REVOKED", "The access token was revoked. Sign in again."), INVALID)
        }
        (AuthProblem::Unavailable, _) => Refusal::unavailable().into_response(),
    }
}

/// 403 with the scope that is needed (RFC 6750 section 3.1).
pub(crate) fn insufficient_scope(needed: &str) -> Response {
    let text = "The access token does not allow this.";
    let challenge = format!("Bearer realm=\"daemun\", error=\"insufficient_scope\", scope=\"{needed}\"");
    let refusal = Refusal::new(StatusCode::FORBIDDEN, "INSUFFICIENT_SCOPE", text);
    with(refusal, HeaderValue::from_str(&challenge).unwrap_or(INVALID))
}

/// 403 for a request that another site made a browser send (S-BFF-3).
pub(crate) fn cross_origin(origin: &PublicOrigin) -> Response {
    origin.refusal().into_response()
}

/// Where a person who navigates signs in; `None` for calls, and for requests that a redirect would lose.
pub(crate) fn login(method: &Method, headers: &HeaderMap, uri: &Uri) -> Option<SignInPage> {
    if *method != Method::GET || headers.contains_key(http::header::AUTHORIZATION) || !wants_page(headers) {
        return None;
    }
    Some(SignInPage { return_to: uri.path_and_query()?.as_str().to_owned() })
}

/// The page on which a person signs in, to come back.
#[derive(Debug)]
pub(crate) struct SignInPage {
    return_to: String,
}

impl SignInPage {
    fn redirect(self, error: Option<&str>) -> Response {
        Redirect::to(&path::login(error, &self.return_to)).into_response()
    }
}

fn with(refusal: Refusal, challenge: HeaderValue) -> Response {
    let mut response = refusal.into_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}
