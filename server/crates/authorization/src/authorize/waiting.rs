//! What the login page has to know of the request that sent a person there.

use db::DbError;
use kernel::OpaqueToken;
use names::{Language, path};
use url::Url;

use super::asked::KNOWN;
use super::{client, redirect_uri};
use crate::client::clients::Clients;
use crate::parameters::Parameters;
use crate::server::AuthorizationServer;
use crate::store::requests;
use crate::ui_locales;

/// An app that waits for a person, as the pages on the way know it.
#[derive(Clone, Debug)]
pub struct WaitingApp {
    /// What people know it as.
    pub name: String,
    /// Where the person is led at last, as a content security policy names it. Browsers apply `form-action` to every redirect
    /// that follows a form, so these pages must admit this one, and no other (S-HDR-3).
    pub form_action: Option<String>,
    /// Whom the app expects (`login_hint`): an e-mail address, if it is one.
    pub login_hint: Option<String>,
    /// The first language of `ui_locales` that we speak.
    pub language: Option<Language>,
}

impl AuthorizationServer {
    /// The app that waits for somebody who is on the way to `return_to`; `None` where none does.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn waiting_app(&self, return_to: &str) -> Result<Option<WaitingApp>, DbError> {
        let Some(id) = path::request_in(return_to).and_then(OpaqueToken::parse) else { return Ok(None) };
        let context = self.context();
        let mut reader = context.services.db.read().await?;
        let stored = requests::find(&mut reader, &id.hash(), context.clock.now()).await?;
        drop(reader);
        let Some(stored) = stored else { return Ok(None) };
        let parameters = Parameters::parse(stored.parameters.as_bytes(), KNOWN);
        // What is wrong with it is told where the request goes on; here, no app waits.
        let known = client::look_up(&parameters, context, None).await;
        Ok(known.ok().and_then(|()| describe(&parameters, &context.clients)))
    }
}

fn describe(parameters: &Parameters, clients: &Clients) -> Option<WaitingApp> {
    let client = client::find(parameters, clients).ok()?;
    Some(WaitingApp {
        name: client.name.clone(),
        form_action: policy_source(redirect_uri::find(parameters, &client).ok()?),
        login_hint: parameters.get("login_hint").and_then(address),
        language: parameters.get("ui_locales").and_then(ui_locales::language),
    })
}

/// A hint may be anything that the app knows of the person; only an address fits into the field.
fn address(hint: &str) -> Option<String> {
    kernel::email_address::read(hint).map(|_| hint.to_owned())
}

/// The source expression for an address (CSP3 section 2.3.1). It has no way to write an IPv6 address, or a host of a private-use
/// scheme: there the scheme alone.
pub(crate) fn policy_source(address: &str) -> Option<String> {
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
    fn a_hint_that_is_an_address_goes_into_the_field() {
        assert_eq!(address("minji@example.com").as_deref(), Some("minji@example.com"));
        assert_eq!(address("+82-10-1234"), None);
    }

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
