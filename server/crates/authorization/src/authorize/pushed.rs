//! `request_uri` of a pushed request (RFC 9126 section 4), and clients that must push.

use db::LentTransaction;
use kernel::OpaqueToken;
use tokens::ClientId;

use super::asked::{Asked, KNOWN, REQUEST_URI};
use super::failure::AuthorizeFailure;
use super::outcome::{Outcome, invalid_request};
use super::page_error::PageError;
use super::stored::Arrived;
use crate::parameters::Parameters;
use crate::server::Context;
use crate::store::pushed;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    if asked.client.require_par && !asked.is_pushed {
        return invalid_request("the client must push its requests to /oauth2/par, and send `request_uri`");
    }
    Outcome::GoOn
}

/// The request that a client pushed before, if these parameters name one; it can be used once. Whatever else is in the address
/// does not count: the person, or somebody on the way, may have changed it.
async fn take(context: &Context, parameters: &Parameters) -> Result<Option<Parameters>, AuthorizeFailure> {
    let Some(id) = parameters.get("request_uri").and_then(|uri| uri.strip_prefix(REQUEST_URI)) else {
        return Ok(None);
    };
    let unknown = PageError::UnknownPushedRequest;
    if parameters.is_repeated("request_uri") || parameters.is_repeated("client_id") {
        return Err(unknown.into());
    }
    let id = OpaqueToken::parse(id).ok_or_else(|| unknown.clone())?;
    let client_id = parameters.get("client_id").ok_or(PageError::NoClientId)?;
    let client_id = ClientId::parse(client_id).ok_or_else(|| unknown.clone())?;
    let (id, now) = (id.hash(), context.clock.now());
    // Garbage must not cost more than a read: a write waits for all other writes.
    let mut reader = context.services.db.read().await?;
    let is_waiting = pushed::is_waiting(&mut reader, &id, now).await?;
    drop(reader);
    if !is_waiting {
        return Err(unknown.into());
    }
    let take = async |mut tx: LentTransaction| {
        let found = pushed::take(&mut tx, &id, &client_id, now).await?;
        Ok::<_, AuthorizeFailure>(tx.commit(found))
    };
    let found = context.services.db.transact(take).await?;
    Ok(Some(Parameters::parse(found.ok_or(unknown)?.as_bytes(), KNOWN)))
}

/// What has just come, or what the client pushed before it.
pub(crate) async fn resolve(context: &Context, parameters: Parameters) -> Result<Arrived, AuthorizeFailure> {
    Ok(match take(context, &parameters).await? {
        Some(parameters) => Arrived { parameters, is_pushed: true, stored: None },
        None => Arrived { parameters, is_pushed: false, stored: None },
    })
}
