//! JSON without the envelope: what programs of others expect in a shape that they know.

use std::marker::PhantomData;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A body of the shape `T`, written already.
#[derive(Debug)]
pub struct Plain<T> {
    response: Response,
    shape: PhantomData<fn() -> T>,
}

impl<T> Plain<T> {
    /// Writes `data`, which may borrow what a `T` owns.
    pub fn of(data: &impl Serialize) -> Self {
        Self { response: Json(data).into_response(), shape: PhantomData }
    }
}

impl<T> IntoResponse for Plain<T> {
    fn into_response(self) -> Response {
        self.response
    }
}
