//! `client_id`. Until it is known to be valid, nobody is redirected anywhere.

use std::sync::Arc;

use web::RequestContext;

use super::failure::AuthorizeFailure;
use super::page_error::PageError;
use crate::client::clients::Clients;
use crate::client::document_lookup;
use crate::client::model::Client;
use crate::parameters::Parameters;
use crate::server::Context;

/// Learns of the client that a request names, if it is one that describes itself in a document. `from` is the request that begins
/// something.
pub(crate) async fn look_up(
    parameters: &Parameters,
    context: &Context,
    from: Option<&RequestContext>,
) -> Result<(), AuthorizeFailure> {
    let Some(id) = parameters.get("client_id") else { return Ok(()) };
    match document_lookup::look_up(context, id, from.and_then(|from| from.network)).await? {
        None => Ok(()),
        Some(error) => {
            let client = id.chars().take(100).collect();
            Err(PageError::Document { client, problem: error.to_string() }.into())
        }
    }
}

/// The client that a request names.
pub(crate) fn find(parameters: &Parameters, clients: &Clients) -> Result<Arc<Client>, PageError> {
    if parameters.is_repeated("client_id") {
        return Err(PageError::ClientIdTwice);
    }
    let id = parameters.get("client_id").ok_or(PageError::NoClientId)?;
    clients.find(id).ok_or_else(|| PageError::UnknownClient(id.chars().take(100).collect()))
}
