//! `client_id`. While it is in doubt, nobody is sent anywhere.

use std::sync::Arc;

use super::page_error::PageError;
use crate::client::clients::Clients;
use crate::client::model::Client;
use crate::parameters::Parameters;

/// The client that a request names.
pub(crate) fn find(parameters: &Parameters, clients: &Clients) -> Result<Arc<Client>, PageError> {
    if parameters.is_repeated("client_id") {
        return Err(PageError::ClientIdTwice);
    }
    let id = parameters.get("client_id").ok_or(PageError::NoClientId)?;
    clients.find(id).ok_or_else(|| PageError::UnknownClient(id.chars().take(100).collect()))
}
