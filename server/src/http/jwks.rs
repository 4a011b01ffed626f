//! `GET /oauth2/jwks`: the keys with which services verify our tokens.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderMap, StatusCode};
use tokens::{JwksDocument, Tokens};
use web::fields;

/// The document, made once for each change of keys. It may be kept for as long as a key is published before it signs.
pub async fn get(State(tokens): State<Tokens>, request: HeaderMap) -> Response {
    let document = tokens.jwks();
    // The keys are public: any page may read them.
    let headers = [
        (CACHE_CONTROL, document.cache_control.as_str()),
        (ETAG, document.etag.as_str()),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    if fields::none_match_names(&request, document.etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(CONTENT_TYPE, JwksDocument::MEDIA_TYPE)], document.body.clone()).into_response()
}
