//! JSON without the envelope, for programs that expect the shape of a protocol.

use std::marker::PhantomData;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A body of the shape `T`, already serialised.
#[derive(Debug)]
pub struct Plain<T> {
    response: Response,
    shape: PhantomData<fn() -> T>,
}

impl<T> Plain<T> {
    /// Serialises `data`, which may borrow what a `T` owns.
    pub fn of(data: &impl Serialize) -> Self {
        Self { response: Json(data).into_response(), shape: PhantomData }
    }
}

impl<T> IntoResponse for Plain<T> {
    fn into_response(self) -> Response {
        self.response
    }
}
