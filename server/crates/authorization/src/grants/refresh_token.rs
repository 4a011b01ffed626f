//! The grant `refresh_token` (RFC 6749 section 6). The family rotates; who asks wrongly spends nothing.

use members::MemberStatus;
use tokens::{Presented, Redemption, RefreshToken, Refused, Scope};
use web::RequestContext;

use crate::client::form::ClientForm;
use crate::client::model::Client;
use crate::dpop::at_token_endpoint;
use crate::grants::issue::{self, Issue};
use crate::server::Context;
use crate::token::answer::TokenAnswer;
use crate::token::error::TokenError;

const NOT_GOOD: TokenError =
    TokenError::InvalidGrant("the refresh token is not good any more; send the person to sign in again");

/// Gives the next tokens for a refresh token.
pub(crate) async fn redeem(
    context: &Context,
    client: &Client,
    request: &ClientForm,
    from: &RequestContext,
) -> Result<TokenAnswer, TokenError> {
    let services = &context.services;
    let token = RefreshToken::parse(request.required("refresh_token")?).ok_or(NOT_GOOD)?;
    let scope = match request.parameters.get("scope") {
        Some(text) => Some(Scope::parse(text).ok_or(TokenError::InvalidScope(
            "`scope` must be words of visible ASCII, separated by single blanks",
        ))?),
        None => None,
    };
    // Nonsense is to cost no more than a look: a write waits for all others.
    let mut reader = services.db.read().await?;
    let family = services.tokens.families.family_of(&mut reader, &token).await?;
    drop(reader);
    let family = family.filter(|family| family.client_id == client.id).ok_or(NOT_GOOD)?;
    if request.parameters.get("resource").is_some_and(|resource| family.audience.as_deref() != Some(resource))
    {
        return Err(TokenError::InvalidTarget);
    }
    let key = request.proof.map(|proof| proof.key);
    let presented =
        Presented { token: &token, client_id: &client.id, scope: scope.as_ref(), key: key.as_ref() };
    let mut tx = services.db.begin().await?;
    at_token_endpoint::spend(context, &mut tx, request.proof.as_ref()).await?;
    let rotation = match services.tokens.families.redeem(&mut tx, presented).await? {
        Redemption::Rotated(rotation) => rotation,
        Redemption::Refused(refused) => {
            if let Refused::Reused(family) = &refused {
                let language = Some(from.language);
                services.sessions.families.note_reuse(&mut tx, family, &from.source, language).await?;
            }
            // What was found out is kept, although the answer is a refusal (S-TOK-17).
            tx.commit().await?;
            return Err(match refused {
                Refused::ScopeTooWide => TokenError::InvalidScope(
                    "`scope` must be within what was granted; leave it out for all of it",
                ),
                Refused::WrongKey => TokenError::InvalidGrant(
                    "the refresh token is bound to a key; send a DPoP proof that is signed with it",
                ),
                _ => NOT_GOOD,
            });
        }
    };
    let member = members::find(&mut tx, rotation.family.subject).await?;
    tx.commit().await?;
    let member = member.filter(|member| member.status == MemberStatus::Active).ok_or(NOT_GOOD)?;
    issue::sign(context, Issue { client, member: &member, rotation: &rotation, nonce: None }).await
}
