//! The tokens of a rotation are signed after the commit, so that no signature is made while a transaction is open.

use members::Member;
use tokens::{Access, IdToken, Rotation};
use zeroize::Zeroizing;

use crate::client::grant_type::GrantType;
use crate::client::model::Client;
use crate::server::Context;
use crate::token::answer::TokenAnswer;
use crate::token::error::TokenError;

/// What a client gets tokens for.
pub(crate) struct Issue<'a> {
    pub(crate) client: &'a Client,
    pub(crate) member: &'a Member,
    pub(crate) rotation: &'a Rotation,
    /// That of the authorization request; a refresh has none (OpenID Connect Core section 12.2).
    pub(crate) nonce: Option<&'a str>,
}

/// Signs what a client gets.
pub(crate) async fn sign(context: &Context, issue: Issue<'_>) -> Result<TokenAnswer, TokenError> {
    let Issue { client, member, rotation, nonce } = issue;
    let tokens = &context.services.tokens;
    let audience = rotation.family.audience.as_deref().unwrap_or_else(|| tokens.own_audience());
    let roles = member.roles();
    let access = Access { life: client.access_life, ..rotation.access(audience, &member.nickname, &roles) };
    let access = tokens.minter.mint_access(access).await?;
    let id_token = if rotation.scope.has("openid") {
        let token = IdToken { family: &rotation.family, nonce, access: &access, from: rotation.at };
        Some(tokens.minter.mint_id_token(token).await?)
    } else {
        None
    };
    let gives_refresh = client.may_use(GrantType::RefreshToken);
    Ok(TokenAnswer {
        access_token: Zeroizing::new(access.expose().to_owned()),
        token_type: if rotation.key.is_some() { "DPoP" } else { "Bearer" },
        expires_in: access.expires_in(context.clock.now()),
        scope: rotation.scope.as_str().to_owned(),
        refresh_token: gives_refresh.then(|| Zeroizing::new(rotation.refresh.text())),
        id_token,
    })
}
