//! All checks, in order, and what they come to.

use super::asked::Asked;
use super::outcome::{Outcome, Question};
use super::refused::Refused;
use super::{
    acr_values, consent, dpop_jkt, encoding, id_token_hint, max_age, nonce, pkce, prompt, pushed,
    request_object, resource, response_type, scope, sign_in, state,
};

/// A check: whether a request may go on as far as it is concerned.
pub(crate) type Check = fn(&Asked<'_>) -> Outcome;

/// What is asked of a request whose client and redirect URI are known; those two come first, since everything else is told to
/// the client ([`super::client`], [`super::redirect_uri`]).
pub(crate) const CHECKS: [Check; 16] = [
    request_object::check,
    pushed::check,
    encoding::check,
    state::check,
    response_type::check,
    pkce::check,
    scope::check,
    resource::check,
    dpop_jkt::check,
    nonce::check,
    prompt::check,
    id_token_hint::check,
    max_age::check,
    acr_values::check,
    sign_in::check,
    consent::check,
];

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The client gets a code.
    Grant,
    /// The person is asked first.
    Ask(Question),
    /// The client is told what is wrong.
    Refuse(Refused),
}

/// Goes through all checks. Errors come before questions: nobody is asked to sign in for a request that fails anyway. Only a
/// third party's errors wait until the person has signed in, so that an address of ours cannot be used to lead strangers anywhere
/// (S-AS-3, RFC 9700 section 4.11.2).
pub(crate) fn decide(asked: &Asked<'_>) -> Decision {
    let mut question = None;
    for check in CHECKS {
        match check(asked) {
            Outcome::GoOn => {}
            Outcome::Ask(asks) => question = question.or(Some(asks)),
            Outcome::Refuse(_) if must_sign_in_first(asked) => return Decision::Ask(Question::SignIn),
            Outcome::Refuse(refused) => return Decision::Refuse(refused),
        }
    }
    question.map_or(Decision::Grant, Decision::Ask)
}

/// Errors that are about who is signed in, or about what they have agreed to.
const OF_PERSONS: [&str; 4] =
    ["login_required", "consent_required", "interaction_required", "account_selection_required"];

/// Errors in a request that do not depend on the person.
pub(crate) fn wrong_for_anybody(asked: &Asked<'_>) -> Option<Refused> {
    CHECKS.iter().find_map(|check| match check(asked) {
        Outcome::Refuse(refused) if !OF_PERSONS.contains(&refused.error) => Some(refused),
        _ => None,
    })
}

fn must_sign_in_first(asked: &Asked<'_>) -> bool {
    !asked.client.is_first_party && asked.person.is_none() && !prompt::is_none(asked.parameters)
}
