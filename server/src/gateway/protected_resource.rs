//! `GET /.well-known/oauth-protected-resource/{path}`: where a client gets a token for a route of the gateway (RFC 9728).

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use gateway::{Gateway, ProtectedResource};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;
use tokens::{DPOP_ALGORITHMS, Tokens};
use web::Refusal;

use crate::services::Services;

/// What the endpoint looks at.
#[derive(Clone)]
pub struct Described {
    gateway: Gateway,
    tokens: Tokens,
}

impl Described {
    /// By the services of the program.
    pub fn of(services: &Services) -> Self {
        Self { gateway: services.gateway.clone(), tokens: services.tokens.clone() }
    }

    fn at(&self, path: &str) -> Response {
        match self.gateway.protected_resource(path) {
            Some(resource) => self.document(&resource),
            None => Refusal::not_found().into_response(),
        }
    }

    /// Anybody may read it, from any page. Not for long, since routes change while the program runs.
    fn document(&self, resource: &ProtectedResource) -> Response {
        let document = json!({
            "resource": resource.resource,
            "authorization_servers": [self.tokens.settings().issuer],
            "scopes_supported": resource.scopes,
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": DPOP_ALGORITHMS,
        });
        let headers = [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "public, max-age=300"),
            (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ];
        (headers, document.to_string()).into_response()
    }
}

/// For the routes that are everywhere.
pub async fn root(State(described): State<Described>) -> Response {
    described.at("")
}

/// For those below a path.
pub async fn below(State(described): State<Described>, Path(path): Path<String>) -> Response {
    described.at(&format!("/{path}"))
}
