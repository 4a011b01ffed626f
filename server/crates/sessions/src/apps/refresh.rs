//! `POST /auth/refresh`: a refresh token is spent for the next pair.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use members::MemberStatus;
use tokens::{ClientId, Presented, Redemption, RefreshToken, Refused};
use web::guard::{Proof, Proven, Unproven};
use web::openapi::{Argument as _, Operation};
use web::{RequestContext, StrictJson, Success};

use crate::apps::tokens_body::{RefreshBody, TokensBody};
use crate::error::SessionsError;
use crate::state::Sessions;
use crate::tokens_of_session::refused_code;

/// The proof of a refresh: a token that we gave out.
pub(crate) struct Refresh(RefreshToken);

impl Proof<Sessions> for Refresh {
    async fn read(request: Unproven<'_, Sessions>) -> Result<Self, Response> {
        let token = request.state.presented(&request.parts.headers, request.body).await;
        token
            .and_then(|token| token.map(Self).map_err(SessionsError::RefreshRefused))
            .map_err(SessionsError::into_response)
    }

    fn describe(operation: &mut Operation) {
        StrictJson::<RefreshBody>::describe(operation);
    }
}

/// Spends a refresh token for the next pair.
pub(crate) async fn post(
    Proven { proof: Refresh(token), .. }: Proven<Refresh>,
    State(sessions): State<Sessions>,
    context: RequestContext,
) -> Result<Success<TokensBody>, SessionsError> {
    sessions.refresh_app(&token, &context).await.map(Success::ok)
}

impl Sessions {
    async fn refresh_app(
        &self,
        token: &RefreshToken,
        context: &RequestContext,
    ) -> Result<TokensBody, SessionsError> {
        let client_id = ClientId::own_app();
        let presented = Presented { token, client_id: &client_id, scope: None };
        let mut tx = self.db.begin().await?;
        let rotation = match self.tokens.redeem(&mut tx, presented).await? {
            Redemption::Rotated(rotation) => rotation,
            Redemption::Refused(refused) => {
                if let Refused::Reused(family) = &refused {
                    self.note_reuse(&mut tx, family, &context.source, Some(context.language)).await?;
                }
                // What was found out is kept, although the answer is a refusal (S-TOK-17).
                tx.commit().await?;
                return Err(SessionsError::RefreshRefused(refused_code(&refused)));
            }
        };
        let member = rotation.family.subject;
        let member =
            members::find(&mut tx, member).await?.filter(|member| member.status == MemberStatus::Active);
        tx.commit().await?;
        let member = member.ok_or(SessionsError::RefreshRefused("no active member"))?;
        self.tokens_body(&rotation, &member).await
    }
}
