//! Why an operator does something, as a body says it.

use std::net::IpAddr;

use axum::extract::{FromRequest, Request};
use names::{Operation, OperatorReason};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use web::openapi::{self, Argument};
use web::reason::{FieldErrors, InputError};
use web::{RequestContext, StrictBody, endpoint_error};

use crate::operator::Operator;

/// A body that says why.
pub(crate) trait Reasoned {
    /// As the operator wrote it.
    fn reason(&self) -> Option<&str>;
}

/// A body that has nothing but the reason, which the log keeps.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonBody {
    #[schema(required = true, nullable = false, value_type = String, example = "Asked by the member, ticket 1234")]
    reason: Option<String>,
}

impl Reasoned for ReasonBody {
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// Reads it.
pub(crate) fn reason(text: Option<&str>) -> Result<OperatorReason, FieldErrors> {
    let read = OperatorReason::parse(text.unwrap_or_default());
    read.map_err(|_| FieldErrors::one("reason", "one line of 1 to 300 characters"))
}

endpoint_error! {
    /// Why an order is not taken.
    pub(crate) enum OrderError {
        Input(InputError) from web::Refusal, FieldErrors;
    }
}

/// What an operator orders, read from the request: its body, from where it comes, and why.
pub(crate) struct Order<B> {
    pub(crate) body: B,
    reason: OperatorReason,
    context: RequestContext,
}

impl<B> Order<B> {
    /// What this operator does.
    pub(crate) fn operation(&self, operator: &Operator) -> Operation {
        operator.operation(&self.context, self.reason.clone())
    }

    /// From which address.
    pub(crate) fn address(&self) -> IpAddr {
        self.context.address()
    }
}

impl<S: Send + Sync, B: DeserializeOwned + Reasoned + Send> FromRequest<S> for Order<B> {
    type Rejection = OrderError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OrderError> {
        let (parts, body) = request.into_parts();
        let context = RequestContext::of(&parts);
        let StrictBody(body) = StrictBody::<B>::from_request(Request::from_parts(parts, body), state).await?;
        let reason = reason(body.reason())?;
        Ok(Self { body, reason, context })
    }
}

impl<B: ToSchema> Argument for Order<B> {
    fn describe(operation: &mut openapi::Operation) {
        StrictBody::<B>::describe(operation);
    }
}
