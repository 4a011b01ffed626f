//! The grant `authorization_code` (RFC 6749 section 4.1.3, RFC 7636 section 4.6).
//!
//! One conditional update decides who redeems a code. A second try that is right in everything ends what the first one
//! obtained, since one of the two has stolen it; one that is wrong proves nothing and changes nothing (S-AS-7).

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction, Unit};
use kernel::{NewId as _, OpaqueToken, TokenHash};
use members::Member;
use names::SessionId;
use tokens::{EndReason, FamilyId, FamilyStart, Grant, Rotation, Thumbprint};
use web::RequestContext;

use crate::client::form::ClientForm;
use crate::client::model::Client;
use crate::dpop::at_token_endpoint;
use crate::grants::issue::{self, Issue};
use crate::server::Context;
use crate::store::codes::{self, Code, CodeRow};
use crate::store::session_clients::{self, SessionClient};
use crate::token::answer::TokenAnswer;
use crate::token::error::TokenError;

const NOT_GOOD: TokenError = TokenError::InvalidGrant(
    "the code is not known, was used, or is older than 60 seconds; begin again at /oauth2/authorize",
);

/// Gives tokens for a code.
pub(crate) async fn redeem(
    context: &Context,
    client: &Client,
    request: &ClientForm,
    from: &RequestContext,
) -> Result<TokenAnswer, TokenError> {
    let code = OpaqueToken::parse(request.required("code")?);
    let redirect_uri = request.required("redirect_uri")?;
    let hash = code.ok_or(NOT_GOOD)?.hash();
    // Garbage must not cost more than a read: a write waits for all other writes.
    let row = codes::look_up(&context.services.db, &hash).await?.ok_or(NOT_GOOD)?;
    check(&row.code, client, redirect_uri)?;
    check_verifier(&row.code, request)?;
    if row.code.key.is_some_and(|key| !request.proof.is_some_and(|proof| proof.key.matches(&key))) {
        return Err(TokenError::InvalidGrant(
            "the code is bound to a key by `dpop_jkt`; send a DPoP proof that is signed with it",
        ));
    }
    if request
        .parameters
        .get("resource")
        .is_some_and(|resource| row.code.audience.as_deref() != Some(resource))
    {
        return Err(TokenError::InvalidTarget);
    }
    let now = context.clock.now();
    if row.redeemed_at.is_none() && now >= row.code.redeemable_until {
        return Err(NOT_GOOD);
    }
    let key = request.proof.as_ref().map(|proof| proof.key);
    // What a client can only use that shows who it is need not be bound, and it may change its key (RFC 9449 section 5).
    let bound_to = key.filter(|_| client.is_public());
    let family = FamilyId::new(&*context.clock, &*context.randomness);
    let redeemed = Redeemed { client, row: &row, hash: &hash, family, key: bound_to };
    // A proof must be used up together with the code.
    let begun = if request.proof.is_none() { begin_at_once(context, &redeemed, from).await? } else { None };
    let redeem = async |mut tx: LentTransaction| {
        at_token_endpoint::spend(context, &mut tx, request.proof.as_ref()).await?;
        if !codes::redeem(&mut tx, &hash, family, now).await? {
            // What was found out is kept, although the answer is a refusal (S-TOK-17).
            note_replay(context, &mut tx, &hash, from).await?;
            return Ok(tx.commit(None));
        }
        let (mut rotation, member) = begin_family(context, &mut tx, &redeemed).await?;
        rotation.key = key;
        let issued = issued(&redeemed, from);
        context.services.audit.record(&mut tx, &issued).await?;
        Ok::<_, TokenError>(tx.commit(Some((rotation, member))))
    };
    let begun = match begun {
        Some(begun) => Some(begun),
        None => context.services.db.transact(redeem).await?,
    };
    let Some((rotation, member)) = begun else {
        context.services.tokens.feed.read().await?;
        return Err(NOT_GOOD);
    };
    let nonce = row.code.nonce.as_deref();
    issue::sign(context, Issue { client, member: &member, rotation: &rotation, nonce }).await
}

/// Whether the client that presents a code is the one it was given to. What they are told does not say which of it is wrong where that
/// would help a thief.
fn check(code: &Code, client: &Client, redirect_uri: &str) -> Result<(), TokenError> {
    if code.client_id != client.id {
        return Err(NOT_GOOD);
    }
    if code.redirect_uri != redirect_uri {
        return Err(TokenError::InvalidGrant(
            "`redirect_uri` must be the one of the authorization request, letter by letter",
        ));
    }
    Ok(())
}

/// PKCE, where the authorization request had it. A verifier for a code without a challenge is refused: somebody may have
/// taken the challenge away (S-AS-5).
fn check_verifier(code: &Code, request: &ClientForm) -> Result<(), TokenError> {
    let Some(challenge) = &code.challenge else {
        return match request.get("code_verifier") {
            None => Ok(()),
            Some(_) => Err(TokenError::InvalidGrant(
                "there was no `code_challenge` in the authorization request, so there can be no `code_verifier`",
            )),
        };
    };
    let verifier = request.required("code_verifier")?;
    // RFC 7636 section 4.1.
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    if !well_formed || !TokenHash::of(verifier.as_bytes()).matches(challenge) {
        return Err(TokenError::InvalidGrant(
            "`code_verifier` does not hash to the `code_challenge` of the authorization request",
        ));
    }
    Ok(())
}

/// A code that was spent, and what for.
struct Redeemed<'a> {
    client: &'a Client,
    row: &'a CodeRow,
    hash: &'a TokenHash,
    family: FamilyId,
    key: Option<Thumbprint>,
}

impl Redeemed<'_> {
    /// What begins. A grant that outlasts the session does not belong to it, and has an id of its own.
    fn begun(&self, context: &Context) -> Rotation {
        let (Self { client, family, key, .. }, code) = (self, &self.row.code);
        let session = if code.scope.has("offline_access") {
            SessionId::new(&*context.clock, &*context.randomness)
        } else {
            code.session
        };
        let tokens = &context.services.tokens;
        let life = client.refresh_life.unwrap_or(tokens.settings().refresh_life);
        let grant = Grant {
            subject: code.subject,
            session,
            client_id: code.client_id.clone(),
            scope: code.scope.clone(),
            audience: code.audience.clone(),
            auth_time: code.auth_time,
            proven_by: code.proven_by,
            method: code.method,
            key: *key,
        };
        tokens.families.begun(&grant, FamilyStart { id: *family, life })
    }

    fn session_client(&self, begun: &Rotation) -> SessionClient {
        let Code { session, subject, client_id, .. } = &self.row.code;
        let (session, subject, client_id) = (*session, *subject, client_id.clone());
        SessionClient { session, client_id, sid: begun.family.session, subject }
    }
}

fn issued<'a>(redeemed: &Redeemed<'a>, from: &'a RequestContext) -> AuditEvent<'a> {
    let issued = AuditEvent::new(AuditKind::TokenIssue, &from.source);
    issued.about(redeemed.row.code.subject.uuid()).with_client(redeemed.client.id.as_str())
}

/// Spends a code and begins its family by statements that are known before: of those, the conditional ones decide. `None` where one of
/// them does not; nothing is true then, and a transaction that looks finds out why.
async fn begin_at_once(
    context: &Context,
    redeemed: &Redeemed<'_>,
    from: &RequestContext,
) -> Result<Option<(Rotation, Member)>, TokenError> {
    let services = &context.services;
    if !services.sessions.lookup.holds_by_statements() {
        return Ok(None);
    }
    let (code, now, begun) = (&redeemed.row.code, context.clock.now(), redeemed.begun(context));
    let client = redeemed.session_client(&begun);
    let is_known = redeemed.row.is_known && client.sid == client.session;
    let unit = || {
        let mut unit = Unit::default();
        services.sessions.lookup.hold_in(&mut unit, code.session, code.subject)?;
        unit.add_change(codes::redeeming(redeemed.hash, redeemed.family, now))?;
        unit.add(services.tokens.families.inserting(&begun))?;
        session_clients::note_in(&mut unit, &client, is_known, begun.family.expires_at)?;
        services.audit.record_in(&mut unit, &issued(redeemed, from))?;
        Ok::<_, TokenError>(unit)
    };
    let done = match services.db.execute_unit(unit).await {
        // The client is known by now.
        Err(TokenError::Db(DbError::Exists(_))) => None,
        done => done?,
    };
    let Some(done) = done else { return Ok(None) };
    let member = members::read_held(done.first().map_or(&[], |held| &held.rows))?;
    Ok(member.map(|member| (begun, member)))
}

/// Begins the family of a code, if the session is active in which the person agreed. Both rows are held until the commit, so that
/// a sign-out at the same time comes before or after and ends the family then.
async fn begin_family(
    context: &Context,
    tx: &mut Transaction,
    redeemed: &Redeemed<'_>,
) -> Result<(Rotation, Member), TokenError> {
    let over = TokenError::InvalidGrant("the person has signed out; send them to sign in again");
    let (services, code) = (&context.services, &redeemed.row.code);
    if !services.sessions.lookup.hold(tx, code.session, code.subject).await? {
        return Err(over);
    }
    let Some(member) = members::find(tx, code.subject).await? else { return Err(over) };
    let rotation = redeemed.begun(context);
    services.tokens.families.insert(tx, &rotation).await?;
    session_clients::note(tx, &redeemed.session_client(&rotation), rotation.family.expires_at).await?;
    Ok((rotation, member))
}

/// Ends what a code gave that comes a second time, right in everything.
async fn note_replay(
    context: &Context,
    tx: &mut Transaction,
    hash: &TokenHash,
    from: &RequestContext,
) -> Result<(), TokenError> {
    let services = &context.services;
    let row = codes::find(tx, hash).await?;
    let Some((family, code)) = row.and_then(|row| Some((row.family?, row.code))) else { return Ok(()) };
    if services.tokens.revoker.revoke_family(tx, family, EndReason::Reused).await? {
        let reused = AuditEvent::new(AuditKind::TokenReuse, &from.source).failed("code_replayed");
        let reused = reused.about(code.subject.uuid()).with_client(code.client_id.as_str());
        services.audit.record(tx, &reused).await?;
    }
    Ok(())
}
