//! `POST /oauth2/consent`: the person has decided.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{LeadsOn, Refusal, RequestContext, StrictForm};

use super::answer::{Back, lead_to};
use super::asked::{Agreed, Asked};
use super::code::Issuing;
use super::consent_page::is_proven;
use super::decision::{Decision, decide};
use super::endpoint::{count, person, tell};
use super::failure::AuthorizeFailure;
use super::page_error::PageError;
use super::refused::Refused;
use super::stored::{self, Arrived};
use super::{client, code, id_token_hint, redirect_uri};
use crate::client::model::Client;
use crate::server::{AuthorizationServer, Context};

/// What the page sends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentForm {
    /// The id of the request.
    request: String,
    /// What shows that this is the form of the page that the person saw.
    proof: String,
    /// The button.
    #[schema(example = "allow")]
    decision: Decided,
}

/// The button that was pressed.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Decided {
    Allow,
    Deny,
}

/// Sends the person back to the client, with a code or with their refusal.
pub(crate) async fn post(
    State(server): State<AuthorizationServer>,
    context: RequestContext,
    headers: HeaderMap,
    form: Result<StrictForm<ConsentForm>, Refusal>,
) -> LeadsOn {
    let answer = match form {
        Ok(StrictForm(form)) => answer(server.context(), &form, &headers, &context).await,
        Err(refusal) => Err(AuthorizeFailure::Body(refusal)),
    };
    answer.unwrap_or_else(|failure| failure.answer(&context.source.request_id)).into()
}

async fn answer(
    context: &Context,
    form: &ConsentForm,
    headers: &HeaderMap,
    from: &RequestContext,
) -> Result<Response, AuthorizeFailure> {
    let Arrived { parameters, is_pushed, stored } = stored::find(context, &form.request).await?;
    let Some((id, waits_since)) = stored else {
        return Err(AuthorizeFailure::Internal("nothing was stored"));
    };
    client::look_up(&parameters, context, Some(from)).await?;
    let client = client::find(&parameters, &context.clients)?;
    let redirect_uri = redirect_uri::find(&parameters, &client)?;
    let asked = Asked {
        parameters: &parameters,
        client: &client,
        person: person(context, headers, &parameters).await?,
        waits_since: Some(waits_since),
        hint: id_token_hint::read(context, &client, &parameters).await?,
        is_pushed,
        agreed: Agreed::Now,
        now: context.clock.now(),
    };
    if asked.person.is_none() {
        return Ok(lead_to(&stored::address_of(&id)));
    }
    if !is_proven(context, &asked, &id, &form.proof) {
        return Err(PageError::ConsentChanged.into());
    }
    let back = Back::new(&asked, redirect_uri, context.issuer());
    if form.decision == Decided::Deny {
        return Ok(tell_denial(&back, &client, &from.source.request_id));
    }
    match decide(&asked) {
        Decision::Grant => {
            let issuing = Issuing { redirect_uri, stored: Some(&id), source: &from.source };
            let code = code::issue(context, &asked, issuing).await?;
            count("granted");
            Ok(code.map_or_else(|| lead_to(&stored::address_of(&id)), |code| back.with_code(&code)))
        }
        // Something has changed since the page was shown: the page asks again.
        Decision::Ask(_) => Ok(lead_to(&stored::address_of(&id))),
        Decision::Refuse(refused) => Ok(tell(&back, &client, &refused, &from.source.request_id)),
    }
}

/// Tells the client that the person does not want it. Nothing is wrong, so the log has it as what happened.
fn tell_denial(back: &Back<'_>, client: &Client, request_id: &str) -> Response {
    let denied = Refused::new("access_denied", "the person did not agree");
    let (client_id, error, reason) = (client.id.as_str(), denied.error, &denied.description);
    tracing::info!(
        event = "authorization_denied",
        request_id,
        client_id,
        error,
        %reason,
        cure = "send the person here again when they ask for it",
        "a person denied what an app asked for"
    );
    count("denied");
    back.with_error(&denied)
}
