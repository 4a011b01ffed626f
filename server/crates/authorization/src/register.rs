//! `POST /oauth2/register`: a client registers itself (RFC 7591), if an operator gave it a token for that. It becomes a
//! third-party client, which is removed when nobody uses it.

mod error;
mod registrar;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::response::IntoResponse as _;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use http_body_util::{BodyExt as _, Limited};
use kernel::OpaqueToken;
use names::Actor;
use web::guard::Proven;
use web::openapi::{Argument, Operation};
use web::{Plain, RequestContext, fields, request_limits};

use crate::client::registration::{Metadata, Registered};
use crate::client::registry::Registry;
use crate::client::uses::UNUSED_RETENTION;
use crate::oauth_answer::OAuthAnswer;
use crate::server::{AuthorizationServer, Context};
use error::RegistrationError;
use registrar::Registrar;

/// A registration with a longer body is refused.
pub(crate) const MAX_BODY_BYTES: usize = 16 * 1024;

/// Registers a client from its metadata (RFC 7591 section 3).
pub(crate) async fn post(
    _: Proven<Registrar>,
    State(server): State<AuthorizationServer>,
    from: RequestContext,
    MetadataRequest(request): MetadataRequest,
) -> OAuthAnswer<Plain<Registered>> {
    let answer = match register(server.context(), request, &from).await {
        Ok(registered) => {
            (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(registered)).into_response()
        }
        Err(error) => error.answer(&from.source.request_id),
    };
    answer.into()
}

/// A request with the metadata of a client.
pub(crate) struct MetadataRequest(Request);

impl<S: Sync> FromRequest<S> for MetadataRequest {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(request))
    }
}

impl Argument for MetadataRequest {
    fn describe(operation: &mut Operation) {
        operation.takes_schema(&Metadata::schema(), &["application/json"]);
    }
}

async fn register(
    context: &Context,
    request: Request,
    from: &RequestContext,
) -> Result<Registered, RegistrationError> {
    if fields::media_type(request.headers()) != "application/json" {
        return Err(RegistrationError::NotJson);
    }
    let metadata = read(request.into_body()).await?;
    // An id of ours, so that no client takes another's (S-AS-34).
    let id = format!("app-{}", OpaqueToken::new(&*context.randomness).text());
    let config = metadata.describe(id, &context.rules).map_err(RegistrationError::Wrong)?;
    let now = context.clock.now();
    let registry = Registry {
        db: &context.services.db,
        tokens: &context.services.tokens,
        audit: &context.services.audit,
        source: &from.source.clone().by(Actor::Client),
        operation: None,
        context: &kernel::Context {
            clock: Arc::clone(&context.clock),
            randomness: Arc::clone(&context.randomness),
        },
        configured: &context.clients,
        rules: &context.rules,
    };
    let (client, secret) = registry.add_until(&config, now.plus(UNUSED_RETENTION)).await?;
    tracing::info!(
        event = "client_registered",
        request_id = from.source.request_id,
        client_id = client.id.as_str(),
        "a client registered itself"
    );
    // Its next request may come here at once.
    context.clients.add(context.completed(client));
    context.note_clients();
    Ok(Registered::new(config, secret.as_ref(), now))
}

async fn read(body: Body) -> Result<Metadata, RegistrationError> {
    let body = Limited::new(body, MAX_BODY_BYTES).collect().await;
    let body = body.map_err(|error| RegistrationError::Body(request_limits::unread(&*error).status()))?;
    let body = body.to_bytes();
    // Serde would also read an array, and take its items for the members in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(RegistrationError::NotJson);
    }
    serde_json::from_slice(&body).map_err(|_| RegistrationError::NotJson)
}
