//! `prompt`: what the person is to be asked, whatever is known of them (OpenID Connect Core section 3.1.2.1).

use super::asked::Asked;
use super::outcome::{Outcome, Question, invalid_request};
use crate::parameters::Parameters;

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    let words: Vec<&str> = words(asked.parameters).collect();
    if words.iter().any(|word| !["none", "login", "consent", "select_account"].contains(word)) {
        return invalid_request("`prompt` must be of `none`, `login`, `consent` and `select_account`");
    }
    if words.contains(&"none") && words.len() > 1 {
        return invalid_request("`prompt=none` cannot be combined with others");
    }
    // An account is chosen where one signs in.
    let again = words.iter().any(|word| ["login", "select_account"].contains(word));
    if again && asked.person.is_some() && !asked.has_signed_in_for_this() {
        return Outcome::Ask(Question::SignInAgain);
    }
    Outcome::GoOn
}

/// Whether no page may be shown.
pub(crate) fn is_none(parameters: &Parameters) -> bool {
    words(parameters).eq(["none"])
}

/// Whether the person is to prove who they are, whatever is known of them.
pub(crate) fn wants_login(parameters: &Parameters) -> bool {
    words(parameters).any(|word| word == "login")
}

/// Whether the person is to agree, also to what they agreed to before.
pub(crate) fn wants_consent(parameters: &Parameters) -> bool {
    words(parameters).any(|word| word == "consent")
}

fn words(parameters: &Parameters) -> impl Iterator<Item = &str> {
    parameters.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty())
}
