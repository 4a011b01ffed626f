//! What the page at `/oauth2/consent` shows, and how its form is bound to that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::OpaqueToken;
use names::path;
use sessions::Current;
use tokens::Scope;
use url::Url;
use web::{Refusal, ReturnTo};

use super::asked::{Agreed, Asked, Person};
use super::decision::{Decision, decide};
use super::endpoint;
use super::failure::AuthorizeFailure;
use super::stored::{self, Arrived};
use super::{client, id_token_hint, prompt, redirect_uri, scope};
use crate::server::{AuthorizationServer, Context};

/// What a person is asked to agree to.
#[derive(Clone, Debug)]
pub struct ConsentRequest {
    /// What the client is called.
    pub client_name: String,
    /// Where the person goes back to: a host, or the scheme of an app on the device.
    pub host: String,
    /// Whether nobody here has looked at what it says of itself.
    pub is_self_described: bool,
    /// What the client is to be allowed.
    pub scope: Scope,
    /// Whether it is allowed that after the person has signed out, too.
    pub outlives_session: bool,
    /// The id of the request.
    pub request: String,
    /// What shows that the form belongs to this page.
    pub proof: String,
    /// Where another member signs in for the same request.
    pub other_account: String,
}

/// What is at the address of a request that waits for consent.
#[derive(Clone, Debug)]
pub enum ConsentPage {
    /// The person is asked.
    Ask(Box<ConsentRequest>),
    /// There is something else to do first, at this address.
    Elsewhere(String),
}

impl AuthorizationServer {
    /// The page for the request with this id, as the person sees it who is signed in. It is there also for one that was answered
    /// before: that is where the back button leads.
    ///
    /// # Errors
    /// Why there is no page; the log has it in words.
    pub async fn consent_page(
        &self,
        request: &str,
        current: &Current,
        request_id: &str,
    ) -> Result<ConsentPage, Refusal> {
        let context = self.context();
        show(context, request, current).await.map_err(|failure| failure.refuse(request_id))
    }
}

async fn show(context: &Context, request: &str, current: &Current) -> Result<ConsentPage, AuthorizeFailure> {
    let Arrived { parameters, is_pushed, stored } = stored::find(context, request).await?;
    let Some((id, waits_since)) = stored else {
        return Err(AuthorizeFailure::Internal("nothing was stored"));
    };
    client::look_up(&parameters, context, None).await?;
    let client = client::find(&parameters, &context.clients)?;
    let redirect_uri = redirect_uri::find(&parameters, &client)?;
    let person = endpoint::person_of(context, current, &parameters).await?;
    let asked = Asked {
        parameters: &parameters,
        client: &client,
        person: Some(person),
        waits_since: Some(waits_since),
        hint: id_token_hint::read(context, &client, &parameters).await?,
        is_pushed,
        agreed: Agreed::Now,
        now: context.clock.now(),
    };
    let waiting = stored::address_of(&id);
    if prompt::is_none(&parameters) || decide(&asked) != Decision::Grant {
        return Ok(ConsentPage::Elsewhere(waiting));
    }
    let scope = scope::granted(&parameters, &client);
    Ok(ConsentPage::Ask(Box::new(ConsentRequest {
        client_name: client.name.clone(),
        host: host_of(redirect_uri),
        is_self_described: client.is_self_described(),
        outlives_session: scope::outlives_session(&scope),
        scope,
        request: id.text(),
        proof: URL_SAFE_NO_PAD.encode(context.consents.authenticate(&shown(&asked, &id, person))),
        other_account: path::login_again(ReturnTo::parse(&waiting).as_str()),
    })))
}

/// Whether `proof` is what the page showed to this person in this session, for this request and nothing else (S-AS-13).
pub(crate) fn is_proven(context: &Context, asked: &Asked<'_>, id: &OpaqueToken, proof: &str) -> bool {
    let Some(person) = asked.person else { return false };
    let Ok(tag) = URL_SAFE_NO_PAD.decode(proof) else { return false };
    tag.len() == 32 && context.consents.authentic_prefix(&shown(asked, id, person), &tag)
}

/// All that somebody agrees to, in one text. None of it can hold a line break.
fn shown(asked: &Asked<'_>, id: &OpaqueToken, person: Person) -> Vec<u8> {
    let sent = |name| asked.parameters.get(name).unwrap_or_default();
    let scope = scope::granted(asked.parameters, asked.client);
    [
        &person.session.to_string(),
        &person.member.to_string(),
        &id.text(),
        asked.client.id.as_str(),
        scope.as_str(),
        sent("redirect_uri"),
        sent("resource"),
        sent("code_challenge"),
    ]
    .join("\n")
    .into_bytes()
}

/// Whom an address belongs to, as people can compare it.
fn host_of(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else { return redirect_uri.to_owned() };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.scheme().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn s_as_14_the_page_names_whom_the_address_belongs_to() {
        for (address, host) in [
            ("https://app.example/callback?x=1", "app.example"),
            ("http://localhost:3999/callback", "localhost:3999"),
            ("http://[::1]:51004/cb", "[::1]:51004"),
            ("com.example.app:/callback", "com.example.app"),
        ] {
            assert_eq!(host_of(address), host);
        }
    }
}
