//! `max_age`: how long ago the person may have proved who they are, in seconds (OpenID Connect Core section 3.1.2.1).

use std::time::Duration;

use super::asked::Asked;
use super::outcome::{Outcome, Question, invalid_request, refuse};
use super::prompt;
use crate::parameters::Parameters;

/// Whether it matters how long ago that was.
pub(crate) fn is_asked(parameters: &Parameters) -> bool {
    parameters.get("max_age").is_some()
}

pub(crate) fn check(asked: &Asked<'_>) -> Outcome {
    let Some(text) = asked.parameters.get("max_age") else { return Outcome::GoOn };
    // A parser would take a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(seconds) = digits.then(|| text.parse::<u32>().ok()).flatten() else {
        return invalid_request("`max_age` must be a whole number of seconds");
    };
    let Some(person) = asked.person else { return Outcome::GoOn };
    let is_recent = seconds > 0 && asked.now.since(person.auth_time) <= Duration::from_secs(seconds.into());
    if is_recent || asked.has_signed_in_for_this() {
        Outcome::GoOn
    } else if prompt::is_none(asked.parameters) {
        refuse(
            "login_required",
            "the person signed in longer ago than `max_age`; send them here without `prompt=none`",
        )
    } else {
        Outcome::Ask(Question::SignInAgain)
    }
}
