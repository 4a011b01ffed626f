//! What a page says about a form that was not taken: what happened, and what to do.

use std::borrow::Cow;

use contract::{FieldError, FormError, Frame, Problem};
use names::Language;

use crate::texts::{form_errors, sign_in_errors};

/// The field that a problem of the whole form belongs to.
pub(super) fn place(problem: Problem, action: &str) -> Option<&'static str> {
    match problem {
        Problem::AddressTaken => Some("email"),
        Problem::ProofInvalid => Some("code"),
        Problem::WrongPassword if action.ends_with("/password") => Some("current_password"),
        Problem::WrongPassword | Problem::PasswordNeeded => Some("password"),
        Problem::TooLarge if action.ends_with("/picture") => Some("picture"),
        _ => None,
    }
}

/// What it says at that field.
pub(super) fn at_field(problem: Problem, language: Language) -> &'static str {
    match problem {
        Problem::AddressTaken => form_errors::email_taken(language),
        Problem::ProofInvalid => form_errors::mail_code(language),
        Problem::PasswordNeeded => form_errors::password_needed(language),
        Problem::WrongPassword => form_errors::wrong_password(language),
        Problem::TooLarge => form_errors::picture(language),
        _ => form_errors::fields(language),
    }
}

/// What it says at a field that is not as allowed.
pub(super) fn field_text(wrong: &FieldError, frame: &Frame) -> Cow<'static, str> {
    let language = frame.language;
    let text = match (wrong.field.as_str(), wrong.reason.as_deref()) {
        (_, Some("PASSWORD_LENGTH")) => {
            return form_errors::password_length(language, frame.settings.password_min_length).into();
        }
        (_, Some("PASSWORD_LEAKED")) => form_errors::password_leaked(language),
        (_, Some("PASSWORD_CONTEXT")) => form_errors::password_context(language),
        ("email", Some("NOT_PROVEN")) => form_errors::email_not_confirmed(language),
        ("email", _) => form_errors::email(language),
        ("password" | "current_password", _) => form_errors::password(language),
        ("nickname", _) => form_errors::nickname(language),
        ("greeting", _) => form_errors::greeting(language),
        ("code", _) => form_errors::code(language),
        ("picture", _) => form_errors::picture(language),
        _ => form_errors::fields(language),
    };
    text.into()
}

/// What it says above the form when no field is to blame.
pub(super) fn sentence(error: &FormError, by_link: bool, language: Language) -> String {
    let wait = wait(error.wait, language);
    match error.problem {
        _ if by_link => form_errors::mail_link(language).to_owned(),
        Problem::BadCredentials => sign_in_errors::bad_credentials(language).to_owned(),
        Problem::NoPassword => form_errors::no_password(language).to_owned(),
        Problem::HasPassword => form_errors::has_password(language).to_owned(),
        Problem::LastSignInMethod => form_errors::last_sign_in_method(language).to_owned(),
        Problem::ChangedMeanwhile => form_errors::changed_meanwhile(language).to_owned(),
        Problem::TooManyTries => form_errors::too_many_attempts(language, wait),
        Problem::Busy => form_errors::busy(language, wait),
        Problem::Unavailable => form_errors::unavailable(language, wait),
        _ => form_errors::other(language).to_owned(),
    }
}

/// Rounded up: too early a return would be refused again.
fn wait(seconds: Option<u64>, language: Language) -> String {
    match seconds.unwrap_or(60) {
        seconds @ 0..=59 => form_errors::wait_seconds(language, seconds.max(1)),
        seconds => form_errors::wait_minutes(language, seconds.div_ceil(60)),
    }
}
