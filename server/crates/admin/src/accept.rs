//! `POST /api/admin/invitation`: somebody who is signed in takes an invitation, and administers from then on. Opening the link changes
//! nothing.

use axum::extract::State;
use kernel::OpaqueToken;
use names::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::FieldErrors;
use web::{Browser, Refusal, RequestContext, StrictBody, Success};

use crate::accept_error::AcceptError;
use crate::api::AdminApi;
use crate::invitations::Taker;
use crate::operator::Operator;
use crate::reason::MembersOnly;

/// The token of an invitation's link.
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

/// `POST /api/admin/invitation`: spends the token, gives the role and renews the session.
pub(crate) async fn post(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    browser: Browser,
    context: RequestContext,
    body: Result<StrictBody<AcceptBody>, Refusal>,
) -> Result<Success<Accepted>, AcceptError> {
    let StrictBody(AcceptBody { token }) = body?;
    let token = token.as_deref().and_then(OpaqueToken::parse);
    let token = token.ok_or(FieldErrors::one("token", "the token of the link"))?;
    let Operator::Member(current) = caller else { return Err(MembersOnly.into()) };
    let (headers, renewals) = (&browser.headers, &*api.sessions.renewals);
    let taker = Taker { member: current.member.id, headers, renewals };
    if let Some(renewed) = api.invitations.accept(taker, &token, &context.source).await? {
        browser.cookies.add(renewed.cookie);
        api.members.revocation.know_at_once().await;
    }
    Ok(Success::ok(Accepted { role: Role::ADMIN_NAME }))
}
