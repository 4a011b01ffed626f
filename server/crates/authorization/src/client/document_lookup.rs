//! A client that describes itself is looked up where a request names it.

use db::LentTransaction;
use limits::LimitError;
use web::ClientAddress;

use crate::client::documents::DocumentError;
use crate::server::Context;

/// Makes sure that the client with this id is known, if it is one that describes itself: asks its host where that was not done
/// lately. What is wrong with its document is the answer. `network` is where the request comes from, if it begins something: one
/// network has so many documents fetched in a minute as it may leave authorization requests.
pub(crate) async fn look_up(
    context: &Context,
    id: &str,
    network: Option<ClientAddress>,
) -> Result<Option<DocumentError>, LimitError> {
    let Some(documents) = context.clients.documents_for(id) else { return Ok(None) };
    if let Some(address) = documents.address_to_fetch(id) {
        if let Some(network) = network {
            let count = async |mut tx: LentTransaction| {
                let (limiter, key) = (&context.limiter, network.limit_key());
                let attempt = limiter.attempt("authorization.documents", context.requests, &key);
                limiter.count_within(&mut tx, attempt).await?;
                Ok::<_, LimitError>(tx.commit(()))
            };
            context.services.db.transact(count).await?;
        }
        if let Err(busy) = documents.fetch(&address, network).await
            && documents.find(id).is_none()
        {
            return Ok(Some(busy));
        }
    }
    Ok(if documents.find(id).is_some() { None } else { documents.failure(id) })
}
