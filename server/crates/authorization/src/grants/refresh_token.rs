//! The grant `refresh_token` (RFC 6749 section 6). The family rotates; a wrong request spends nothing.

use db::LentTransaction;
use members::MemberStatus;
use tokens::{Family, Presented, Proven, Redemption, RefreshToken, Refused, Rotation, Scope};
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
    // Nonsense is to cost no more than a look: a write waits for all others.
    let found = members::look_up_family(&services.tokens.families, &token).await?;
    let found = found.filter(|(found, _)| found.family().client_id == client.id);
    // Who disables the member ends the family in the same transaction, and then there is no rotation.
    let (found, member) = found.ok_or(NOT_GOOD)?;
    // Nothing is theirs until they have set up the second factor that they need, which is part of their next sign-in.
    if let Some(member) = &member
        && services.sessions.second_steps.lacks_factor_in(&services.db, member).await?
    {
        return Err(NOT_GOOD);
    }
    let scope = scope(client, found.family(), request.parameters.get("scope"))?;
    check_audience(context, client, found.family(), request.parameters.get("resource"))?;
    let key = request.proof.map(|proof| proof.key);
    let presented =
        Presented { token: &token, client_id: &client.id, scope: scope.as_ref(), key: key.as_ref() };
    // A proof must be used up together with the rotation.
    let families = &services.tokens.families;
    let rotated =
        if request.proof.is_none() { families.rotate_found(presented, &found).await? } else { None };
    let rotation = match rotated {
        Some(rotation) => rotation,
        None => redeem_presented(context, presented, request.proof.as_ref(), from).await?,
    };
    let member = member.filter(|member| member.status == MemberStatus::Active).ok_or(NOT_GOOD)?;
    issue::sign(context, Issue { client, member: &member, rotation: &rotation, nonce: None }).await
}

/// Redeems a token of which all is to be found out, in one transaction.
async fn redeem_presented(
    context: &Context,
    presented: Presented<'_>,
    proof: Option<&Proven>,
    from: &RequestContext,
) -> Result<Rotation, TokenError> {
    let services = &context.services;
    let redeem = async |mut tx: LentTransaction| {
        at_token_endpoint::spend(context, &mut tx, proof).await?;
        match services.tokens.families.redeem(&mut tx, presented).await? {
            Redemption::Rotated(rotation) => Ok::<_, TokenError>(tx.commit(Ok(*rotation))),
            // What was found out is kept, although the answer is a refusal (S-TOK-17).
            Redemption::Refused(refused) => {
                if let Refused::Reused(family) = &refused {
                    let language = Some(from.language);
                    services.sessions.families.note_reuse(&mut tx, family, &from.source, language).await?;
                }
                Ok(tx.commit(Err(refused)))
            }
        }
    };
    match services.db.transact(redeem).await? {
        Ok(rotation) => Ok(rotation),
        Err(refused) => {
            services.tokens.feed.know_of_end(&refused).await;
            Err(told(&refused))
        }
    }
}

/// What a client is told that presents a token which is not good.
fn told(refused: &Refused) -> TokenError {
    match refused {
        Refused::ScopeTooWide => {
            TokenError::InvalidScope("`scope` must be within what was granted; leave it out for all of it")
        }
        Refused::WrongKey => TokenError::InvalidGrant(
            "the refresh token is bound to a key; send a DPoP proof that is signed with it",
        ),
        _ => NOT_GOOD,
    }
}

/// What the next access token may do; `None` for all that was granted. A client that was allowed less since then gets less.
fn scope(client: &Client, family: &Family, asked: Option<&str>) -> Result<Option<Scope>, TokenError> {
    if let Some(text) = asked {
        let asked = Scope::parse(text).ok_or(TokenError::InvalidScope(
            "`scope` must be words of visible ASCII, separated by single blanks",
        ))?;
        return if asked.is_within(&family.scope) && !asked.is_within(&client.scope) {
            Err(TokenError::InvalidScope("the client may not ask for this any more; see its `scopes`"))
        } else {
            Ok(Some(asked))
        };
    }
    Ok((!family.scope.is_within(&client.scope)).then(|| family.scope.within(&client.scope)))
}

/// The API must be the one of the grant, and one that the client may still name.
fn check_audience(
    context: &Context,
    client: &Client,
    family: &Family,
    asked: Option<&str>,
) -> Result<(), TokenError> {
    let granted = family.audience.as_deref();
    if asked.is_some_and(|asked| granted != Some(asked)) {
        return Err(TokenError::InvalidTarget);
    }
    let is_usual = granted.is_none() || granted == context.audience(None).as_deref();
    if is_usual || client.audiences.iter().any(|audience| Some(audience.as_str()) == granted) {
        Ok(())
    } else {
        Err(TokenError::UnknownTarget)
    }
}
