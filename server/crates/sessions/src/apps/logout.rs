//! `POST /auth/logout`: the family of a refresh token ends.

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use http::StatusCode;
use members::RequestContext;
use names::Source;
use tokens::{ClientId, EndReason, RefreshToken};
use web::{Refusal, StrictJson};

use crate::apps::tokens_body::RefreshBody;
use crate::error::SessionsError;
use crate::state::Sessions;

/// Ends the family of a refresh token. Anyone who has a token of it, even a spent one, may end it; for one that we never
/// gave out there is nothing to end, and the answer is the same.
pub(crate) async fn post(
    State(sessions): State<Sessions>,
    context: RequestContext,
    body: Result<StrictJson<RefreshBody>, Refusal>,
) -> Result<StatusCode, SessionsError> {
    let StrictJson(body) = body.map_err(SessionsError::Form)?;
    if let Some(token) = RefreshToken::parse(&body.refresh_token) {
        sessions.sign_app_out(&token, &context.source).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

impl Sessions {
    async fn sign_app_out(&self, token: &RefreshToken, source: &Source) -> Result<(), SessionsError> {
        if !self.knows(token).await? {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        let Some(family) = self.tokens.family_of(&mut tx, token).await? else { return Ok(()) };
        // The family of a browser's session ends with that session, not by a token that no browser ever holds.
        if family.client_id != ClientId::own_app() {
            return Ok(());
        }
        if self.tokens.revoke_family(&mut tx, family.id, EndReason::SignedOut).await? {
            let ended = AuditEvent::new(AuditKind::SignOut, source).about(family.subject.uuid());
            self.audit.record(&mut tx, &ended).await?;
        }
        tx.commit().await?;
        self.tokens.read_feed().await?;
        Ok(())
    }
}
