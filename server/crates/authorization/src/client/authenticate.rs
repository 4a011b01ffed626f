//! Which client sends a request, and whether it is that client (RFC 6749 section 2.3): by the one method that it is registered
//! for, and by one in a request (S-AS-19).

mod assertion;
mod basic;
mod failures;

use std::sync::Arc;

use db::LentTransaction;
use http::header::AUTHORIZATION;

use crate::client::authentication::Authentication;
use crate::client::form::ClientForm;
use crate::client::model::Client;
use crate::server::Context;
use crate::store::used_ids;
use crate::token::error::TokenError;
use assertion::Assertion;
use basic::BasicCredentials;
use web::RequestContext;

const UNKNOWN: &str = "no such client is registered here";
const OTHER_METHOD: &str =
    "the client is registered for another way to show who it is; `auth` of its registration says which";
const WRONG_SECRET: &str = "the secret is not the client's";

/// The client of a request, as far as its secret was not guessed at too often from there.
pub(crate) async fn authenticate(
    context: &Context,
    form: &ClientForm,
    from: &RequestContext,
) -> Result<Arc<Client>, TokenError> {
    let Some(attempt) = failures::attempt(context, form, from) else { return identify(context, form).await };
    failures::check(context, attempt)?;
    let client = identify(context, form).await;
    if let Err(TokenError::InvalidClient { .. }) = &client {
        failures::count(context, attempt).await?;
    }
    client
}

async fn identify(context: &Context, form: &ClientForm) -> Result<Arc<Client>, TokenError> {
    let by_header = form.headers.contains_key(AUTHORIZATION);
    let by_secret = form.get("client_secret").is_some();
    let by_assertion = form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some();
    match (by_header, by_secret, by_assertion) {
        (true, false, false) => by_basic(context, form),
        (false, true, false) => by_post(context, form),
        (false, false, true) => by_signature(context, form).await,
        (false, false, false) => by_name(context, form),
        _ => Err(TokenError::request("authenticate the client in one way, not in two")),
    }
}

fn by_basic(context: &Context, form: &ClientForm) -> Result<Arc<Client>, TokenError> {
    let refused = |description| TokenError::InvalidClient { description, by_header: true };
    let credentials = BasicCredentials::of(&form.headers).ok_or_else(|| {
        refused("send Authorization: Basic with id and secret, each form-encoded, or `client_id` in the body")
    })?;
    if form.get("client_id").is_some_and(|id| id != credentials.id) {
        return Err(TokenError::request(
            "`client_id` must be the one of the Authorization header, or be left out",
        ));
    }
    let client = context.clients.find(&credentials.id).ok_or_else(|| refused(UNKNOWN))?;
    match &client.authentication {
        Authentication::SecretBasic(secrets) if secrets.admit(&credentials.secret, context.clock.now()) => {}
        Authentication::SecretBasic(_) => return Err(refused(WRONG_SECRET)),
        _ => return Err(refused(OTHER_METHOD)),
    }
    Ok(client)
}

fn by_post(context: &Context, form: &ClientForm) -> Result<Arc<Client>, TokenError> {
    let (client, secret) = (named(context, form)?, form.required("client_secret")?);
    match &client.authentication {
        Authentication::SecretPost(secrets) if secrets.admit(secret, context.clock.now()) => Ok(client),
        Authentication::SecretPost(_) => Err(refused(WRONG_SECRET)),
        _ => Err(refused(OTHER_METHOD)),
    }
}

/// A client that shows nothing names itself, and what it presents is bound to it.
fn by_name(context: &Context, form: &ClientForm) -> Result<Arc<Client>, TokenError> {
    let client = named(context, form)?;
    match &client.authentication {
        Authentication::None => Ok(client),
        Authentication::SecretBasic(_) => {
            Err(refused("the client must send its secret as Authorization: Basic"))
        }
        Authentication::SecretPost(_) => {
            Err(refused("the client must send its secret as `client_secret` in the body"))
        }
        Authentication::PrivateKeyJwt(_) => {
            Err(refused("the client must send `client_assertion`, signed by its key"))
        }
    }
}

async fn by_signature(context: &Context, form: &ClientForm) -> Result<Arc<Client>, TokenError> {
    if form.required("client_assertion_type")? != assertion::TYPE {
        return Err(TokenError::request(format!("the only `client_assertion_type` is {}", assertion::TYPE)));
    }
    let assertion = Assertion::parse(form.required("client_assertion")?)
        .ok_or_else(|| refused("`client_assertion` is no signed JWT with iss, sub, aud, exp and jti"))?;
    let id = assertion.client_id();
    if form.get("client_id").is_some_and(|named| named != id) {
        return Err(TokenError::request("`client_id` must be `sub` of the assertion, or be left out"));
    }
    let client = context.clients.find(id).ok_or_else(|| refused(UNKNOWN))?;
    let Authentication::PrivateKeyJwt(keys) = &client.authentication else {
        return Err(refused(OTHER_METHOD));
    };
    let now = context.clock.now();
    let used = assertion.verify(keys, context.issuer(), now).map_err(refused)?;
    let note = async |mut tx: LentTransaction| {
        let is_new = used_ids::insert(&mut tx, &used.hash, used.until, now).await?;
        Ok::<_, TokenError>(tx.commit(is_new))
    };
    if context.services.db.transact(note).await? {
        Ok(client)
    } else {
        Err(refused("this assertion was sent before; make one with a new `jti` for each request"))
    }
}

fn named(context: &Context, form: &ClientForm) -> Result<Arc<Client>, TokenError> {
    context.clients.find(form.required("client_id")?).ok_or_else(|| refused(UNKNOWN))
}

const fn refused(description: &'static str) -> TokenError {
    TokenError::InvalidClient { description, by_header: false }
}
