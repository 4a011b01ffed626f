//! The origins whose pages may call.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use axum::response::Response;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN, VARY};
use http::{HeaderMap, HeaderValue};

use crate::client::clients::Clients;
use crate::client::documents::Documents;
use crate::client::model::Client;
use crate::client::origin::of_client;

/// The origins of all clients, as they are at this moment.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    registered: RwLock<Arc<BTreeSet<String>>>,
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
        let all = clients.iter().flat_map(|client| of_client(client)).collect();
        *self.registered.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
    }

    /// The origin of a request, if its page may call.
    pub(crate) fn allowed<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let mut sent = headers.get_all(ORIGIN).iter();
        let (origin, None) = (sent.next()?, sent.next()) else { return None };
        origin.to_str().ok().filter(|origin| self.has(origin)).map(|_| origin)
    }

    fn has(&self, origin: &str) -> bool {
        self.registered.read().unwrap_or_else(PoisonError::into_inner).contains(origin)
            || self.documents.as_ref().is_some_and(|all| all.has_origin(origin))
    }

    /// Lets the page read an answer that sent the request, if it is a client's.
    pub(crate) fn admit(&self, asked: &HeaderMap, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = self.allowed(asked) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let exposed = HeaderValue::from_static("DPoP-Nonce, WWW-Authenticate");
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        response
    }
}
