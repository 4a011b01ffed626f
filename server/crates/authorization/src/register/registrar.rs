//! Who may register clients: holders of the token that an operator gave out.

use axum::response::Response;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use kernel::TokenHash;
use web::RequestContext;
use web::guard::{Proof, Unproven};

use super::error::RegistrationError;
use crate::server::{AuthorizationServer, Context};

/// The proof that a request has the token.
pub(crate) struct Registrar;

impl Proof<AuthorizationServer> for Registrar {
    async fn read(request: Unproven<'_, AuthorizationServer>) -> Result<Self, Response> {
        let Unproven { state: server, parts, .. } = request;
        let from = RequestContext::of(parts);
        let admitted = admit(server.context(), parts, &from).await;
        admitted.map(|()| Self).map_err(|error| error.answer(&from.source.request_id))
    }
}

/// How often each network may try, with the token or without it.
async fn admit(context: &Context, parts: &Parts, from: &RequestContext) -> Result<(), RegistrationError> {
    let Some(expected) = &context.registration_token else { return Err(RegistrationError::Off) };
    if let Some(network) = from.network {
        let key = network.limit_key();
        let attempt = context.limiter.attempt("authorization.registrations", context.requests, &key);
        context.limiter.count_all(&context.services.db, &[attempt]).await?;
    }
    let token = bearer(&parts.headers).ok_or(RegistrationError::NoToken)?;
    // By hashes and in constant time, so that nothing is learnt from how long it takes.
    if expected.matches(&TokenHash::of(token)) { Ok(()) } else { Err(RegistrationError::WrongToken) }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (sent.next()?.as_bytes(), sent.next()) else { return None };
    let (scheme, token) = value.split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}
