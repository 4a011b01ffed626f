//! `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`: the server's metadata, so that clients need
//! not be configured (OpenID Connect Discovery section 3, RFC 8414). Both are the same document. It is made at the start from
//! what is switched on, never from a request, and needs no database (S-AS-29, S-AS-30).

pub(crate) mod document;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};

use serde_json::json;
use web::openapi::{Answer, Operation};

use crate::server::AuthorizationServer;

/// Anybody may read it, from any page, and keep it for an hour.
pub(crate) async fn get(State(server): State<AuthorizationServer>) -> Metadata {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Metadata((headers, server.context().metadata.to_string()).into_response())
}

/// The metadata of an authorization server (RFC 8414 section 2).
pub(crate) struct Metadata(Response);

impl IntoResponse for Metadata {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for Metadata {
    /// Names what both standards require. What else there is depends on what is switched on, in values of a few shapes.
    fn describe(operation: &mut Operation) {
        let text = json!({ "type": "string" });
        let address = json!({ "type": "string", "format": "uri" });
        let list = json!({ "type": "array", "items": text });
        operation.answers_schema(json!({
            "type": "object",
            "required": [
                "issuer",
                "authorization_endpoint",
                "token_endpoint",
                "jwks_uri",
                "response_types_supported",
                "subject_types_supported",
                "id_token_signing_alg_values_supported",
            ],
            "properties": {
                "issuer": address,
                "authorization_endpoint": address,
                "token_endpoint": address,
                "jwks_uri": address,
                "response_types_supported": list,
                "subject_types_supported": list,
                "id_token_signing_alg_values_supported": list,
            },
            "additionalProperties": { "anyOf": [text, list, { "type": "boolean" }] },
        }));
    }
}
