//! What operators do with an account: `POST /api/admin/members/{id}/…`. Each asks for a reason, and is in the audit log with it and with
//! the operator; the member is told where it concerns them.

use axum::extract::State;
use names::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;
use web::reason::{FieldErrors, NotFound};

use crate::accounts::change_call::{ChangeCall, ReasonBody, Reasoned};
use crate::accounts::change_error::ChangeError;
use crate::api::AdminApi;
use crate::operator::Operator;

/// Which role, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleBody {
    #[schema(required = true, nullable = false, value_type = String, example = "ROLE_MODERATOR")]
    role: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "Joined the support team")]
    reason: Option<String>,
}

impl RoleBody {
    fn role(&self) -> Result<Role, FieldErrors> {
        Role::parse(self.role.as_deref().unwrap_or_default())
            .map_err(|_| FieldErrors::one("role", "a role, such as ROLE_MODERATOR"))
    }
}

impl Reasoned for RoleBody {
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Changed {
    /// `false`: it was so before.
    changed: bool,
}

type Answer = Result<Success<Changed>, ChangeError>;

fn answer(changed: bool) -> Answer {
    Ok(Success::ok(Changed { changed }))
}

/// `POST /api/admin/members/{id}/disable`
pub(crate) async fn disable(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    call: ChangeCall<ReasonBody>,
) -> Answer {
    answer(api.members.status.disable(call.member, &call.operation(&caller)).await?)
}

/// `POST /api/admin/members/{id}/enable`
pub(crate) async fn enable(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    call: ChangeCall<ReasonBody>,
) -> Answer {
    answer(api.members.status.enable(call.member, &call.operation(&caller)).await?)
}

/// `POST /api/admin/members/{id}/sign-out`
pub(crate) async fn sign_out(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    call: ChangeCall<ReasonBody>,
) -> Answer {
    let operation = call.operation(&caller);
    api.members.directory.one(call.member).await?.ok_or(NotFound)?;
    let operator = sessions::Operator {
        db: &api.members.context.db,
        tokens: &api.tokens,
        audit: &api.audit,
        source: &operation.source,
    };
    operator.signs_out_for(call.member, &operation).await?;
    api.members.revocation.know_at_once().await;
    answer(true)
}

/// `POST /api/admin/members/{id}/roles/give`
pub(crate) async fn give_role(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    call: ChangeCall<RoleBody>,
) -> Answer {
    let role = call.body.role()?;
    answer(api.members.roles.give(call.member, &role, &call.operation(&caller)).await?)
}

/// `POST /api/admin/members/{id}/roles/take`
pub(crate) async fn take_role(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    call: ChangeCall<RoleBody>,
) -> Answer {
    let role = call.body.role()?;
    answer(api.members.roles.take(call.member, &role, &call.operation(&caller)).await?)
}
