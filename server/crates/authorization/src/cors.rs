//! Which pages may call the endpoints of this part from a script: those of clients, at the token endpoint and at userinfo, and
//! without cookies (S-AS-15). Metadata and keys are public and say so themselves; all other endpoints allow nobody.

pub(crate) mod origins;
pub(crate) mod undecided_page;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::cors::origins::admit_as;
use crate::server::AuthorizationServer;

/// Answers a browser that asks whether a page may call (Fetch section 3.3.5). Where it cannot be told yet, it may: the answer to the
/// call itself decides whether the page can read it.
pub(crate) async fn preflight(State(server): State<AuthorizationServer>, headers: HeaderMap) -> Response {
    let origin = server.context().origins.may_call(&headers);
    let mut answer = StatusCode::NO_CONTENT.into_response();
    if origin.is_some() {
        let allowed = answer.headers_mut();
        allowed.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        let fields = HeaderValue::from_static("Authorization, Content-Type, DPoP");
        allowed.insert(ACCESS_CONTROL_ALLOW_HEADERS, fields);
        allowed.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    admit_as(origin, answer)
}
