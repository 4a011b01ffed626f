//! Bodies of calls, read strictly: one object, sent as JSON or as a form, each field at most once.
//!
//! The extractor says which encodings a call takes: [`StrictBody`] both, [`StrictJson`] and [`StrictForm`] one of them. Give the
//! type the attribute `deny_unknown_fields` where the body is closed (S-ACC-13). An error names its field, and never repeats what
//! was sent, which may be a password.

mod fields;

use std::fmt;
use std::marker::PhantomData;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};

use crate::refusal::Refusal;
use crate::{fields as header_fields, request_limits};

/// No call of ours needs more; uploads are read elsewhere.
pub const MAX_CALL_BYTES: usize = 64 * 1024;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A body in either encoding.
#[derive(Clone, Copy, Debug)]
pub struct StrictBody<T>(pub T);

/// A body in JSON.
#[derive(Clone, Copy, Debug)]
pub struct StrictJson<T>(pub T);

/// The fields of a form.
#[derive(Clone, Copy, Debug)]
pub struct StrictForm<T>(pub T);

/// A field that holds an object of its own, as another standard writes it. Its inside is read by the rules of `T`.
#[derive(Clone, Copy, Debug)]
pub struct Nested<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nested<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Inside<T>(PhantomData<fn() -> T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Inside<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, inside: D) -> Result<T, D::Error> {
                T::deserialize(inside)
            }
        }
        deserializer.deserialize_newtype_struct(fields::NESTED, Inside(PhantomData)).map(Self)
    }
}

/// The bytes of a body of at most `largest`.
///
/// # Errors
/// 413 for a longer one, 408 for one that was not sent in time, 400 for one that broke off.
pub async fn read(body: Body, largest: usize) -> Result<Bytes, Refusal> {
    let body = Limited::new(body, largest).collect().await;
    Ok(body.map_err(|error| request_limits::unread(&*error))?.to_bytes())
}

/// The parameters of a query, which are written as the fields of a form are.
pub(crate) fn query<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    fields::from_form(text.as_bytes())
}

async fn read_as<T: DeserializeOwned>(
    headers: &HeaderMap,
    mut body: Body,
    encodings: &[&str],
) -> Result<T, Refusal> {
    let encoding = header_fields::media_type(headers);
    // Nothing was sent, so nothing can be of the wrong type: a form without fields.
    if !headers.contains_key(CONTENT_TYPE)
        && encodings.contains(&FORM)
        && read(std::mem::take(&mut body), MAX_CALL_BYTES).await?.is_empty()
    {
        return fields::from_form(b"");
    }
    if !encodings.contains(&encoding.as_str()) {
        return Err(Refusal::for_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body = read(body, MAX_CALL_BYTES).await?;
    if encoding == JSON { fields::from_json(&body) } else { fields::from_form(&body) }
}

impl<T: DeserializeOwned> StrictJson<T> {
    /// Reads the body of a request with these headers: for a guard that finds its proof in it.
    ///
    /// # Errors
    /// As the extractor.
    pub async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        read_as(headers, body, &[JSON]).await.map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        read_as(&parts.headers, body, &[JSON, FORM]).await.map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        Self::read(&parts.headers, body).await
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictForm<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        read_as(&parts.headers, body, &[FORM]).await.map(Self)
    }
}

#[cfg(test)]
mod tests;
