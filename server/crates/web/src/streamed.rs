//! The answer to a successful call whose data may be more than a program should hold: the same envelope as
//! [`Success`](crate::success::Success), written while it is read.

use std::error::Error;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use crate::refusal::Refusal;

/// A value as JSON text, in pieces.
pub type Pieces<E> = BoxStream<'static, Result<String, E>>;

/// `{"success":true,"data":{…}}`, where `data` is an object that begins with fields that are known, and goes on with long ones. What
/// fails in the midst of those breaks the answer off: its status has been sent, and what is there must not look complete.
pub struct Streamed<T, E> {
    known: T,
    long: Vec<(&'static str, Pieces<E>)>,
    headers: HeaderMap,
}

impl<T, E> Streamed<T, E> {
    /// An answer. `known` is an object with at least one field.
    pub fn new(known: T, long: Vec<(&'static str, Pieces<E>)>) -> Self {
        Self { known, long, headers: HeaderMap::new() }
    }

    /// The same with this header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// Without what is read later.
impl<T, E> std::fmt::Debug for Streamed<T, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an answer with {} long fields", self.long.len())
    }
}

impl<T: Serialize, E: Error + Send + Sync + 'static> IntoResponse for Streamed<T, E> {
    fn into_response(self) -> Response {
        let known = serde_json::to_string(&self.known).ok();
        let Some(fields) = known.as_deref().and_then(|known| known.strip_suffix('}')) else {
            tracing::error!("a response is not a JSON object");
            return Refusal::internal().into_response();
        };
        let head = format!(r#"{{"success":true,"data":{fields}"#);
        let long = self.long.into_iter().map(|(name, value)| {
            let named = stream::once(async move { Ok(format!(r#","{name}":"#)) });
            named.chain(value).boxed()
        });
        let text = stream::once(async { Ok(head) })
            .chain(stream::iter(long).flatten())
            .chain(stream::once(async { Ok("}}".to_owned()) }));
        let bytes = text.map(|piece| {
            piece.map(Bytes::from).inspect_err(|error: &E| {
                tracing::error!(error = error as &dyn Error, "a response was cut short");
            })
        });
        let mut response = Body::from_stream(bytes).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().extend(self.headers);
        response
    }
}

/// The elements of a list, in batches, as the pieces of its text.
pub fn list<T, E>(batches: BoxStream<'static, Result<Vec<T>, E>>) -> Pieces<E>
where
    T: Serialize + Send + 'static,
    E: Send + 'static,
{
    let mut is_first = true;
    let elements = batches.map(move |batch| {
        let mut text = String::new();
        for element in batch? {
            if !std::mem::take(&mut is_first) {
                text.push(',');
            }
            // What a part writes into a file has no value that JSON cannot hold.
            text.push_str(&serde_json::to_string(&element).unwrap_or_else(|_| "null".to_owned()));
        }
        Ok(text)
    });
    let bracket = |text: &'static str| stream::once(async move { Ok(text.to_owned()) });
    bracket("[").chain(elements).chain(bracket("]")).boxed()
}

/// Several values by their names as the pieces of an object's text.
pub fn object<E: Send + 'static>(fields: Vec<(&'static str, Pieces<E>)>) -> Pieces<E> {
    let fields = fields.into_iter().enumerate().map(|(place, (name, value))| {
        let comma = if place == 0 { "{" } else { "," };
        stream::once(async move { Ok(format!(r#"{comma}"{name}":"#)) }).chain(value).boxed()
    });
    stream::iter(fields).flatten().chain(stream::once(async { Ok("}".to_owned()) })).boxed()
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    type Batches = BoxStream<'static, Result<Vec<u32>, io::Error>>;

    fn batches(of: Vec<Result<Vec<u32>, io::Error>>) -> Batches {
        stream::iter(of).boxed()
    }

    async fn body(answer: Streamed<Value, io::Error>) -> Result<Value, axum::Error> {
        let bytes = to_bytes(answer.into_response().into_body(), usize::MAX).await?;
        Ok(serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn long_fields_follow_those_that_are_known() {
        let numbers = || list(batches(vec![Ok(vec![1, 2]), Ok(vec![]), Ok(vec![3])]));
        let long = vec![
            ("numbers", numbers()),
            ("none", list(batches(vec![]))),
            ("both", object(vec![("one", numbers()), ("other", list(batches(vec![Ok(vec![])])))])),
        ];
        let data = body(Streamed::new(json!({"name": "하늘"}), long)).await.unwrap();
        let expected = json!({
            "name": "하늘", "numbers": [1, 2, 3], "none": [], "both": {"one": [1, 2, 3], "other": []}
        });
        assert_eq!(data, json!({"success": true, "data": expected}));
    }

    #[tokio::test]
    async fn what_fails_in_the_midst_never_looks_complete() {
        let failing = batches(vec![Ok(vec![1]), Err(io::Error::other("away"))]);
        body(Streamed::new(json!({"name": "하늘"}), vec![("numbers", list(failing))])).await.unwrap_err();
    }
}
