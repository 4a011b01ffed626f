//! A call with which an operator changes an account: whose it is, from where it comes, and what its body says.

use axum::extract::{FromRequest, FromRequestParts as _, Path, Request};
use names::{MemberId, Operation, OperatorReason};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use web::openapi::{self, Argument};
use web::reason::NotFound;
use web::{RequestContext, StrictBody};

use crate::accounts::change_error::ChangeError;
use crate::api::AdminApi;
use crate::given_reason::{self, Reasoned};
use crate::operator::Operator;

/// The change of an account that an operator asks for, read from the request.
pub(crate) struct ChangeCall<B> {
    pub(crate) member: MemberId,
    pub(crate) body: B,
    reason: OperatorReason,
    context: RequestContext,
}

impl<B> ChangeCall<B> {
    /// What this operator does.
    pub(crate) fn operation(&self, operator: &Operator) -> Operation {
        operator.operation(&self.context, self.reason.clone())
    }
}

impl<B: DeserializeOwned + Reasoned + Send> FromRequest<AdminApi> for ChangeCall<B> {
    type Rejection = ChangeError;

    async fn from_request(request: Request, api: &AdminApi) -> Result<Self, ChangeError> {
        let (mut parts, body) = request.into_parts();
        let context = RequestContext::of(&parts);
        let member = Path::<String>::from_request_parts(&mut parts, api).await;
        let StrictBody(body) = StrictBody::<B>::from_request(Request::from_parts(parts, body), api).await?;
        let reason = given_reason::reason(body.reason())?;
        let Path(member) = member.map_err(|_| NotFound)?;
        let member = MemberId::parse(&member).map_err(|_| NotFound)?;
        Ok(Self { member, body, reason, context })
    }
}

impl<B: ToSchema> Argument for ChangeCall<B> {
    fn describe(operation: &mut openapi::Operation) {
        StrictBody::<B>::describe(operation);
    }
}
