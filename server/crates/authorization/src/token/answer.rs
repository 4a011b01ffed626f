//! Tokens, as a client gets them (RFC 6749 section 5.1, S-AS-21).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, PRAGMA};
use serde::Serialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// The answer. Its fields are secrets: it is never logged.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    #[schema(value_type = String)]
    pub(crate) access_token: Zeroizing<String>,
    pub(crate) token_type: &'static str,
    pub(crate) expires_in: u64,
    pub(crate) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub(crate) refresh_token: Option<Zeroizing<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub(crate) id_token: Option<Zeroizing<String>>,
}

impl IntoResponse for TokenAnswer {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(self)).into_response()
    }
}
