//! Documents that pages of any origin may read, such as metadata and keys.

use std::future::{Ready, ready};

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE,
};

/// Answers a browser that asks whether a page may send a header of its own with the request, as clients of MCP do.
pub fn preflight() -> Ready<Response> {
    let allowed = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
        (ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    ready((StatusCode::NO_CONTENT, allowed).into_response())
}
