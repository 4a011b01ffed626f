//! `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`: what there is, so that clients need not be
//! told (OpenID Connect Discovery section 3, RFC 8414). Both are the same document. It is made at the start from what is
//! switched on, never from a request, and needs no database (S-AS-29, S-AS-30).

pub(crate) mod document;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};

use crate::server::AuthorizationServer;

/// Anybody may read it, from any page, and keep it for an hour.
pub(crate) async fn get(State(server): State<AuthorizationServer>) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, server.context().metadata.to_string()).into_response()
}
