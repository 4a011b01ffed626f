//! Somebody must be signed in.

use super::asked::Asked;
use super::outcome::{Outcome, Question, refuse};
use super::prompt;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    if asked.person.is_some() {
        Outcome::GoOn
    } else if prompt::is_none(asked.parameters) {
        refuse("login_required", "nobody is signed in; send the person here without `prompt=none`")
    } else {
        Outcome::Ask(Question::SignIn)
    }
}
