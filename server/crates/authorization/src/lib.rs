//! The OAuth 2.0 authorization server and OpenID provider: other apps sign people in through Daemun.
//!
//! A [client](Client) sends a person to [`/oauth2/authorize`](authorize), which goes through a list of checks, asks the person
//! to sign in where that is needed, and sends them back with a code. The client redeems it at [`/oauth2/token`](token), where
//! each [grant](grants) is a file. Tokens are made by the crate `tokens`; what is kept here are requests on their way, codes,
//! and what people [agreed](consents) to ([`store`]).
//!
//! Who hears of an error: the person on a page of ours, while client or redirect URI is in doubt; the client otherwise. The
//! log has each in words, with the request id and the cure.

mod authorize;
mod backchannel;
mod client;
mod consents;
mod cors;
mod device;
mod discovery;
mod dpop;
mod error_shape;
mod follow_clients;
mod grants;
mod introspect;
mod logout;
mod oauth_answer;
mod oauth_request;
mod par;
mod parameters;
mod register;
mod revoke;
mod scope_words;
mod server;
mod storage;
mod store;
mod token;
mod ui_locales;
mod unused_clients;
mod userinfo;

pub use authorize::{ConsentPage, ConsentRequest, WaitingApp};
pub use backchannel::job::BACKCHANNEL_LOGOUT;
pub use backchannel::session_ends::SessionEnds;
pub use client::authentication::{Authentication, Method};
pub use client::clients::Clients;
pub use client::config::ClientConfig;
pub use client::documents::DocumentSettings;
pub use client::findings::ClientFinding;
pub use client::grant_type::GrantType;
pub use client::keys::ClientKeys;
pub use client::model::Client;
pub use client::redirect_uri::RedirectUri;
pub use client::registry::{KnownSecrets, Registry, RegistryError, Rotated};
pub use client::requirement::Requirement;
pub use client::rules::ClientRules;
pub use client::secrets::{Secret, Secrets};
pub use client::standard_scopes::STANDARD_SCOPES;
pub use consents::{ConnectedApp, ConsentError, discard_consents};
pub use device::error::DeviceError;
pub use device::page::{DevicePage, DeviceQuestion};
pub use error_shape::{ErrorShape, OAuthCall, is_for_programs};
pub use logout::LogoutAnswer;
pub use logout::error::LogoutError;
pub use logout::question::{LogoutQuestion, LogoutReturn};
pub use scope_words::{ScopeWords, Words};
pub use server::{AuthorizationServer, Services, Settings};
pub use storage::STORAGE;
pub use store::cancel_grants;
pub use store::clients::TableState;

use consents::withdrawal;
use names::path;
use web::guard::{credential, oauth_client, oauth_request, public, same_origin};
use web::{PageForm, PublicOrigin, Routes, public_document};

/// The routes of this part.
pub fn routes(origin: PublicOrigin) -> Routes<AuthorizationServer> {
    Routes::new(origin)
        .act("/oauth2/authorize", public(), authorize::get)
        .post("/oauth2/authorize", oauth_request(), authorize::post)
        .act("/oauth2/authorize/{request}", public(), authorize::resume)
        .form(path::CONSENT, same_origin(), PageForm::button(), authorize::decide_consent)
        .form(
            "/api/auth/apps/withdraw",
            same_origin().signed_in(),
            PageForm::button_on(path::SECURITY),
            withdrawal::post,
        )
        .post("/oauth2/token", oauth_client(), token::post)
        .options("/oauth2/token", public(), cors::preflight)
        .post("/oauth2/par", oauth_client(), par::post)
        .options("/oauth2/par", public(), cors::preflight)
        .post("/oauth2/register", credential(), register::post)
        .post("/oauth2/introspect", oauth_client(), introspect::post)
        .post("/oauth2/revoke", oauth_client(), revoke::post)
        .get("/oauth2/userinfo", public(), userinfo::get)
        .post("/oauth2/userinfo", oauth_request(), userinfo::post)
        .options("/oauth2/userinfo", public(), cors::preflight)
        .post("/oauth2/device_authorization", oauth_client(), device::endpoint::post)
        .form(
            path::DEVICE,
            same_origin().signed_in(),
            PageForm::button_on(path::DEVICE),
            device::decision::post,
        )
        .post(path::LOGOUT, oauth_request(), logout::post)
        .get("/.well-known/openid-configuration", public(), discovery::get)
        .options("/.well-known/openid-configuration", public(), public_document::preflight)
        .get("/.well-known/oauth-authorization-server", public(), discovery::get)
        .options("/.well-known/oauth-authorization-server", public(), public_document::preflight)
}
