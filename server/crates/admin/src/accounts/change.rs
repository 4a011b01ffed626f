//! What operators do with an account: `POST /api/admin/members/{id}/…`. Each asks for a reason, and is in the audit log with it and with
//! the operator; the member is told where it concerns them.

use axum::extract::State;
use names::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;
use web::reason::{FieldErrors, NotFound};

use crate::accounts::change_call::ChangeCall;
use crate::accounts::change_error::ChangeError;
use crate::api::AdminApi;
use crate::given_reason::{ReasonBody, Reasoned};
use crate::operator::Operator;
use crate::reason::NoProofWaits;

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

#[expect(clippy::unnecessary_wraps, reason = "each handler ends with it")]
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
        notices: Some(&api.members.notices),
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

/// The moment at which what was scheduled will happen.
#[derive(Serialize, ToSchema)]
pub(crate) struct Due {
    at: String,
}

/// `POST /api/admin/members/{id}/delete`: the account goes after its grace, in which its owner can keep it.
pub(crate) async fn delete(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    call: ChangeCall<ReasonBody>,
) -> Result<Success<Due>, ChangeError> {
    let at = api.members.deletions.order(call.member, &call.operation(&caller)).await?;
    Ok(Success::ok(Due { at: at.to_string() }))
}

/// `POST /api/admin/members/{id}/proof-again`: the mail for an address that waits for its proof is sent once more.
pub(crate) async fn proof_again(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    call: ChangeCall<ReasonBody>,
) -> Answer {
    api.members.directory.one(call.member).await?.ok_or(NotFound)?;
    let sent = api.members.address_changes.send_proof_again(call.member, &call.operation(&caller)).await?;
    if sent { answer(true) } else { Err(NoProofWaits.into()) }
}

/// `POST /api/admin/members/{id}/reset-factors`: the second factors go after a delay, in which their owner can stop it.
pub(crate) async fn reset_factors(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    call: ChangeCall<ReasonBody>,
) -> Result<Success<Due>, ChangeError> {
    let at = api.members.factor_resets.order(call.member, &call.operation(&caller)).await?;
    Ok(Success::ok(Due { at: at.to_string() }))
}
