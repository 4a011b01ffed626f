//! `GET` and `POST /oauth2/authorize`, and the address to which a sign-in leads back.

use std::time::Duration;

use axum::extract::{Path, RawQuery, Request, State};
use axum::response::Response;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use kernel::{OpaqueToken, Timestamp};
use names::path;
use web::{RequestContext, ReturnTo, fields, request_limits};

use super::answer::{Back, lead_to};
use super::asked::{Asked, KNOWN, Person};
use super::decision::{Decision, decide};
use super::failure::AuthorizeFailure;
use super::outcome::Question;
use super::page_error::PageError;
use super::waiting::WAITING;
use super::{client, pkce, redirect_uri, scope};
use crate::parameters::Parameters;
use crate::server::{AuthorizationServer, Context};
use crate::store::codes::{self, Code};
use crate::store::requests::{self, StoredRequest};

/// How long a request waits for its person.
const WAITS: Duration = Duration::from_hours(1);
/// How long a code can be redeemed (S-AS-6).
const CODE_LIFE: Duration = Duration::from_mins(1);
/// How long it is known for what it was (S-AS-7).
const CODE_KEPT: Duration = Duration::from_hours(1);
/// The largest request that is kept, as large as an address may be.
const LARGEST: usize = 8 * 1024;

/// A request that has come, now or a while ago.
struct Arrived {
    parameters: Parameters,
    /// Under which id and since when it is stored.
    stored: Option<(OpaqueToken, Timestamp)>,
}

/// Serves a request from its query.
pub(crate) async fn get(
    State(server): State<AuthorizationServer>,
    context: RequestContext,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes(), KNOWN);
    let answer = serve(server.context(), Arrived { parameters, stored: None }, &headers, &context).await;
    answer.unwrap_or_else(|failure| failure.answer(&context.source.request_id))
}

/// Goes on with a stored request: after a sign-in, or after a `POST`.
pub(crate) async fn resume(
    State(server): State<AuthorizationServer>,
    Path(request): Path<String>,
    context: RequestContext,
    headers: HeaderMap,
) -> Response {
    let answer = match find(server.context(), &request).await {
        Ok(arrived) => serve(server.context(), arrived, &headers, &context).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.answer(&context.source.request_id))
}

/// Stores a request and has the browser come for it by `GET`: the session cookie does not travel on another site's `POST`
/// (OpenID Connect Core section 3.1.2.1 wants both methods).
pub(crate) async fn post(
    State(server): State<AuthorizationServer>,
    context: RequestContext,
    request: Request,
) -> Response {
    let answer = take(server.context(), request, &context).await;
    answer.unwrap_or_else(|failure| failure.answer(&context.source.request_id))
}

async fn take(
    context: &Context,
    request: Request,
    from: &RequestContext,
) -> Result<Response, AuthorizeFailure> {
    if fields::media_type(request.headers()) != "application/x-www-form-urlencoded" {
        return Err(PageError::NoForm.into());
    }
    let body = request.into_body().collect().await;
    let body = body.map_err(|error| AuthorizeFailure::Body(request_limits::unread(&error)))?.to_bytes();
    let parameters = Parameters::parse(&body, KNOWN);
    // What nobody can use is not kept.
    let client = client::find(&parameters, &context.clients)?;
    redirect_uri::find(&parameters, &client)?;
    let id = store(context, &parameters, from).await?;
    Ok(lead_to(&address_of(&id)))
}

async fn find(context: &Context, request: &str) -> Result<Arrived, AuthorizeFailure> {
    let id = OpaqueToken::parse(request).ok_or(PageError::UnknownRequest)?;
    let mut reader = context.services.db.read().await?;
    let stored = requests::find(&mut reader, &id.hash(), context.clock.now()).await?;
    let StoredRequest { parameters, created_at } = stored.ok_or(PageError::UnknownRequest)?;
    let parameters = Parameters::parse(parameters.as_bytes(), KNOWN);
    Ok(Arrived { parameters, stored: Some((id, created_at)) })
}

/// Checks a request and does what the checks say.
async fn serve(
    context: &Context,
    Arrived { parameters, stored }: Arrived,
    headers: &HeaderMap,
    from: &RequestContext,
) -> Result<Response, AuthorizeFailure> {
    let client = client::find(&parameters, &context.clients)?;
    let redirect_uri = redirect_uri::find(&parameters, &client)?;
    let current = context.services.sessions.lookup.current(headers).await?;
    let person = current.map(|current| Person {
        member: current.member.id,
        session: current.session.id,
        auth_time: current.session.created_at,
    });
    let asked = Asked {
        parameters: &parameters,
        client: &client,
        person,
        stored_at: stored.as_ref().map(|(_, at)| *at),
        now: context.clock.now(),
    };
    let back = Back::new(&asked, redirect_uri, context.issuer());
    match decide(&asked) {
        Decision::Grant => {
            let code = issue_code(context, &asked, redirect_uri).await?;
            count("granted");
            Ok(back.with_code(&code))
        }
        Decision::Ask(question) => {
            let id = match stored {
                Some((id, _)) => id,
                None => store(context, &parameters, from).await?,
            };
            count("asked");
            Ok(lead_to(&login_page(&id, question)))
        }
        Decision::Refuse(refused) => {
            let (client_id, error) = (client.id.as_str(), refused.error);
            let (request_id, reason) = (&from.source.request_id, &refused.description);
            tracing::warn!(
                event = "authorization_refused",
                request_id,
                client_id,
                error,
                %reason,
                "an authorization request was refused"
            );
            count("refused");
            Ok(back.with_error(&refused))
        }
    }
}

/// Keeps a request for an hour, as far as its network has not left too many here.
async fn store(
    context: &Context,
    parameters: &Parameters,
    from: &RequestContext,
) -> Result<OpaqueToken, AuthorizeFailure> {
    let parameters = parameters.to_form();
    if parameters.len() > LARGEST {
        return Err(PageError::TooLarge.into());
    }
    let Some(network) = from.network else {
        return Err(AuthorizeFailure::Internal("a request without a client address"));
    };
    let attempt = context.limiter.attempt("authorization.requests", context.requests, &network.limit_key());
    let id = OpaqueToken::new(&*context.randomness);
    let now = context.clock.now();
    let mut tx = context.services.db.begin().await?;
    context.limiter.count_within(&mut tx, attempt).await?;
    let request = StoredRequest { parameters, created_at: now };
    requests::insert(&mut tx, &id.hash(), &request, now.plus(WAITS)).await?;
    tx.commit().await?;
    Ok(id)
}

/// The address holds the id and nothing of what the client sent.
fn address_of(id: &OpaqueToken) -> String {
    format!("{WAITING}{}", id.text())
}

/// Where the person signs in, and comes back from.
fn login_page(id: &OpaqueToken, question: Question) -> String {
    let return_to = ReturnTo::parse(&address_of(id));
    match question {
        Question::SignIn => path::login(None, return_to.as_str()),
        // Or the page would send on a person who is signed in.
        Question::SignInAgain => path::login_again(return_to.as_str()),
    }
}

/// Makes the code of a request that was checked.
async fn issue_code(
    context: &Context,
    asked: &Asked<'_>,
    redirect_uri: &str,
) -> Result<OpaqueToken, AuthorizeFailure> {
    let unchecked = AuthorizeFailure::Internal("a request was granted that was not checked");
    let (Some(person), Some(challenge)) = (asked.person, pkce::challenge(asked.parameters)) else {
        return Err(unchecked);
    };
    let secret = OpaqueToken::new(&*context.randomness);
    let code = Code {
        client_id: asked.client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        challenge,
        subject: person.member,
        session: person.session,
        scope: scope::granted(asked.parameters, asked.client),
        audience: context.audience(asked.parameters.get("resource")),
        nonce: asked.parameters.get("nonce").map(str::to_owned),
        auth_time: person.auth_time,
        redeemable_until: asked.now.plus(CODE_LIFE),
    };
    let mut tx = context.services.db.begin().await?;
    codes::insert(&mut tx, &secret.hash(), &code, asked.now.plus(CODE_KEPT)).await?;
    tx.commit().await?;
    Ok(secret)
}

fn count(outcome: &'static str) {
    metrics::counter!("daemun_authorization_requests_total", "outcome" => outcome).increment(1);
}
