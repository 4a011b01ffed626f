//! `/oauth2/logout`: an app wants the person signed out (OpenID Connect RP-Initiated Logout 1.0). If an ID token shows which
//! session it means, the request is followed at once; otherwise the person decides, on a page. Nobody is sent anywhere that the
//! app has not registered, character by character (S-AS-32).

mod decision;
pub(crate) mod error;
mod hint;
pub(crate) mod question;
mod way_back;

use axum::extract::State;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use limits::LimitError;
use names::path;
use sessions::{Current, SignOutAnswer};
use web::{Browser, LeadsOn, RequestContext, fields, request_limits};

use crate::client::document_lookup;
use crate::oauth_request::{Asks, FormOf};
use crate::parameters::Parameters;
use crate::server::{AuthorizationServer, Context};
use decision::{Decision, decide};
use error::LogoutError;
use hint::Hint;
use question::LogoutQuestion;
use way_back::WayBack;

/// The parameters that count here.
const KNOWN: &[&str] = &["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

/// What an app sends along with a person who is to be signed out.
pub(crate) struct LogoutRequest;

impl Asks for LogoutRequest {
    const KNOWN: &'static [&'static str] = KNOWN;
}

/// Where a person goes if no app gave an address.
const HOME: &str = path::HOME;

/// What becomes of a request to sign out.
pub enum LogoutAnswer {
    /// It is done; the browser goes on from here, without its session.
    Done(SignOutAnswer),
    /// The person is asked.
    Asks(LogoutQuestion),
}

impl AuthorizationServer {
    /// Serves a `GET`, for the page that asks where something has to be asked. `current` is who is signed in in this browser.
    ///
    /// # Errors
    /// When nobody can say who that is, or a session cannot be ended.
    pub async fn logout(
        &self,
        query: &str,
        current: Option<&Current>,
        headers: &HeaderMap,
        from: &RequestContext,
    ) -> Result<LogoutAnswer, LogoutError> {
        let context = self.context();
        let parameters = Parameters::parse(query.as_bytes(), KNOWN);
        match find_out(context, &parameters, current, from).await? {
            Decision::SignOut(back) => Ok(LogoutAnswer::Done(leave(context, headers, back, from).await?)),
            Decision::GoBack(back) => Ok(LogoutAnswer::Done(SignOutAnswer::to(&back.address()))),
            Decision::Ask(asks) => Ok(LogoutAnswer::Asks(LogoutQuestion::new(asks, &parameters))),
        }
    }
}

/// Serves a `POST`. One of our own page is its button. An app's is sent on to the `GET`, since the session cookie does not travel
/// on another site's `POST`.
pub(crate) async fn post(
    State(server): State<AuthorizationServer>,
    from: RequestContext,
    browser: Browser,
    FormOf { request, .. }: FormOf<LogoutRequest>,
) -> Result<LeadsOn, LogoutError> {
    let context = server.context();
    if fields::media_type(request.headers()) != "application/x-www-form-urlencoded" {
        return Err(LogoutError::NoForm);
    }
    let body = request.into_body().collect().await;
    let body = body.map_err(|error| LogoutError::Body(request_limits::unread(&error)))?.to_bytes();
    let parameters = Parameters::parse(&body, KNOWN);
    if !context.origin.sent(&browser.headers) {
        return Ok(SignOutAnswer::to(&format!("{}?{}", path::LOGOUT, parameters.to_form())).answer().into());
    }
    let current = context.services.sessions.lookup.current(&browser.headers).await?;
    let answer = match find_out(context, &parameters, current.as_deref(), &from).await? {
        Decision::SignOut(back) => leave(context, &browser.headers, back, &from).await?,
        Decision::Ask(asks) => leave(context, &browser.headers, asks.back, &from).await?,
        Decision::GoBack(back) => SignOutAnswer::to(&back.address()),
    };
    Ok(answer.from(&browser.cookies).into())
}

/// Goes through a request; the log has what is wrong with it, with the request id.
async fn find_out<'a>(
    context: &Context,
    parameters: &'a Parameters,
    current: Option<&Current>,
    from: &RequestContext,
) -> Result<Decision<'a>, LogoutError> {
    let hint = Hint::read(context, parameters, current).await?;
    know_client(context, parameters, &hint, from).await?;
    let (decision, problem) = decide(parameters, &context.clients, &hint, current.is_some());
    if let Some(problem) = problem {
        let (request_id, reason) = (&from.source.request_id, problem.to_string());
        tracing::warn!(
            event = "logout_refused",
            request_id,
            reason,
            "a sign-out request needs a confirmation"
        );
    }
    Ok(decision)
}

/// Learns of the client that asks, if it is one that describes itself. What is wrong with its document makes it an unknown one.
async fn know_client(
    context: &Context,
    parameters: &Parameters,
    hint: &Hint,
    from: &RequestContext,
) -> Result<(), LogoutError> {
    let id = match hint {
        Hint::Good(hint, _) => Some(hint.client_id.as_str()),
        Hint::None => parameters.get("client_id"),
        Hint::Bad(_) => None,
    };
    let Some(id) = id else { return Ok(()) };
    match document_lookup::look_up(context, id, from.network).await {
        Ok(_) | Err(LimitError::Exceeded(_)) => Ok(()),
        Err(LimitError::Db(error)) => Err(error.into()),
    }
}

/// Ends the session of a browser.
async fn leave(
    context: &Context,
    headers: &HeaderMap,
    back: Option<WayBack<'_>>,
    from: &RequestContext,
) -> Result<SignOutAnswer, LogoutError> {
    let address = back.map_or_else(|| HOME.to_owned(), |back| back.address());
    Ok(context.services.sessions.sign_outs.sign_out(headers, &address, &from.source).await?)
}
