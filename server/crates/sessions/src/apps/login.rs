//! `POST /auth/login`: a member signs in by e-mail and password.

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use kernel::NewId as _;
use members::RequestContext;
use names::{SessionId, SignInMethod};
use serde::Deserialize;
use tokens::{ClientId, Grant};
use utoipa::ToSchema;
use web::{Refusal, StrictJson, Success};
use zeroize::Zeroizing;

use crate::apps::tokens_body::TokensBody;
use crate::error::SessionsError;
use crate::state::Sessions;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    #[schema(example = "hong@example.com")]
    email: String,
    #[schema(value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Zeroizing<String>,
}

/// Lets a member in by e-mail and password.
pub(crate) async fn post(
    State(sessions): State<Sessions>,
    context: RequestContext,
    body: Result<StrictJson<LoginBody>, Refusal>,
) -> Result<Success<TokensBody>, SessionsError> {
    let StrictJson(body) = body.map_err(SessionsError::Form)?;
    let tokens = sessions.sign_app_in(&body.email, &body.password, &context).await?;
    Ok(Success::ok(tokens))
}

impl Sessions {
    async fn sign_app_in(
        &self,
        email: &str,
        password: &str,
        context: &RequestContext,
    ) -> Result<TokensBody, SessionsError> {
        let authenticated = self.members.password_sign_in.authenticate(email, password, context).await?;
        let mut tx = self.db.begin().await?;
        let member =
            self.members.password_sign_in.sign_in_by_password(&mut tx, &authenticated, context).await?;
        let grant = Grant {
            subject: member.id,
            session: SessionId::new(&*self.clock, &*self.randomness),
            client_id: ClientId::own_app(),
            scope: self.scope.clone(),
            audience: None,
            auth_time: self.clock.now(),
        };
        let rotation = self.tokens.issue(&mut tx, &grant).await?;
        self.note_sign_in(&mut tx, (member.id, SignInMethod::Password), &context.source).await?;
        let issued = AuditEvent::new(AuditKind::TokenIssue, &context.source).about(member.id.uuid());
        self.audit.record(&mut tx, &issued).await?;
        tx.commit().await?;
        self.tokens_body(&rotation, &member).await
    }
}
