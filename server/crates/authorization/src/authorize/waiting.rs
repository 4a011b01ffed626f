//! What the login page has to know of the request that sent a person there.

use db::DbError;
use kernel::OpaqueToken;
use url::Url;

use super::asked::KNOWN;
use super::{client, redirect_uri};
use crate::parameters::Parameters;
use crate::server::AuthorizationServer;
use crate::store::requests;

/// Where stored requests are.
pub(crate) const WAITING: &str = "/oauth2/authorize/";

impl AuthorizationServer {
    /// Where the person is led at last who signs in to get to `return_to`, as a content security policy names it; `None` where no
    /// app waits for them. Browsers apply `form-action` to every redirect that follows a form, so the login page must admit
    /// this one, and no other (S-HDR-3).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn form_action(&self, return_to: &str) -> Result<Option<String>, DbError> {
        let Some(id) = return_to.strip_prefix(WAITING).and_then(OpaqueToken::parse) else { return Ok(None) };
        let context = self.context();
        let mut reader = context.services.db.read().await?;
        let stored = requests::find(&mut reader, &id.hash(), context.clock.now()).await?;
        Ok(stored.and_then(|stored| {
            let parameters = Parameters::parse(stored.parameters.as_bytes(), KNOWN);
            let client = client::find(&parameters, &context.clients).ok()?;
            policy_source(redirect_uri::find(&parameters, &client).ok()?)
        }))
    }
}

/// The source expression for an address (CSP3 section 2.3.1). It has no way to write an IPv6 address, or a host of a private-use
/// scheme: there the scheme alone.
fn policy_source(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let origin = url.origin();
    if origin.is_tuple() && !url.host_str()?.starts_with('[') {
        Some(origin.ascii_serialization())
    } else {
        Some(format!("{}:", url.scheme()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_hdr_3_the_policy_names_one_origin() {
        for (address, source) in [
            ("https://app.example/callback?x=1", "https://app.example"),
            ("http://localhost:3999/callback", "http://localhost:3999"),
            ("http://127.0.0.1:51004/cb", "http://127.0.0.1:51004"),
            ("http://[::1]:51004/cb", "http:"),
            ("com.example.app:/callback", "com.example.app:"),
        ] {
            assert_eq!(policy_source(address).as_deref(), Some(source), "{address}");
        }
    }
}
