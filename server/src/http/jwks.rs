//! `GET /oauth2/jwks`: the keys with which services verify our tokens.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG};
use serde_json::json;
use tokens::{JwksDocument, SigningKeys};
use web::openapi::{Answer, Operation};
use web::{Refusal, fields};

/// The document, made once for each change of keys. It may be kept for as long as a key is published before it signs; a
/// verifier that has it keeps it rather than get one in which a key may be missing.
pub async fn get(State(keys): State<Arc<SigningKeys>>, request: Request) -> Result<Keys, Refusal> {
    let (head, _) = request.into_parts();
    let document = keys.published().await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "the signing keys cannot be shown");
        error.refusal()
    })?;
    // The keys are public: any page may read them.
    let headers = [
        (CACHE_CONTROL, document.cache_control.as_str()),
        (ETAG, document.etag.as_str()),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    if fields::none_match_names(&head.headers, document.etag.as_bytes()) {
        return Ok(Keys((StatusCode::NOT_MODIFIED, headers).into_response()));
    }
    Ok(Keys((headers, [(CONTENT_TYPE, JwksDocument::MEDIA_TYPE)], document.body.clone()).into_response()))
}

/// A JWK set (RFC 7517 section 5), or that it has not changed.
pub struct Keys(Response);

impl IntoResponse for Keys {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for Keys {
    fn describe(operation: &mut Operation) {
        let text = json!({ "type": "string" });
        let key = json!({
            "type": "object",
            "required": ["kty", "kid", "use", "alg"],
            "properties": { "kty": text, "kid": text, "use": { "const": "sig" }, "alg": text },
        });
        operation.answers_as(JwksDocument::MEDIA_TYPE);
        operation.answers_schema(json!({
            "type": "object",
            "required": ["keys"],
            "additionalProperties": false,
            "properties": { "keys": { "type": "array", "items": key } },
        }));
    }
}
