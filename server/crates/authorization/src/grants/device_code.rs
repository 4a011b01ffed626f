//! The grant `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 section 3.4): a device asks until its owner has decided.

use audit::{AuditEvent, AuditKind};
use db::{LentTransaction, Transaction};
use kernel::{NewId as _, OpaqueToken};
use members::Member;
use names::SessionId;
use tokens::{FamilyId, FamilyStart, Grant, Rotation};
use web::RequestContext;

use crate::client::form::ClientForm;
use crate::client::model::Client;
use crate::device::endpoint::INTERVAL;
use crate::dpop::at_token_endpoint;
use crate::grants::issue::{self, Issue};
use crate::server::Context;
use crate::store::device_codes::{self, Allowed, DeviceRequest, DeviceState};
use crate::store::session_clients::{self, SessionClient};
use crate::token::answer::TokenAnswer;
use crate::token::error::TokenError;

const NOT_GOOD: TokenError = TokenError::InvalidGrant(
    "the device code is not known, or was used; begin again at /oauth2/device_authorization",
);

/// Gives tokens to a device whose owner allowed it.
pub(crate) async fn redeem(
    context: &Context,
    client: &Client,
    form: &ClientForm,
    from: &RequestContext,
) -> Result<TokenAnswer, TokenError> {
    let code = OpaqueToken::parse(form.required("device_code")?).ok_or(NOT_GOOD)?;
    let hash = code.hash();
    // Garbage must not cost more than a read: a write waits for all other writes.
    let mut reader = context.services.db.read().await?;
    let found = device_codes::find(&mut reader, &hash).await?;
    drop(reader);
    let (request, state) = found.ok_or(NOT_GOOD)?;
    if request.client_id != client.id {
        return Err(NOT_GOOD);
    }
    if form.get("resource").is_some_and(|resource| request.audience.as_deref() != Some(resource)) {
        return Err(TokenError::InvalidTarget);
    }
    let now = context.clock.now();
    match state {
        DeviceState::Spent => Err(NOT_GOOD),
        DeviceState::Denied => Err(TokenError::AccessDenied("the person has denied it; stop asking")),
        _ if now >= request.good_until => Err(TokenError::ExpiredToken),
        DeviceState::Allowed(allowed) => {
            let redeemed = Redeemed { client, form, request, allowed };
            let redeem = async |mut tx: LentTransaction| {
                if !device_codes::spend(&mut tx, &hash, now).await? {
                    return Err(NOT_GOOD);
                }
                let begun = begin_family(context, &mut tx, &redeemed, from).await?;
                Ok::<_, TokenError>(tx.commit(begun))
            };
            let (rotation, member) = context.services.db.transact(redeem).await?;
            issue::sign(context, Issue { client, member: &member, rotation: &rotation, nonce: None }).await
        }
        DeviceState::Waiting => {
            let poll = async |mut tx: LentTransaction| {
                let in_time = device_codes::poll(&mut tx, &hash, now).await?;
                if !in_time {
                    device_codes::slow_down(&mut tx, &hash, INTERVAL, now).await?;
                }
                Ok::<_, TokenError>(tx.commit(in_time))
            };
            let in_time = context.services.db.transact(poll).await?;
            Err(if in_time { TokenError::AuthorizationPending } else { TokenError::SlowDown })
        }
    }
}

/// A code that was allowed, at the device that it was given to.
struct Redeemed<'a> {
    client: &'a Client,
    form: &'a ClientForm,
    request: DeviceRequest,
    allowed: Allowed,
}

/// Begins the family of a device, if the session is active in which the person allowed it; that is held until the commit, so that
/// a sign-out at the same time comes before or after. From then on the grant does not belong to that session, and has an id of
/// its own.
async fn begin_family(
    context: &Context,
    tx: &mut Transaction,
    Redeemed { client, form, request, allowed }: &Redeemed<'_>,
    from: &RequestContext,
) -> Result<(Rotation, Member), TokenError> {
    let over = TokenError::AccessDenied("the person has signed out; begin again");
    let services = &context.services;
    at_token_endpoint::spend(context, tx, form.proof.as_ref()).await?;
    let key = form.proof.as_ref().map(|proof| proof.key);
    if !services.sessions.lookup.hold(tx, allowed.session, allowed.subject).await? {
        return Err(over);
    }
    let Some(member) = members::find(tx, allowed.subject).await? else { return Err(over) };
    let session = SessionId::new(&*context.clock, &*context.randomness);
    let grant = Grant {
        subject: allowed.subject,
        session,
        client_id: request.client_id.clone(),
        scope: request.scope.clone(),
        audience: request.audience.clone(),
        auth_time: allowed.auth_time,
        proven_by: allowed.proven_by,
        method: allowed.method,
        key: key.filter(|_| client.is_public()),
    };
    let life = client.refresh_life.unwrap_or(services.tokens.settings().refresh_life);
    let start = FamilyStart { id: FamilyId::new(&*context.clock, &*context.randomness), life };
    let mut rotation = services.tokens.families.issue_as(tx, &grant, start).await?;
    rotation.key = key;
    let Grant { client_id, subject, .. } = grant;
    let known = SessionClient { session, client_id, sid: session, subject };
    session_clients::note(tx, &known, rotation.family.expires_at).await?;
    let issued = AuditEvent::new(AuditKind::TokenIssue, &from.source).about(member.id.uuid());
    let issued = issued.with_client(client.id.as_str());
    services.audit.record(tx, &issued).await?;
    Ok((rotation, member))
}
