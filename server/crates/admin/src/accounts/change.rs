//! What operators do with an account: `POST /api/admin/members/{id}/…`. Each asks for a reason, and is in the audit log with it and with
//! the operator; the member is told where it concerns them.

use axum::extract::{Path, State};
use db::DbError;
use members::{Failure, RoleChangeError, StatusChangeError};
use names::{MemberId, OperatorReason, Role};
use serde::{Deserialize, Serialize};
use sessions::SessionsError;
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, RequestContext, StrictBody, Success, endpoint_error};

use crate::api::AdminApi;
use crate::operator::Operator;
use crate::reason::{AccountDeleting, LastAdministrator, RoleImpossible, RoleTakenLately};

endpoint_error! {
    /// Why an account stays as it is.
    pub(crate) enum ChangeError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        LastAdministrator(LastAdministrator);
        Deleting(AccountDeleting);
        TakenLately(RoleTakenLately);
        Role(RoleImpossible);
        Sessions(SessionsError);
        Failed(Failure) from DbError;
    }
}

impl From<RoleChangeError> for ChangeError {
    fn from(error: RoleChangeError) -> Self {
        match error {
            RoleChangeError::NoMember => NotFound.into(),
            RoleChangeError::TakenLately(_) => RoleTakenLately.into(),
            RoleChangeError::LastAdministrator => LastAdministrator.into(),
            RoleChangeError::Db(error) => error.into(),
            RoleChangeError::Tokens(error) => Failure::from(error).into(),
            error @ (RoleChangeError::Everybodys
            | RoleChangeError::Unknown(..)
            | RoleChangeError::TooMany) => RoleImpossible(error.to_string()).into(),
        }
    }
}

impl From<StatusChangeError> for ChangeError {
    fn from(error: StatusChangeError) -> Self {
        match error {
            StatusChangeError::NoMember => NotFound.into(),
            StatusChangeError::Deleting => AccountDeleting.into(),
            StatusChangeError::LastAdministrator => LastAdministrator.into(),
            StatusChangeError::Failed(failure) => failure.into(),
        }
    }
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonBody {
    #[schema(required = true, nullable = false, value_type = String, example = "Asked by the member, ticket 1234")]
    reason: Option<String>,
}

/// Which role, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleBody {
    #[schema(required = true, nullable = false, value_type = String, example = "ROLE_MODERATOR")]
    role: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "Joined the support team")]
    reason: Option<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Changed {
    /// `false`: it was so before.
    changed: bool,
}

fn member(id: &str) -> Result<MemberId, NotFound> {
    MemberId::parse(id).map_err(|_| NotFound)
}

fn reason(text: Option<String>) -> Result<OperatorReason, FieldErrors> {
    let read = OperatorReason::parse(&text.unwrap_or_default());
    read.map_err(|_| FieldErrors::one("reason", "one line of 1 to 300 characters"))
}

fn role(text: Option<String>) -> Result<Role, FieldErrors> {
    Role::parse(&text.unwrap_or_default())
        .map_err(|_| FieldErrors::one("role", "a role, such as ROLE_MODERATOR"))
}

/// `POST /api/admin/members/{id}/disable`
pub(crate) async fn disable(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    context: RequestContext,
    body: Result<StrictBody<ReasonBody>, Refusal>,
) -> Result<Success<Changed>, ChangeError> {
    let operation = caller.operation(&context, reason(body?.0.reason)?);
    let changed = api.members.status.disable(member(&id)?, &operation).await?;
    Ok(Success::ok(Changed { changed }))
}

/// `POST /api/admin/members/{id}/enable`
pub(crate) async fn enable(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    context: RequestContext,
    body: Result<StrictBody<ReasonBody>, Refusal>,
) -> Result<Success<Changed>, ChangeError> {
    let operation = caller.operation(&context, reason(body?.0.reason)?);
    let changed = api.members.status.enable(member(&id)?, &operation).await?;
    Ok(Success::ok(Changed { changed }))
}

/// `POST /api/admin/members/{id}/sign-out`
pub(crate) async fn sign_out(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    context: RequestContext,
    body: Result<StrictBody<ReasonBody>, Refusal>,
) -> Result<Success<Changed>, ChangeError> {
    let operation = caller.operation(&context, reason(body?.0.reason)?);
    let member = member(&id)?;
    api.members.directory.one(member).await?.ok_or(NotFound)?;
    let operator = sessions::Operator {
        db: &api.members.context.db,
        tokens: &api.tokens,
        audit: &api.audit,
        source: &operation.source,
    };
    operator.signs_out_for(member, &operation).await?;
    api.members.revocation.know_at_once().await;
    Ok(Success::ok(Changed { changed: true }))
}

/// `POST /api/admin/members/{id}/roles/give`
pub(crate) async fn give_role(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    context: RequestContext,
    body: Result<StrictBody<RoleBody>, Refusal>,
) -> Result<Success<Changed>, ChangeError> {
    let RoleBody { role: named, reason: why } = body?.0;
    let (role, operation) = (role(named)?, caller.operation(&context, reason(why)?));
    let changed = api.members.roles.give(member(&id)?, &role, &operation).await?;
    Ok(Success::ok(Changed { changed }))
}

/// `POST /api/admin/members/{id}/roles/take`
pub(crate) async fn take_role(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    context: RequestContext,
    body: Result<StrictBody<RoleBody>, Refusal>,
) -> Result<Success<Changed>, ChangeError> {
    let RoleBody { role: named, reason: why } = body?.0;
    let (role, operation) = (role(named)?, caller.operation(&context, reason(why)?));
    let changed = api.members.roles.take(member(&id)?, &role, &operation).await?;
    Ok(Success::ok(Changed { changed }))
}
