//! `redirect_uri`: one of the registered ones, character by character (S-AS-1). Until it is known to be valid, nobody is
//! redirected anywhere.

use super::page_error::PageError;
use crate::client::model::Client;
use crate::parameters::Parameters;

/// Where a request has the person sent back to.
pub(crate) fn find<'a>(parameters: &'a Parameters, client: &Client) -> Result<&'a str, PageError> {
    if parameters.is_repeated("redirect_uri") {
        return Err(PageError::RedirectUriTwice);
    }
    let asked = parameters.get("redirect_uri").ok_or(PageError::NoRedirectUri)?;
    if client.redirect_uris.iter().any(|registered| registered.admits(asked)) {
        Ok(asked)
    } else {
        Err(PageError::UnknownRedirectUri {
            client: client.id.as_str().to_owned(),
            asked: asked.chars().take(300).collect(),
        })
    }
}
