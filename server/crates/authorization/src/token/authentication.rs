//! Which client sends a token request (RFC 6749 sections 2.3 and 3.2.1). All are public: they name themselves, and what they
//! present is bound to them.

use std::sync::Arc;

use http::header::AUTHORIZATION;

use super::error::TokenError;
use super::request::TokenRequest;
use crate::client::clients::Clients;
use crate::client::model::Client;

/// The client of a request.
pub(crate) fn authenticate(request: &TokenRequest, clients: &Clients) -> Result<Arc<Client>, TokenError> {
    let by_header = request.headers.contains_key(AUTHORIZATION);
    let in_body = ["client_secret", "client_assertion", "client_assertion_type"];
    let in_body = in_body.iter().any(|name| request.parameters.get(name).is_some());
    if by_header && in_body {
        return Err(TokenError::request("authenticate the client in one way, not in two"));
    }
    if by_header {
        let description = "the client is public; send `client_id` in the body, and no Authorization header";
        return Err(TokenError::InvalidClient { description, by_header: true });
    }
    let id = request.required("client_id")?;
    let refused = |description| TokenError::InvalidClient { description, by_header: false };
    let client = clients.find(id).ok_or_else(|| refused("no such client is registered here"))?;
    if in_body {
        return Err(refused(
            "the client is public; send `client_id` alone, without a secret or an assertion",
        ));
    }
    Ok(client)
}
