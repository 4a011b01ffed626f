//! The grant `client_credentials` (RFC 6749 section 4.4): a client gets a token for itself. No person is involved, so there is
//! no refresh token, no ID token and no scope about a person (S-AS-23).

use audit::{AuditEvent, AuditKind};
use db::LentTransaction;
use names::Actor;
use tokens::{ClientAccess, Scope};
use web::RequestContext;
use zeroize::Zeroizing;

use crate::client::form::ClientForm;
use crate::client::grant_type::GrantType;
use crate::client::model::Client;
use crate::client::standard_scopes::STANDARD_SCOPES;
use crate::dpop::at_token_endpoint;
use crate::server::Context;
use crate::token::answer::TokenAnswer;
use crate::token::error::TokenError;

/// Gives a client a token for itself.
pub(crate) async fn issue(
    context: &Context,
    client: &Client,
    form: &ClientForm,
    from: &RequestContext,
) -> Result<TokenAnswer, TokenError> {
    if client.is_public() {
        // Anybody could say that they are it.
        return Err(TokenError::UnauthorizedClient(GrantType::ClientCredentials.as_str()));
    }
    let scope = scope(client, form.get("scope"))?;
    let resource = form.get("resource");
    if resource.is_some_and(|resource| !client.audiences.iter().any(|audience| audience == resource)) {
        return Err(TokenError::UnknownTarget);
    }
    let services = &context.services;
    let audience = context.audience(resource);
    let access = ClientAccess {
        client_id: &client.id,
        registered_at: client.registered_at,
        audience: audience.as_deref().unwrap_or_else(|| services.tokens.own_audience()),
        scope: &scope,
        life: client.access_life,
        key: form.proof.as_ref().map(|proof| proof.key),
    };
    let token = services.tokens.minter.mint_for_client(access).await?;
    let source = from.source.clone().by(Actor::Client);
    let issued = AuditEvent::new(AuditKind::TokenIssue, &source).with_client(client.id.as_str());
    let note = async |mut tx: LentTransaction| {
        at_token_endpoint::spend(context, &mut tx, form.proof.as_ref()).await?;
        services.audit.record(&mut tx, &issued).await?;
        Ok::<_, TokenError>(tx.commit(()))
    };
    services.db.transact(note).await?;
    Ok(TokenAnswer {
        access_token: Zeroizing::new(token.expose().to_owned()),
        token_type: if form.proof.is_some() { "DPoP" } else { "Bearer" },
        expires_in: token.expires_in(context.clock.now()),
        scope: scope.as_str().to_owned(),
        refresh_token: None,
        id_token: None,
    })
}

/// What is asked for, or all that the client may have for itself.
fn scope(client: &Client, asked: Option<&str>) -> Result<Scope, TokenError> {
    let is_of_persons = |word: &str| STANDARD_SCOPES.contains(&word);
    let Some(text) = asked else {
        let own: Vec<_> = client.scope.words().filter(|word| !is_of_persons(word)).collect();
        return Ok(Scope::parse(&own.join(" ")).unwrap_or_default());
    };
    let scope = Scope::parse(text).ok_or(TokenError::InvalidScope(
        "`scope` must be words of visible ASCII, separated by single blanks",
    ))?;
    if scope.words().any(is_of_persons) {
        return Err(TokenError::InvalidScope(
            "openid, profile, email and offline_access tell of a person, and there is none in this grant",
        ));
    }
    if !scope.is_within(&client.scope) {
        return Err(TokenError::InvalidScope("the client may not ask for this; see its `scopes`"));
    }
    Ok(scope)
}
