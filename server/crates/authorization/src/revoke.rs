//! `POST /oauth2/revoke`: a client gives a token back (RFC 7009). An access token ends alone, a refresh token with its family
//! (S-AS-28).

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use axum::response::IntoResponse as _;
use db::LentTransaction;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use names::{Actor, Source};
use tokens::{EndReason, RefreshToken};
use web::RequestContext;
use web::guard::Proven;

use crate::client::guard::{ClientEndpoint, Example, FromClient};
use crate::client::model::Client;
use crate::oauth_answer::OAuthAnswer;
use crate::server::{AuthorizationServer, Context};
use crate::token::error::TokenError;

/// The endpoint, as its guard knows it.
pub(crate) struct RevocationEndpoint;

impl ClientEndpoint for RevocationEndpoint {
    const KNOWN: &'static [&'static str] = &["token", "token_type_hint"];
    const REQUIRED: &'static [&'static str] = &["token"];
    const EXAMPLE: Example =
        &[("client_id", "portal-client"), ("token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")];
    const FOR_PAGES: bool = false;
}

const OF_ANOTHER: TokenError =
    TokenError::InvalidGrant("the token was given to another client, and stays good");

/// Serves it. An unknown token counts as revoked: 200. A hint is not needed, since each kind has its own shape, and a wrong one
/// does not matter.
pub(crate) async fn post(
    Proven { proof: FromClient { client, form, .. }, .. }: Proven<FromClient<RevocationEndpoint>>,
    State(server): State<AuthorizationServer>,
    from: RequestContext,
) -> OAuthAnswer<StatusCode> {
    let source = from.source.by(Actor::Client);
    let answer = async {
        let token = form.required("token")?;
        match RefreshToken::parse(token) {
            Some(refresh) => revoke_family(server.context(), &client, &refresh, &source).await,
            None => revoke_access(server.context(), &client, token, &source).await,
        }
    };
    let answer = match answer.await {
        Ok(()) => (StatusCode::OK, [(CACHE_CONTROL, "no-store")]).into_response(),
        Err(error) => error.answer(&source.request_id),
    };
    answer.into()
}

async fn revoke_family(
    context: &Context,
    client: &Client,
    token: &RefreshToken,
    source: &Source,
) -> Result<(), TokenError> {
    let services = &context.services;
    // Garbage must not cost more than a read: a write waits for all other writes.
    let mut reader = services.db.read().await?;
    let family = services.tokens.families.family_of(&mut reader, token).await?;
    drop(reader);
    let Some(family) = family else { return Ok(()) };
    if family.client_id != client.id {
        return Err(OF_ANOTHER);
    }
    if family.ended_at.is_some() {
        return Ok(());
    }
    let revoke = async |mut tx: LentTransaction| {
        if services.tokens.revoker.revoke_family(&mut tx, family.id, EndReason::ByClient).await? {
            let revoked = AuditEvent::new(AuditKind::TokenRevoke, source).about(family.subject.uuid());
            let revoked = revoked.with_client(client.id.as_str());
            services.audit.record(&mut tx, &revoked).await?;
        }
        Ok::<_, TokenError>(tx.commit(()))
    };
    services.db.transact(revoke).await?;
    services.tokens.feed.read().await?;
    Ok(())
}

async fn revoke_access(
    context: &Context,
    client: &Client,
    token: &str,
    source: &Source,
) -> Result<(), TokenError> {
    let services = &context.services;
    let Some(claims) = services.tokens.verifier.read(token).await? else { return Ok(()) };
    if claims.client_id != client.id {
        return Err(OF_ANOTHER);
    }
    // The second time there is nothing to end and nothing to record: a client must not cause more rows than it has tokens.
    let mut reader = services.db.read().await?;
    let holds = services.tokens.families.holds(&mut reader, &claims).await?;
    drop(reader);
    if !holds {
        return Ok(());
    }
    let subject = claims.member().map(names::MemberId::uuid);
    let revoked = AuditEvent::new(AuditKind::TokenRevoke, source).about_known(subject);
    let revoked = revoked.with_client(client.id.as_str());
    let revoke = async |mut tx: LentTransaction| {
        services.tokens.revoker.revoke_token(&mut tx, &claims).await?;
        services.audit.record(&mut tx, &revoked).await?;
        Ok::<_, TokenError>(tx.commit(()))
    };
    services.db.transact(revoke).await?;
    services.tokens.feed.read().await?;
    Ok(())
}
