//! `GET` and `POST /oauth2/authorize`, and the address to which a sign-in leads back.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use kernel::OpaqueToken;
use names::path;
use sessions::Current;
use web::{LeadsOn, RequestContext, ReturnTo, fields, request_limits};

use super::answer::{Back, lead_to};
use super::asked::{Agreed, Asked, KNOWN, Person};
use super::code::Issuing;
use super::decision::{Decision, decide};
use super::failure::AuthorizeFailure;
use super::outcome::Question;
use super::page_error::PageError;
use super::refused::Refused;
use super::stored::{self, Arrived};
use super::{acr_values, client, code, id_token_hint, max_age, prompt, pushed, redirect_uri};
use crate::client::model::Client;
use crate::consents;
use crate::oauth_request::{Asks, FormOf, QueryOf};
use crate::parameters::Parameters;
use crate::server::{AuthorizationServer, Context};

/// What a client sends a person with.
pub(crate) struct AuthorizationRequest;

impl Asks for AuthorizationRequest {
    const KNOWN: &'static [&'static str] = KNOWN;
    const REFUSED: &'static [&'static str] = &["request", "registration", "response_mode"];
    // A pushed request has everything else.
    const REQUIRED: &'static [&'static str] = &["client_id"];
}

/// Serves a request from its query.
pub(crate) async fn get(
    State(server): State<AuthorizationServer>,
    context: RequestContext,
    headers: HeaderMap,
    QueryOf { query, .. }: QueryOf<AuthorizationRequest>,
) -> LeadsOn {
    let parameters = Parameters::parse(query.as_bytes(), KNOWN);
    let answer = match pushed::resolve(server.context(), parameters).await {
        Ok(arrived) => serve(server.context(), arrived, &headers, &context).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.answer(&context.source.request_id)).into()
}

/// Goes on with a stored request: after a sign-in, or after a `POST`.
pub(crate) async fn resume(
    State(server): State<AuthorizationServer>,
    Path(request): Path<String>,
    context: RequestContext,
    headers: HeaderMap,
) -> LeadsOn {
    let answer = match stored::find(server.context(), &request).await {
        Ok(arrived) => serve(server.context(), arrived, &headers, &context).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.answer(&context.source.request_id)).into()
}

/// Stores a request and has the browser come for it by `GET`: the session cookie does not travel on another site's `POST`
/// (OpenID Connect Core section 3.1.2.1 wants both methods).
pub(crate) async fn post(
    State(server): State<AuthorizationServer>,
    context: RequestContext,
    FormOf { request, .. }: FormOf<AuthorizationRequest>,
) -> LeadsOn {
    let answer = take(server.context(), request, &context).await;
    answer.unwrap_or_else(|failure| failure.answer(&context.source.request_id)).into()
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
    let arrived = pushed::resolve(context, Parameters::parse(&body, KNOWN)).await?;
    // A request that cannot succeed is not stored.
    client::look_up(&arrived.parameters, context, Some(from)).await?;
    let client = client::find(&arrived.parameters, &context.clients)?;
    redirect_uri::find(&arrived.parameters, &client)?;
    let id = stored::store(context, &arrived, from).await?;
    Ok(lead_to(&stored::address_of(&id)))
}

/// Checks a request and does what the checks say.
async fn serve(
    context: &Context,
    arrived: Arrived,
    headers: &HeaderMap,
    from: &RequestContext,
) -> Result<Response, AuthorizeFailure> {
    let parameters = &arrived.parameters;
    client::look_up(parameters, context, Some(from)).await?;
    let client = client::find(parameters, &context.clients)?;
    let redirect_uri = redirect_uri::find(parameters, &client)?;
    context.uses.note(&client, context.clock.now());
    let person = person(context, headers, parameters).await?;
    let remembered = consents::remembered(context, &client, person).await?;
    let asked = Asked {
        parameters,
        client: &client,
        person,
        waits_since: arrived.stored.as_ref().map(|(_, at)| *at),
        is_pushed: arrived.is_pushed,
        hint: id_token_hint::read(context, &client, parameters).await?,
        agreed: remembered.as_ref().map_or(Agreed::ToNothing, Agreed::Before),
        now: context.clock.now(),
    };
    let back = Back::new(&asked, redirect_uri, context.issuer());
    let stored = arrived.stored.as_ref().map(|(id, _)| id);
    let issuing = Issuing { redirect_uri, stored, source: &from.source };
    let question = match decide(&asked) {
        Decision::Grant => match code::issue(context, &asked, issuing).await? {
            Some(code) => {
                count("granted");
                return Ok(back.with_code(&code));
            }
            None => Question::Consent,
        },
        Decision::Ask(question) => question,
        Decision::Refuse(refused) => return Ok(tell(&back, &client, &refused, &from.source.request_id)),
    };
    let id = match stored {
        Some(id) => id.clone(),
        None => stored::store(context, &arrived, from).await?,
    };
    count("asked");
    Ok(lead_to(&page_of(&id, question, parameters)))
}

/// Who is signed in in the browser of a request.
pub(crate) async fn person(
    context: &Context,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Option<Person>, AuthorizeFailure> {
    let sessions = &context.services.sessions;
    match sessions.lookup.current(headers).await? {
        Some(current) => person_of(context, &current, parameters).await.map(Some),
        None => Ok(None),
    }
}

/// Whose session this is, with what they could prove where the request asks for more than they have.
pub(crate) async fn person_of(
    context: &Context,
    current: &Current,
    parameters: &Parameters,
) -> Result<Person, AuthorizeFailure> {
    let has = current.session.proven_by.acr();
    let attainable = if acr_values::least(parameters).is_some_and(|least| least > has) {
        context.services.sessions.attainable_by(current.member.id).await?
    } else {
        has
    };
    Ok(Person::of(current, attainable))
}

/// Tells the client what is wrong, and the log what its developer has to know.
pub(crate) fn tell(back: &Back<'_>, client: &Client, refused: &Refused, request_id: &str) -> Response {
    let (client_id, error, reason) = (client.id.as_str(), refused.error, &refused.description);
    tracing::warn!(
        event = "authorization_refused",
        request_id,
        client_id,
        error,
        %reason,
        "an authorization request was refused"
    );
    count("refused");
    back.with_error(refused)
}

/// Where the person does what they are asked for, and comes back from.
fn page_of(id: &OpaqueToken, question: Question, parameters: &Parameters) -> String {
    let return_to = ReturnTo::parse(&stored::address_of(id));
    match question {
        // A provider at which they are signed in must ask anyway.
        Question::SignIn if prompt::wants_login(parameters) || max_age::is_asked(parameters) => {
            path::login_again(return_to.as_str())
        }
        Question::SignIn => path::login(None, return_to.as_str()),
        // Otherwise the page would redirect a person who is signed in.
        Question::SignInAgain => path::login_again(return_to.as_str()),
        Question::Prove => path::prove(return_to.as_str()),
        Question::Consent => path::consent(&id.text()),
    }
}

pub(crate) fn count(outcome: &'static str) {
    metrics::counter!("daemun_authorization_requests_total", "outcome" => outcome).increment(1);
}
