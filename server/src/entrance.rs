//! What every request of the public listener meets first. It is one function and not a stack of layers: the gate's
//! requests are many and short, and each layer would box its future and clone what is behind it once more.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tower::ServiceExt as _;
use web::TrustedProxies;
use web::listener::Answer;
use web::request_id::{self, RequestIds};

use crate::gate::mount::Mount;
use crate::telemetry::Arrival;

/// The entrance. Cheap to clone.
#[derive(Clone)]
pub struct Entrance(Arc<Parts>);

/// What the entrance is made of.
pub struct Parts {
    /// Names for requests.
    pub ids: RequestIds,
    /// Whose `X-Forwarded-For` counts.
    pub proxies: TrustedProxies,
    /// The gate.
    pub gate: Mount,
    /// Everything that is the program's own.
    pub own: Router,
}

impl Entrance {
    /// The entrance to these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Answer for Entrance {
    /// From the outside in: request id, client address, log and count, then the gate, which takes what its routes
    /// match, or else our own routes.
    async fn answer(&self, mut request: Request) -> Response {
        let Parts { ids, proxies, gate, own } = &*self.0;
        let id = ids.note(&mut request);
        let client = proxies.note(&mut request);
        let arrival = Arrival::of(&request, client);
        let answering = async {
            if web::host::is_ambiguous(&request) {
                return gate.refuse_hosts();
            }
            if gate.takes(&request) {
                return gate.answer(request).await;
            }
            match own.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        let mut response = id.clone().scope(answering).await;
        arrival.answered(&id, &response);
        response.headers_mut().insert(request_id::HEADER, id.header());
        response
    }
}
