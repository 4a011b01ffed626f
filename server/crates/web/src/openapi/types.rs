//! What the arguments and answers of handlers say about an operation. Most say nothing.

use axum::extract::{Path, Query, RawQuery, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use utoipa::ToSchema;

use super::operation::Operation;
use crate::body::{StrictBody, StrictForm, StrictJson};
use crate::cookies::{Browser, Cookies};
use crate::download::{Download, FileKind};
use crate::plain::Plain;
use crate::query::StrictQuery;
use crate::refusal::Refusal;
use crate::streamed::Streamed;
use crate::success::Success;

/// An argument of a handler, as the API document describes it.
pub trait Argument {
    /// What it takes.
    fn describe(_: &mut Operation) {}
}

/// What a handler answers.
pub trait Answer {
    /// What that is.
    fn describe(_: &mut Operation) {}
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

impl<T: ToSchema> Argument for StrictBody<T> {
    fn describe(operation: &mut Operation) {
        operation.takes::<T>(&[JSON, FORM]);
    }
}

impl<T: ToSchema> Argument for StrictJson<T> {
    fn describe(operation: &mut Operation) {
        operation.takes::<T>(&[JSON]);
    }
}

impl<T: ToSchema> Argument for StrictForm<T> {
    fn describe(operation: &mut Operation) {
        operation.takes::<T>(&[FORM]);
    }
}

impl<T: ToSchema> Argument for StrictQuery<T> {
    fn describe(operation: &mut Operation) {
        operation.reads_fields::<T>();
    }
}

/// Says what `T` alone says.
impl<T: Argument, E> Argument for Result<T, E> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl<S> Argument for State<S> {}
impl<T> Argument for Path<T> {}
impl<T> Argument for Query<T> {}
impl Argument for RawQuery {}
impl Argument for Request {}
impl Argument for HeaderMap {}
impl Argument for Cookies {}
impl Argument for Browser {}
impl Argument for Bytes {}
impl Argument for Uri {}
impl Argument for String {}

impl<T: ToSchema> Answer for Success<T> {
    fn describe(operation: &mut Operation) {
        operation.answers::<T>();
    }
}

impl<T: ToSchema, E> Answer for Streamed<T, E> {
    fn describe(operation: &mut Operation) {
        operation.answers::<T>();
    }
}

impl<T: ToSchema> Answer for Plain<T> {
    fn describe(operation: &mut Operation) {
        operation.answers_plain::<T>();
    }
}

impl<K: FileKind> Answer for Download<K> {
    fn describe(operation: &mut Operation) {
        operation.answers_as(K::MEDIA_TYPE);
    }
}

impl<T: Answer, E> Answer for Result<T, E> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl Answer for Response {}
impl Answer for Refusal {}
impl Answer for StatusCode {}
impl Answer for &'static str {}
impl Answer for String {}
