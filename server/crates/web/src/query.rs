//! The query of an address, read as strictly as a [body](crate::body): each parameter at most once, and none that is not known.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::body;
use crate::refusal::Refusal;

/// The query. Give the type the attribute `deny_unknown_fields`; `daemun openapi` describes its fields.
#[derive(Clone, Copy, Debug)]
pub struct StrictQuery<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for StrictQuery<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        body::query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}
