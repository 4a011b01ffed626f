//! Clients that describe themselves, at the endpoints that clients call.

use limits::LimitError;
use web::RequestContext;

use crate::client::document_fetch::FetchError;
use crate::client::document_lookup;
use crate::client::documents::DocumentError;
use crate::client::form::ClientForm;
use crate::server::Context;
use crate::token::error::TokenError;

/// Learns of the client that a request names, if it is one that describes itself. An outage of its host is no reason to refuse the
/// client for good: it may try again.
pub(crate) async fn look_up(
    context: &Context,
    form: &ClientForm,
    from: &RequestContext,
) -> Result<(), TokenError> {
    let Some(id) = form.get("client_id") else { return Ok(()) };
    let error = match document_lookup::look_up(context, id, from.network).await {
        Ok(None) => return Ok(()),
        Ok(Some(error)) => error,
        Err(LimitError::Db(error)) => return Err(error.into()),
        Err(LimitError::Exceeded(_)) => return Err(TokenError::DocumentAway),
    };
    tracing::warn!(event = "client_document_refused", client_id = %id.escape_debug(), %error, "a client document was refused");
    Err(match error {
        DocumentError::Fetch(FetchError::Unavailable(_)) => TokenError::DocumentAway,
        DocumentError::Fetch(FetchError::NoDocument(_)) | DocumentError::Problem(_) => {
            TokenError::InvalidClient {
                description: "the document at `client_id` describes no client that can be served here",
                by_header: false,
            }
        }
    })
}
