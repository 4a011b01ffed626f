//! `POST /auth/logout`: the family of a refresh token ends.

use std::sync::Arc;

use audit::AuditEvent;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use db::LentTransaction;
use http::StatusCode;
use names::{AuditKind, Source};
use tokens::{ClientId, EndReason, RefreshToken};
use web::guard::{Proof, Proven, Unproven};
use web::openapi::{Argument as _, Operation};
use web::{RequestContext, StrictJson};

use crate::apps::app_logins::AppLogins;
use crate::apps::tokens_body::{PresentedError, RefreshBody};
use crate::error::{SessionsError, endpoint_error};
use crate::state::Sessions;

endpoint_error! {
    /// Why no family is ended.
    pub(crate) enum LogoutError {
        Presented(PresentedError);
        Failed(SessionsError);
    }
}

/// The proof of a sign-out: a token that we gave out, spent or not. Without one there is nothing to end, and that is fine.
pub(crate) struct Logout(Option<RefreshToken>);

impl Proof<Arc<Sessions>> for Logout {
    async fn read(request: Unproven<'_, Arc<Sessions>>) -> Result<Self, Response> {
        let token = request.state.app_logins.presented(&request.parts.headers, request.body).await;
        token.map(|token| Self(token.ok())).map_err(|error| LogoutError::from(error).into_response())
    }

    fn describe(operation: &mut Operation) {
        StrictJson::<RefreshBody>::describe(operation);
    }
}

/// Ends the family of a refresh token. Anyone who has a token of it, even a spent one, may end it; for one that we never
/// gave out there is nothing to end, and the answer is the same.
pub(crate) async fn post(
    Proven { proof: Logout(token), .. }: Proven<Logout>,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
) -> Result<StatusCode, LogoutError> {
    if let Some(token) = token {
        sessions.app_logins.sign_app_out(&token, &context.source).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

impl AppLogins {
    async fn sign_app_out(&self, token: &RefreshToken, source: &Source) -> Result<(), SessionsError> {
        let end = async |mut tx: LentTransaction| {
            let family = self.tokens.families.family_of(&mut tx, token).await?;
            // The family of a browser's session ends with that session, not by a token that no browser ever holds.
            let Some(family) = family.filter(|family| family.client_id == ClientId::own_app()) else {
                return Ok(tx.roll_back(false));
            };
            if self.tokens.revoker.revoke_family(&mut tx, family.id, EndReason::SignedOut).await? {
                let ended = AuditEvent::new(AuditKind::SignOut, source).about(family.subject.uuid());
                self.context.audit.record(&mut tx, &ended).await?;
            }
            Ok::<_, SessionsError>(tx.commit(true))
        };
        if self.context.db.transact(end).await? {
            self.tokens.feed.read().await?;
        }
        Ok(())
    }
}
