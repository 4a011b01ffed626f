//! `POST /oauth2/par`: a client sends its authorization request itself and gets an address for it, so that nobody on the way
//! can read or change it (RFC 9126).

use db::LentTransaction;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use kernel::OpaqueToken;
use serde::Serialize;
use tokens::Proven as ProvenKey;
use utoipa::ToSchema;
use web::guard::Proven;
use web::{Plain, RequestContext};

use crate::authorize::asked::{Agreed, Asked, Hint, KNOWN, REQUEST_URI};
use crate::authorize::{decision, redirect_uri};
use crate::client::form::ClientForm;
use crate::client::grant_type::GrantType;
use crate::client::guard::{ClientEndpoint, Example, FromClient};
use crate::client::model::Client;
use crate::dpop::{at_push, at_token_endpoint, header};
use crate::oauth_answer::OAuthAnswer;
use crate::parameters::append;
use crate::server::{AuthorizationServer, Context};
use crate::store::pushed::{self, PushedRequest};
use crate::token::error::TokenError;

/// How long a pushed request waits for its person.
const REQUEST_LIFETIME: Duration = Duration::from_mins(1);
/// The largest one that is kept, as large as an address may be.
const MAX_REQUEST_BYTES: usize = 8 * 1024;

/// The endpoint, as its guard knows it.
pub(crate) struct PushEndpoint;

impl ClientEndpoint for PushEndpoint {
    const KNOWN: &'static [&'static str] = KNOWN;
    const REQUIRED: &'static [&'static str] = &["response_type", "redirect_uri"];
    const EXAMPLE: Example = &[
        ("client_id", "portal-client"),
        ("response_type", "code"),
        ("redirect_uri", "http://localhost:3999/callback"),
        ("scope", "openid profile"),
        ("state", "af0ifjsldkj"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    const FOR_PAGES: bool = true;
}

/// Where the request is, for the parameter `request_uri`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pushed {
    request_uri: String,
    expires_in: u64,
}

/// `POST /oauth2/par` (RFC 9126 section 2)
pub(crate) async fn post(
    Proven { proof: FromClient { client, form, .. }, .. }: Proven<FromClient<PushEndpoint>>,
    State(server): State<AuthorizationServer>,
    from: RequestContext,
) -> OAuthAnswer<Plain<Pushed>> {
    let answer = match push(server.context(), &client, &form, &from).await {
        Ok(pushed) => (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(pushed)).into_response(),
        Err(error) => error.answer(&from.source.request_id),
    };
    let answer = header::add_nonce(&server.context().services.tokens, &form.headers, answer);
    server.context().origins.admit(&form.headers, answer).into()
}

async fn push(
    context: &Context,
    client: &Client,
    form: &ClientForm,
    from: &RequestContext,
) -> Result<Pushed, TokenError> {
    check(context, client, form)?;
    let proof = at_push::read(context, form)?;
    let parameters = request(client, form, proof.as_ref());
    if parameters.len() > MAX_REQUEST_BYTES {
        return Err(TokenError::PushTooLarge(MAX_REQUEST_BYTES));
    }
    let id = OpaqueToken::new(&*context.randomness);
    let expires_at = context.clock.now().plus(REQUEST_LIFETIME);
    let push = async |mut tx: LentTransaction| {
        // Anybody can say that they are a public client, so what those leave here is limited as it is at /oauth2/authorize.
        if let Some(network) = from.network.filter(|_| client.is_public()) {
            let key = network.limit_key();
            let attempt = context.limiter.attempt("authorization.requests", context.requests, &key);
            context.limiter.count_within(&mut tx, attempt).await?;
        }
        at_token_endpoint::spend(context, &mut tx, proof.as_ref()).await?;
        let request = PushedRequest { client_id: &client.id, parameters: parameters.clone(), expires_at };
        pushed::insert(&mut tx, &id.hash(), request).await?;
        Ok::<_, TokenError>(tx.commit(()))
    };
    context.services.db.transact(push).await?;
    Ok(Pushed { request_uri: format!("{REQUEST_URI}{}", id.text()), expires_in: REQUEST_LIFETIME.as_secs() })
}

/// What can be said before the person comes is said now, and all of it is checked again then.
fn check(context: &Context, client: &Client, form: &ClientForm) -> Result<(), TokenError> {
    if form.get("request_uri").is_some() {
        return Err(TokenError::request("send the parameters themselves here, and no `request_uri`"));
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(TokenError::UnauthorizedClient(GrantType::AuthorizationCode.as_str()));
    }
    form.required("redirect_uri")?;
    if redirect_uri::find(&form.parameters, client).is_err() {
        return Err(TokenError::request(
            "`redirect_uri` must be one that the client has registered, letter by letter",
        ));
    }
    let asked = Asked {
        parameters: &form.parameters,
        client,
        person: None,
        waits_since: None,
        is_pushed: true,
        hint: Hint::Nobody,
        agreed: Agreed::ToNothing,
        now: context.clock.now(),
    };
    match decision::wrong_for_anybody(&asked) {
        Some(refused) => Err(TokenError::Refused(refused)),
        None => Ok(()),
    }
}

/// The authorization request alone, without what shows who the client is.
fn request(client: &Client, form: &ClientForm, proof: Option<&ProvenKey>) -> String {
    let mut request = String::new();
    append(&mut request, "client_id", client.id.as_str().as_bytes());
    for name in KNOWN.iter().filter(|name| **name != "client_id") {
        if let Some(value) = form.parameters.bytes(name) {
            append(&mut request, name, value);
        }
    }
    if let Some(proof) = proof.filter(|_| form.get("dpop_jkt").is_none()) {
        append(&mut request, "dpop_jkt", proof.key.to_string().as_bytes());
    }
    request
}
