//! Who sends a request, as far as one sees from outside.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use audit::Source;
use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use http::request::Parts;
use names::Language;
use providers::BrowserBinding;
use web::{ClientAddress, RequestId, fields};

use crate::limits::Network;

/// From where a request comes and in which language its sender reads mails. Made from what the layers around the
/// request found out; a [`Language`] in its extensions counts before `Accept-Language`, and a [`BrowserBinding`]
/// there tells which browser sent a form.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// For the audit log.
    pub source: Source,
    /// For limits.
    pub network: Network,
    /// For mails.
    pub language: Language,
    /// Which browser sent a form of ours, where it is bound; `None` for a program.
    pub browser: Option<BrowserBinding>,
}

impl RequestContext {
    /// The context of a request.
    pub fn of(parts: &Parts) -> Self {
        let client = parts.extensions.get::<ClientAddress>().copied();
        let request_id = parts.extensions.get::<RequestId>().map_or("", RequestId::as_str);
        let user_agent = parts.headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
        let network = client.map(ClientAddress::network).unwrap_or_default();
        Self {
            source: Source::request(request_id, network, user_agent.as_deref().unwrap_or_default()),
            network: client,
            language: parts.extensions.get().copied().unwrap_or_else(|| accepted(&parts.headers)),
            browser: parts.extensions.get().cloned(),
        }
    }
}

impl RequestContext {
    /// The client's address. It goes into the event of a login, whose contract asks for it, and nowhere else.
    pub(crate) fn address(&self) -> IpAddr {
        self.network.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), ClientAddress::ip)
    }

    /// Whose share a mail takes that they ask for.
    pub(crate) fn asker(&self) -> String {
        self.network.map_or_else(String::new, |client| client.limit_key().to_string())
    }
}

/// The first language of the list that we write; most browsers list by weight.
fn accepted(headers: &HeaderMap) -> Language {
    fields::items(headers, &ACCEPT_LANGUAGE)
        .take(20)
        .find_map(|range| match range.get(..2)?.to_ascii_lowercase().as_slice() {
            b"ko" => Some(Language::Korean),
            b"en" => Some(Language::English),
            _ => None,
        })
        .unwrap_or(Language::Korean)
}

impl web::openapi::Argument for RequestContext {}

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
}
