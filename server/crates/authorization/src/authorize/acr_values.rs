//! `acr_values`: how strongly the person is to have proven who they are (OpenID Connect Core section 3.1.2.1, RFC 9470).
//!
//! The least of the classes that are named is asked for. A person who cannot reach it goes on with what they have, since the
//! request is voluntary: the client reads from the token what it was.

use names::Acr;

use super::asked::Asked;
use super::outcome::{Outcome, Question, refuse};
use super::prompt;
use crate::parameters::Parameters;

/// The class that is asked for, if there is one of ours.
pub(crate) fn least(parameters: &Parameters) -> Option<Acr> {
    let words = parameters.get("acr_values")?.split(' ');
    words.filter_map(Acr::parse).min()
}

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    let (Some(least), Some(person)) = (least(asked.parameters), asked.person) else { return Outcome::GoOn };
    let is_strong = person.proven_by.level() >= least.level();
    // Who shows a code for this request may have left the passkey elsewhere, and is not asked a second time.
    let is_enough = person.proven_by.acr() >= least || (is_strong && asked.has_signed_in_for_this());
    if is_enough || person.attainable < least {
        return Outcome::GoOn;
    }
    if prompt::is_none(asked.parameters) {
        let why =
            "the person has proven less than `acr_values` asks for; send them here without `prompt=none`";
        return refuse("login_required", why);
    }
    Outcome::Ask(Question::Prove)
}
