//! `POST /auth/refresh`: a refresh token is spent for the next pair.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use db::{DbError, LentTransaction};
use members::MemberStatus;
use tokens::{ClientId, Presented, Redemption, RefreshToken, Refused, TokensError};
use web::guard::{Proof, Proven, Unproven};
use web::openapi::{Argument as _, Operation};
use web::{RequestContext, StrictJson, Success};

use crate::apps::app_logins::AppLogins;
use crate::apps::tokens_body::{PresentedError, RefreshBody, TokensBody};
use crate::error::{SessionsError, endpoint_error};
use crate::reason::RefreshRefused;
use crate::state::Sessions;
use crate::tokens_of_session::refused_code;

endpoint_error! {
    /// Why an app gets no other tokens.
    pub(crate) enum RefreshError {
        Presented(PresentedError);
        Refused(RefreshRefused);
        Failed(SessionsError) from DbError, TokensError;
    }
}

/// The proof of a refresh: a token that we gave out.
pub(crate) struct Refresh(RefreshToken);

impl Proof<Arc<Sessions>> for Refresh {
    async fn read(request: Unproven<'_, Arc<Sessions>>) -> Result<Self, Response> {
        let token = request.state.app_logins.presented(&request.parts.headers, request.body).await;
        let token = token.map_err(RefreshError::from);
        let good = token.and_then(|token| token.map_err(|why| RefreshRefused(why).into()));
        good.map(Self).map_err(RefreshError::into_response)
    }

    fn describe(operation: &mut Operation) {
        StrictJson::<RefreshBody>::describe(operation);
    }
}

/// Spends a refresh token for the next pair.
pub(crate) async fn post(
    Proven { proof: Refresh(token), .. }: Proven<Refresh>,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
) -> Result<Success<TokensBody>, RefreshError> {
    sessions.app_logins.refresh_app(&token, &context).await.map(Success::ok)
}

impl AppLogins {
    async fn refresh_app(
        &self,
        token: &RefreshToken,
        context: &RequestContext,
    ) -> Result<TokensBody, RefreshError> {
        let client_id = ClientId::own_app();
        let presented = Presented { token, client_id: &client_id, scope: None, key: None };
        // Nonsense is to cost no more than a look: a write waits for all others.
        let db = &self.context.db;
        let found = members::look_up_family(&self.tokens.families, token).await?;
        // Who disables the member ends the family in the same transaction, and then there is no rotation.
        let (found, member) = found.ok_or(RefreshRefused(refused_code(&Refused::Unknown)))?;
        if let Some(member) = &member
            && self.members.required_factors.are_lacking_in(db, member).await?
        {
            return Err(RefreshRefused("factor_required").into());
        }
        if let Some(rotation) = self.tokens.families.rotate_found(presented, &found).await? {
            let member = member.filter(|member| member.status == MemberStatus::Active);
            let member = member.ok_or(RefreshRefused("no active member"))?;
            return Ok(self.tokens_body(&rotation, &member).await?);
        }
        let redeem =
            async |mut tx: LentTransaction| match self.tokens.families.redeem(&mut tx, presented).await? {
                Redemption::Rotated(rotation) => {
                    let member = members::find(&mut tx, rotation.family.subject).await?;
                    Ok::<_, RefreshError>(tx.commit(Ok((rotation, member))))
                }
                // What was found out is kept, although the answer is a refusal (S-TOK-17).
                Redemption::Refused(refused) => {
                    if let Refused::Reused(family) = &refused {
                        self.families
                            .note_reuse(&mut tx, family, &context.source, Some(context.language))
                            .await?;
                    }
                    Ok(tx.commit(Err(refused)))
                }
            };
        let (rotation, member) = match self.context.db.transact(redeem).await? {
            Ok(redeemed) => redeemed,
            Err(refused) => {
                self.tokens.feed.know_of_end(&refused).await;
                return Err(RefreshRefused(refused_code(&refused)).into());
            }
        };
        let member = member.filter(|member| member.status == MemberStatus::Active);
        let member = member.ok_or(RefreshRefused("no active member"))?;
        Ok(self.tokens_body(&rotation, &member).await?)
    }
}
