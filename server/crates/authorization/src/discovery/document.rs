//! The document.

use names::{Acr, path};
use serde_json::json;
use tokens::{DPOP_ALGORITHMS, Tokens};
use web::PublicOrigin;

use crate::client::authentication::Method;
use crate::client::grant_type::GrantType;
use crate::client::standard_scopes::STANDARD_SCOPES;

/// What clients may sign their assertions with.
const SIGNATURES: [&str; 2] = ["ES256", "RS256"];

/// What is there only where an operator switched it on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offers {
    /// Clients by their documents.
    pub(crate) documents: bool,
    /// Clients that register themselves.
    pub(crate) registration: bool,
    /// The highest class that anybody can prove: passkeys can be switched off.
    pub(crate) best_class: Acr,
}

/// The document. `scopes` are those that tokens can have here, alongside the standard ones.
pub(crate) fn document(origin: &PublicOrigin, tokens: &Tokens, scopes: &[String], offers: Offers) -> String {
    let at = |path: &str| format!("{}{path}", origin.as_str());
    let mut all: Vec<&str> = STANDARD_SCOPES.to_vec();
    for scope in scopes {
        if !all.contains(&scope.as_str()) {
            all.push(scope);
        }
    }
    let settings = tokens.settings();
    let methods = Method::ALL.map(Method::as_str);
    let confidential: Vec<_> =
        methods.into_iter().filter(|method| *method != Method::None.as_str()).collect();
    let classes: Vec<_> =
        Acr::ALL.into_iter().filter(|class| *class <= offers.best_class).map(Acr::as_str).collect();
    let mut document = json!({
        "issuer": settings.issuer,
        "authorization_endpoint": at("/oauth2/authorize"),
        "token_endpoint": at("/oauth2/token"),
        "userinfo_endpoint": at("/oauth2/userinfo"),
        "end_session_endpoint": at(path::LOGOUT),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "device_authorization_endpoint": at("/oauth2/device_authorization"),
        "jwks_uri": at("/oauth2/jwks"),
        "scopes_supported": all,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType::ALL.map(GrantType::as_str),
        "pushed_authorization_request_endpoint": at("/oauth2/par"),
        "require_pushed_authorization_requests": false,
        "introspection_endpoint": at("/oauth2/introspect"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": SIGNATURES,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": SIGNATURES,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": SIGNATURES,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "dpop_signing_alg_values_supported": DPOP_ALGORITHMS,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [settings.key_kind.algorithm()],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": classes,
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "nonce", "at_hash",
            "nickname", "name", "picture", "email", "email_verified",
        ],
        "client_id_metadata_document_supported": offers.documents,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    if offers.registration {
        document["registration_endpoint"] = at("/oauth2/register").into();
    }
    document.to_string()
}
