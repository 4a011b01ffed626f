//! Requests in the shapes that OAuth gives them, which the document of all endpoints (`daemun openapi`) describes by these types.

use std::convert::Infallible;
use std::marker::PhantomData;

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use serde_json::{Map, Value, json};
use web::openapi::{Argument, Operation};

const FORM: &str = "application/x-www-form-urlencoded";

/// The parameters of an endpoint that browsers come to.
pub(crate) trait Asks: Send + 'static {
    /// The names of all parameters that the endpoint reads.
    const KNOWN: &'static [&'static str];
    /// Those of them that are only read to be refused.
    const REFUSED: &'static [&'static str] = &[];
    /// Those that must be there.
    const REQUIRED: &'static [&'static str] = &[];
    /// Whether it can do without a body.
    const MAY_BE_EMPTY: bool = false;
}

fn served<A: Asks>() -> impl Iterator<Item = &'static str> {
    A::KNOWN.iter().copied().filter(|name| !A::REFUSED.contains(name))
}

/// Parameters as a schema has them.
pub(crate) fn properties(names: impl Iterator<Item = &'static str>) -> Map<String, Value> {
    names.map(|name| (name.to_owned(), json!({ "type": "string" }))).collect()
}

/// The query of a request with these parameters.
pub(crate) struct QueryOf<A> {
    pub(crate) query: String,
    asks: PhantomData<fn() -> A>,
}

impl<A, S: Sync> FromRequestParts<S> for QueryOf<A> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Ok(Self { query, asks: PhantomData })
    }
}

impl<A: Asks> Argument for QueryOf<A> {
    fn describe(operation: &mut Operation) {
        for name in served::<A>() {
            operation.reads(name, A::REQUIRED.contains(&name));
        }
    }
}

/// A request whose body is a form with these parameters.
pub(crate) struct FormOf<A> {
    pub(crate) request: Request,
    asks: PhantomData<fn() -> A>,
}

impl<A, S: Sync> FromRequest<S> for FormOf<A> {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self { request, asks: PhantomData })
    }
}

impl<A: Asks> Argument for FormOf<A> {
    fn describe(operation: &mut Operation) {
        let schema =
            json!({ "type": "object", "required": A::REQUIRED, "properties": properties(served::<A>()) });
        if A::MAY_BE_EMPTY {
            operation.may_take_schema(&schema, &[FORM]);
        } else {
            operation.takes_schema(&schema, &[FORM]);
        }
    }
}
