//! `GET`, `OPTIONS /.well-known/oauth-protected-resource/{path}`: where a client gets a token for a route of the gateway (RFC 9728).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use gateway::{Gateway, ProtectedResource};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;
use tokens::DPOP_ALGORITHMS;
use web::openapi::{Answer, Operation};
use web::{Refusal, public_document};

use crate::services::Services;

/// What the endpoint looks at.
#[derive(Clone)]
pub struct Described {
    gateway: Gateway,
    issuer: Arc<str>,
}

impl Described {
    /// By the services of the program.
    pub fn of(services: &Services) -> Self {
        Self { gateway: services.gateway.clone(), issuer: services.tokens.settings().issuer.as_str().into() }
    }

    fn at(&self, path: &str) -> Result<Metadata, Refusal> {
        self.gateway
            .protected_resource(path)
            .map(|resource| self.document(&resource))
            .ok_or_else(Refusal::not_found)
    }

    /// Anybody may read it, from any page. Not for long, since routes change while the program runs.
    fn document(&self, resource: &ProtectedResource) -> Metadata {
        let document = json!({
            "resource": resource.resource,
            "authorization_servers": [&*self.issuer],
            "scopes_supported": resource.scopes,
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": DPOP_ALGORITHMS,
        });
        let headers = [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "public, max-age=300"),
            (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ];
        Metadata((headers, document.to_string()).into_response())
    }
}

/// For the routes that are everywhere.
pub async fn root(State(described): State<Described>) -> Result<Metadata, Refusal> {
    described.at("")
}

/// For those below a path.
pub async fn below(
    State(described): State<Described>,
    Path(path): Path<String>,
) -> Result<Metadata, Refusal> {
    described.at(&format!("/{path}"))
}

/// Whether a page may send a header of its own with the request for [`root`].
pub async fn root_preflight(State(described): State<Described>) -> Result<Response, Refusal> {
    described.at("")?;
    Ok(public_document::preflight().await)
}

/// The same for [`below`].
pub async fn below_preflight(
    State(described): State<Described>,
    Path(path): Path<String>,
) -> Result<Response, Refusal> {
    described.at(&format!("/{path}"))?;
    Ok(public_document::preflight().await)
}

/// The metadata of a protected resource (RFC 9728 section 2).
pub struct Metadata(Response);

impl IntoResponse for Metadata {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for Metadata {
    fn describe(operation: &mut Operation) {
        let text = json!({ "type": "string" });
        let list = json!({ "type": "array", "items": text });
        operation.answers_schema(json!({
            "type": "object",
            "required": ["resource", "authorization_servers", "scopes_supported", "bearer_methods_supported"],
            "additionalProperties": false,
            "properties": {
                "resource": text,
                "authorization_servers": list,
                "scopes_supported": list,
                "bearer_methods_supported": list,
                "dpop_signing_alg_values_supported": list,
            },
        }));
    }
}
