//! `POST /api/admin/invitation`: somebody who is signed in takes an invitation, and administers from then on. Opening the link changes
//! nothing.

use std::sync::Arc;

use axum::extract::State;
use db::DbError;
use kernel::OpaqueToken;
use members::{Failure, RoleChangeError};
use serde::{Deserialize, Serialize};
use sessions::Current;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::invitations::Invitations;
use crate::reason::{InvitationInvalid, RoleTakenLately};

endpoint_error! {
    /// Why nobody becomes an administrator.
    pub enum AcceptError {
        Input(InputError) from Refusal, FieldErrors;
        Invalid(InvitationInvalid);
        TakenLately(RoleTakenLately);
        Failed(Failure) from DbError;
    }
}

impl From<RoleChangeError> for AcceptError {
    fn from(error: RoleChangeError) -> Self {
        match error {
            RoleChangeError::TakenLately(_) => RoleTakenLately.into(),
            RoleChangeError::Db(error) => error.into(),
            RoleChangeError::Tokens(error) => Failure::from(error).into(),
            // Erased in this moment: the link is as good as it was, and nobody is there to use it.
            RoleChangeError::NoMember => InvitationInvalid.into(),
            RoleChangeError::Everybodys
            | RoleChangeError::Unknown(..)
            | RoleChangeError::TooMany
            | RoleChangeError::LastAdministrator => {
                Failure::Internal("ROLE_ADMIN cannot be given to this member").into()
            }
        }
    }
}

/// The form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptBody {
    #[schema(required = true, nullable = false, value_type = String, example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: Option<String>,
}

/// What they have now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    role: &'static str,
}

/// Takes the invitation.
pub(crate) async fn post(
    Fresh { caller, .. }: Fresh<Arc<Current>>,
    State(invitations): State<Invitations>,
    context: RequestContext,
    body: Result<StrictBody<AcceptBody>, Refusal>,
) -> Result<Success<Accepted>, AcceptError> {
    let StrictBody(AcceptBody { token }) = body?;
    let token = token.as_deref().and_then(OpaqueToken::parse);
    let token = token.ok_or(FieldErrors::one("token", "the token of the link"))?;
    invitations.accept(caller.member.id, &token, &context.source).await?;
    Ok(Success::ok(Accepted { role: "ROLE_ADMIN" }))
}
