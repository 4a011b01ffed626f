//! The proof that the guard of the endpoints for clients reads: which client sends a request. A handler behind it gets the
//! client from nowhere else.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use serde_json::{Map, Value, json};
use web::RequestContext;
use web::guard::{Proof, Unproven};
use web::openapi::Operation;

use crate::client::authenticate::authenticate;
use crate::client::form::{ClientForm, OF_CLIENT};
use crate::client::model::Client;
use crate::client::self_described;
use crate::dpop::header;
use crate::oauth_request::properties;
use crate::server::AuthorizationServer;
use crate::token::error::TokenError;

/// A form that a client may send, as names and values.
pub(crate) type Example = &'static [(&'static str, &'static str)];

/// An endpoint that clients call with a form.
pub(crate) trait ClientEndpoint: Send + 'static {
    /// The parameters that count, alongside those in which the client shows who it is.
    const KNOWN: &'static [&'static str];
    /// Those that must be there.
    const REQUIRED: &'static [&'static str];
    /// What a client sends, for the document of all endpoints.
    const EXAMPLE: Example;
    /// Whether pages of clients may call it from a script (S-AS-15).
    const FOR_PAGES: bool;
    /// Whether it is for clients with credentials alone: what nobody signed is refused as wrong credentials are (S-AS-26).
    const NEEDS_CREDENTIALS: bool = false;
}

/// A form by a client that has shown who it is.
pub(crate) struct FromClient<E> {
    pub(crate) client: Arc<Client>,
    pub(crate) form: ClientForm,
    endpoint: PhantomData<fn() -> E>,
}

impl<E: ClientEndpoint> FromClient<E> {
    async fn of(server: &AuthorizationServer, parts: &Parts, body: &mut Body) -> Result<Self, TokenError> {
        let form = ClientForm::read(parts, body, E::KNOWN).await?;
        let (context, from) = (server.context(), RequestContext::of(parts));
        self_described::look_up(context, &form, &from).await?;
        if E::NEEDS_CREDENTIALS && !form.names_a_client() {
            let description = "send the credentials with which the client is registered";
            return Err(TokenError::InvalidClient { description, by_header: true });
        }
        let client = authenticate(context, &form, &from).await?;
        context.uses.note(&client, context.clock.now());
        Ok(Self { client, form, endpoint: PhantomData })
    }
}

impl<E: ClientEndpoint> Proof<AuthorizationServer> for FromClient<E> {
    async fn read(request: Unproven<'_, AuthorizationServer>) -> Result<Self, Response> {
        let Unproven { state: server, parts, body } = request;
        let read = Self::of(server, parts, body).await;
        read.map_err(|error| {
            let answer = error.answer(&RequestContext::of(parts).source.request_id);
            let answer = header::add_nonce(&server.context().services.tokens, &parts.headers, answer);
            if E::FOR_PAGES { server.context().origins.admit(&parts.headers, answer) } else { answer }
        })
    }

    fn describe(operation: &mut Operation) {
        let example: Map<String, Value> =
            E::EXAMPLE.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let schema = json!({
            "type": "object",
            "required": E::REQUIRED,
            "properties": properties(E::KNOWN.iter().copied().chain(OF_CLIENT)),
            "example": example,
        });
        operation.takes_schema(&schema, &["application/x-www-form-urlencoded"]);
    }
}
