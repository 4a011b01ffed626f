//! Who sends a request, as far as the request itself shows.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use http::header::USER_AGENT;
use http::request::Parts;
use kernel::{TokenHash, Trace};
use names::{Language, Source};

use crate::accept_language;
use crate::client::ClientAddress;
use crate::openapi::types::Argument;
use crate::request_id::RequestId;

/// Where a request comes from and which language its sender reads, as the layers around the handler found out: the client's
/// address, the request id, the chosen language, and the browser.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// For the audit log.
    pub source: Source,
    /// For limits.
    pub network: Option<ClientAddress>,
    /// For mails.
    pub language: Language,
    /// Which browser sent a form of ours, if it has a binding cookie; `None` for a program.
    pub browser: Option<BrowserHash>,
    /// For the events that it causes.
    pub trace: Option<Trace>,
}

/// The hash of the binding cookie. The layer that reads it makes it an extension of the request.
#[derive(Clone, Copy, Debug)]
pub struct BrowserHash(pub TokenHash);

impl RequestContext {
    /// The context of a request. A [`Language`] in its extensions overrides `Accept-Language`.
    pub fn of(parts: &Parts) -> Self {
        let client = parts.extensions.get::<ClientAddress>().copied();
        let request_id = parts.extensions.get::<RequestId>().map_or("", RequestId::as_str);
        let user_agent = parts.headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
        let network = client.map(ClientAddress::network).unwrap_or_default();
        let chosen = parts.extensions.get().copied();
        Self {
            source: Source::request(request_id, network, user_agent.as_deref().unwrap_or_default()),
            network: client,
            language: chosen.unwrap_or_else(|| accept_language::preferred(&parts.headers)),
            browser: parts.extensions.get().copied(),
            trace: Trace::current(),
        }
    }

    /// The client's address. It is for the event of a login, whose contract asks for it, and for the log of what operators see
    /// of members, of which rules do; and for nothing else.
    pub fn address(&self) -> IpAddr {
        self.network.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), ClientAddress::ip)
    }

    /// Whose share of the quota a requested mail counts against.
    pub fn asker(&self) -> String {
        self.network.map_or_else(String::new, |client| client.limit_key().to_string())
    }
}

impl Argument for RequestContext {}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn the_composition_says_the_language_or_else_the_browser() {
        let language = |header: &str, chosen: Option<Language>| {
            let mut request = Request::get("/").header("accept-language", header).body(()).unwrap();
            if let Some(chosen) = chosen {
                request.extensions_mut().insert(chosen);
            }
            RequestContext::of(&request.into_parts().0).language
        };
        assert_eq!(language("en-GB,ko;q=0.8", None), Language::English);
        assert_eq!(language("fr, ko-KR", None), Language::Korean);
        assert_eq!(language("fr", None), Language::Korean);
        assert_eq!(language("en", Some(Language::Korean)), Language::Korean);
    }

    #[test]
    fn what_the_layers_found_out_is_in_it() {
        let mut request = Request::get("/").header("user-agent", "a browser").body(()).unwrap();
        let client = ClientAddress::from(IpAddr::from([203, 0, 113, 9]));
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(BrowserHash(TokenHash::of(b"a browser")));
        let context = RequestContext::of(&request.into_parts().0);
        assert_eq!((context.address(), context.asker()), (client.ip(), "203.0.113.9".to_owned()));
        assert_eq!((&*context.source.network, &*context.source.user_agent), ("203.0.113.0/24", "a browser"));
        assert!(context.browser.is_some());

        let nobody = RequestContext::of(&Request::get("/").body(()).unwrap().into_parts().0);
        assert_eq!((nobody.address(), nobody.asker()), (IpAddr::from([0, 0, 0, 0]), String::new()));
        assert!(nobody.browser.is_none() && nobody.source.request_id.is_empty());
    }
}
