//! How these routes answer: the envelope of design 3.3 to a program, a redirect to a person's form.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{LOCATION, SET_COOKIE};
use serde::Serialize;
use web::Encoding;

use crate::Renewed;

#[derive(Serialize)]
struct Envelope<T> {
    success: bool,
    data: T,
}

/// `{"success":true,"data":…}`.
pub(crate) fn json<T: Serialize>(status: StatusCode, data: T) -> Response {
    (status, Json(Envelope { success: true, data })).into_response()
}

/// JSON, or for a form a page that says what happened.
pub(crate) fn either<T: Serialize>(
    encoding: Encoding,
    (status, data): (StatusCode, T),
    page: &str,
) -> Response {
    match encoding {
        Encoding::Json => json(status, data),
        Encoding::Form => self::page(page),
    }
}

/// A page that says what happened.
pub(crate) fn page(page: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, page)]).into_response()
}

/// The same answer, with the new cookie of a browser whose session was renewed.
pub(crate) fn with_cookie(mut answer: Response, renewed: Option<Renewed>) -> Response {
    if let Some(Renewed { cookie, .. }) = renewed {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    answer
}
