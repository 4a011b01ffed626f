//! Requests that wait for their person, for an hour, at an address that holds an id and nothing of what the client sent.

use db::LentTransaction;
use std::time::Duration;

use kernel::{OpaqueToken, Timestamp};
use names::path;
use web::RequestContext;

use super::asked::KNOWN;
use super::failure::AuthorizeFailure;
use super::page_error::PageError;
use crate::parameters::Parameters;
use crate::server::Context;
use crate::store::requests::{self, StoredRequest};

/// How long a request waits for its person.
const REQUEST_LIFETIME: Duration = Duration::from_hours(1);
/// The largest request that is kept, as large as an address may be.
const MAX_REQUEST_BYTES: usize = 8 * 1024;

/// A request, just received or stored earlier.
pub(crate) struct Arrived {
    pub(crate) parameters: Parameters,
    /// Whether the client pushed it.
    pub(crate) is_pushed: bool,
    /// Under which id it is stored, and since when a sign-in counts as one that it asked for.
    pub(crate) stored: Option<(OpaqueToken, Timestamp)>,
}

/// The stored request with this id.
pub(crate) async fn find(context: &Context, request: &str) -> Result<Arrived, AuthorizeFailure> {
    let id = OpaqueToken::parse(request).ok_or(PageError::UnknownRequest)?;
    let mut reader = context.services.db.read().await?;
    let stored = requests::find(&mut reader, &id.hash(), context.clock.now()).await?;
    let StoredRequest { parameters, is_pushed, waits_since } = stored.ok_or(PageError::UnknownRequest)?;
    let parameters = Parameters::parse(parameters.as_bytes(), KNOWN);
    Ok(Arrived { parameters, is_pushed, stored: Some((id, waits_since)) })
}

/// Keeps a request for an hour, as far as its network has not left too many here.
pub(crate) async fn store(
    context: &Context,
    arrived: &Arrived,
    from: &RequestContext,
) -> Result<OpaqueToken, AuthorizeFailure> {
    let parameters = arrived.parameters.to_form();
    if parameters.len() > MAX_REQUEST_BYTES {
        return Err(PageError::TooLarge.into());
    }
    let Some(network) = from.network else {
        return Err(AuthorizeFailure::Internal("a request without a client address"));
    };
    let attempt = context.limiter.attempt("authorization.requests", context.requests, &network.limit_key());
    let id = OpaqueToken::new(&*context.randomness);
    let now = context.clock.now();
    let request = StoredRequest { parameters, is_pushed: arrived.is_pushed, waits_since: now };
    let insert = async |mut tx: LentTransaction| {
        context.limiter.count_within(&mut tx, attempt).await?;
        requests::insert(&mut tx, &id.hash(), &request, now.plus(REQUEST_LIFETIME)).await?;
        Ok::<_, AuthorizeFailure>(tx.commit(()))
    };
    context.services.db.transact(insert).await?;
    Ok(id)
}

/// The address to which a person comes back who has signed in.
pub(crate) fn address_of(id: &OpaqueToken) -> String {
    format!("{}{}", path::AUTHORIZATION_REQUEST, id.text())
}
