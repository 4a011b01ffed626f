//! `id_token_hint`: the client says whom it means by an ID token that it got here (OpenID Connect Core section 3.1.2.1).

use tokens::{HintError, IdTokenHint};

use super::asked::{Asked, Hint};
use super::failure::AuthorizeFailure;
use super::outcome::{Outcome, Question, invalid_request, refuse};
use super::prompt;
use crate::client::model::Client;
use crate::parameters::Parameters;
use crate::server::Context;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    let member = match asked.hint {
        Hint::Nobody => return Outcome::GoOn,
        Hint::NotGood => {
            return invalid_request("`id_token_hint` must be an ID token that this client got here");
        }
        Hint::Member(member) => member,
    };
    // Somebody who is signed out is asked to sign in anyway, and looked at then.
    let is_other = asked.person.is_some_and(|person| person.member != member);
    if !is_other {
        Outcome::GoOn
    } else if prompt::is_none(asked.parameters) || asked.has_signed_in_for_this() {
        refuse("login_required", "another person is signed in than the one whom `id_token_hint` names")
    } else {
        Outcome::Ask(Question::SignInAgain)
    }
}

/// Reads the hint of a request. It may be long expired: it says who is meant, and opens nothing.
pub(crate) async fn read(
    context: &Context,
    client: &Client,
    parameters: &Parameters,
) -> Result<Hint, AuthorizeFailure> {
    let Some(text) = parameters.get("id_token_hint") else { return Ok(Hint::Nobody) };
    match context.services.tokens.verifier.id_token_hint(text).await {
        Ok(IdTokenHint { subject, client_id, .. }) if client_id == client.id => Ok(Hint::Member(subject)),
        Ok(_) | Err(HintError::Refused(_)) => Ok(Hint::NotGood),
        Err(HintError::Tokens(error)) => Err(error.into()),
    }
}
