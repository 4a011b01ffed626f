//! `POST /api/auth/apps/withdraw`: a member withdraws what an app has of theirs.

use db::LentTransaction;
use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use axum::response::IntoResponse as _;
use http::StatusCode;
use http::header::LOCATION;
use names::{MemberId, Source};
use serde::Deserialize;
use sessions::Current;
use tokens::{ClientId, EndReason};
use utoipa::ToSchema;
use web::guard::SignedIn;
use web::{LeadsOn, Refusal, RequestContext, StrictForm};

use super::error::ConsentError;
use crate::server::{AuthorizationServer, Context};
use crate::store::{codes, consents, device_codes};

/// Where the form leads.
const DONE: &str = "/me/security?notice=app_withdrawn";

/// The app whose consent and tokens end, by its client id.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Withdrawal {
    #[schema(required = true, nullable = false, value_type = String, example = "portal-client")]
    client: Option<String>,
}

/// Ends everything that an app has of the member and returns to the list. An app that has nothing is not an error.
pub(crate) async fn post(
    SignedIn { caller: current, .. }: SignedIn<Arc<Current>>,
    State(server): State<AuthorizationServer>,
    context: RequestContext,
    form: Result<StrictForm<Withdrawal>, Refusal>,
) -> Result<LeadsOn, ConsentError> {
    let StrictForm(form) = form.map_err(ConsentError::Form)?;
    let client_id = form.client.as_deref().and_then(ClientId::parse).filter(is_an_app);
    let client_id = client_id
        .ok_or_else(|| ConsentError::Form(Refusal::field("client", "the id of one of your apps")))?;
    withdraw(server.context(), current.member.id, &client_id, &context.source).await?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, DONE)]).into_response().into())
}

/// Our own site and apps are signed out of, where members see their sessions.
pub(super) fn is_an_app(client_id: &ClientId) -> bool {
    *client_id != ClientId::own_site() && *client_id != ClientId::own_app()
}

/// The consent goes first, so that no further code is made; then the codes, of which one may just be redeemed, and last what
/// they gave.
async fn withdraw(
    context: &Context,
    member: MemberId,
    client_id: &ClientId,
    source: &Source,
) -> Result<(), ConsentError> {
    let services = &context.services;
    let withdrawn = AuditEvent::new(AuditKind::ConsentWithdrawn, source).about(member.uuid());
    let withdrawn = withdrawn.with_client(client_id.as_str());
    let withdraw = async |mut tx: LentTransaction| {
        let had_consent = consents::delete(&mut tx, member, client_id).await?;
        let codes = codes::delete_unspent(&mut tx, member, client_id).await?
            + device_codes::deny_allowed(&mut tx, member, client_id).await?;
        let revoker = &services.tokens.revoker;
        let families = revoker.revoke_client(&mut tx, member, client_id, EndReason::Withdrawn).await?;
        if !had_consent && codes == 0 && families == 0 {
            return Ok(tx.roll_back(None));
        }
        services.audit.record(&mut tx, &withdrawn).await?;
        Ok::<_, ConsentError>(tx.commit(Some(families)))
    };
    let Some(families) = services.db.transact(withdraw).await? else { return Ok(()) };
    tracing::info!(event = "consent_withdrawn", %client_id, families, "a member took back what an app had");
    // The app's next request here must find that its access has ended.
    services.tokens.feed.read().await?;
    Ok(())
}
