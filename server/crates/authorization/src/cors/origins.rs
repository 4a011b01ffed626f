//! The origins whose pages may call.

use std::sync::{Arc, PoisonError, RwLock};

use axum::response::Response;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN, VARY};
use http::{HeaderMap, HeaderValue};

use crate::client::clients::Clients;
use crate::client::documents::Documents;
use crate::client::model::Client;
use crate::client::origin::{PageOrigins, is_origin};
use crate::client::redirect_uri::loopback_host;

/// The origins of all clients, as they are at this moment.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    registered: RwLock<Arc<PageOrigins>>,
    documents: Option<Arc<Documents>>,
}

impl Origins {
    pub(crate) fn of(clients: &Clients) -> Self {
        let origins = Self { registered: RwLock::default(), documents: clients.documents.clone() };
        origins.note(&clients.all());
        origins
    }

    /// Takes over the current clients.
    pub(crate) fn note(&self, clients: &[Arc<Client>]) {
        let all = PageOrigins::of(clients.iter().map(|client| &**client));
        *self.registered.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
    }

    /// The origin of a request, if its page may call.
    fn allowed<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        sent(headers).filter(|(origin, _)| self.has(origin)).map(|(_, value)| value)
    }

    /// The origin of a request whose page may turn out to be that of a client that describes itself. Its document is known after a
    /// request that names it, which a preflight does not.
    pub(crate) fn undecided<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        self.documents.as_ref()?;
        let (origin, value) = sent(headers)?;
        let may_be = is_origin(origin) && (origin.starts_with("https://") || loopback_host(origin).is_some());
        (may_be && !self.has(origin)).then_some(value)
    }

    /// The origin of a preflight, if its page may call, or may turn out to.
    pub(crate) fn may_call<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        self.allowed(headers).or_else(|| self.undecided(headers))
    }

    fn has(&self, origin: &str) -> bool {
        self.registered.read().unwrap_or_else(PoisonError::into_inner).has(origin)
            || self.documents.as_ref().is_some_and(|all| all.has_origin(origin))
    }

    /// Lets the page read an answer that sent the request, if it is a client's.
    pub(crate) fn admit(&self, asked: &HeaderMap, response: Response) -> Response {
        admit_as(self.allowed(asked), response)
    }
}

/// Lets a page at this origin read an answer; `None`: no page.
pub(crate) fn admit_as(origin: Option<&HeaderValue>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    if !headers.get_all(VARY).iter().any(|name| name == "origin") {
        headers.append(VARY, HeaderValue::from_static("origin"));
    }
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed = HeaderValue::from_static("DPoP-Nonce, WWW-Authenticate");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

/// The one origin that a request names.
fn sent(headers: &HeaderMap) -> Option<(&str, &HeaderValue)> {
    let mut sent = headers.get_all(ORIGIN).iter();
    let (value, None) = (sent.next()?, sent.next()) else { return None };
    Some((value.to_str().ok()?, value))
}
