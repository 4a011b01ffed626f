//! What a page says about a form that was not taken: what happened, and what to do.

use std::borrow::Cow;

use contract::{FieldError, FormError, Problem};

use crate::texts::{Locale, site, td_string};

/// The field at which a problem of the whole form stands.
pub(super) fn place(problem: Problem, action: &str) -> Option<&'static str> {
    match problem {
        Problem::AddressTaken => Some("email"),
        Problem::ProofInvalid => Some("code"),
        Problem::WrongPassword if action.ends_with("/password") => Some("current_password"),
        Problem::WrongPassword | Problem::PasswordNeeded => Some("password"),
        Problem::TooLarge => Some("picture"),
        _ => None,
    }
}

/// What stands there.
pub(super) fn at_field(problem: Problem, locale: Locale) -> &'static str {
    match problem {
        Problem::AddressTaken => td_string!(locale, fault_address_taken),
        Problem::ProofInvalid => td_string!(locale, fault_proof_code),
        Problem::PasswordNeeded => td_string!(locale, fault_password_needed),
        Problem::WrongPassword => td_string!(locale, fault_wrong_password),
        Problem::TooLarge => td_string!(locale, fault_picture),
        _ => td_string!(locale, fault_fields),
    }
}

/// What stands at a field that is not as allowed.
pub(super) fn field_text(wrong: &FieldError, locale: Locale) -> Cow<'static, str> {
    let text = match (wrong.field.as_str(), wrong.reason.as_deref()) {
        (_, Some("PASSWORD_LENGTH")) => {
            let least = site().map_or(0, |site| site.password_min_length());
            return td_string!(locale, fault_password_length, least = least).into();
        }
        (_, Some("PASSWORD_LEAKED")) => td_string!(locale, fault_password_leaked),
        (_, Some("PASSWORD_CONTEXT")) => td_string!(locale, fault_password_context),
        ("email", Some("NOT_PROVEN")) => td_string!(locale, fault_email_not_proven),
        ("email", _) => td_string!(locale, fault_email),
        ("password" | "current_password", _) => td_string!(locale, fault_password),
        ("nickname", _) => td_string!(locale, fault_nickname),
        ("greeting", _) => td_string!(locale, fault_greeting),
        ("code", _) => td_string!(locale, fault_code),
        ("picture", _) => td_string!(locale, fault_picture),
        _ => td_string!(locale, fault_fields),
    };
    text.into()
}

/// What stands above the form when no field is to blame.
pub(super) fn sentence(fault: &FormError, by_link: bool, locale: Locale) -> String {
    let wait = wait(fault.wait, locale);
    match fault.problem {
        _ if by_link => td_string!(locale, fault_proof_link).to_owned(),
        Problem::BadCredentials => td_string!(locale, notice_bad_credentials).to_owned(),
        Problem::NoPassword => td_string!(locale, fault_no_password).to_owned(),
        Problem::HasPassword => td_string!(locale, fault_has_password).to_owned(),
        Problem::LastSignInMethod => td_string!(locale, fault_last_way_in).to_owned(),
        Problem::ChangedMeanwhile => td_string!(locale, fault_changed_meanwhile).to_owned(),
        Problem::TooManyTries => td_string!(locale, fault_too_many_tries, wait = wait),
        Problem::Busy => td_string!(locale, fault_busy, wait = wait),
        Problem::Unavailable => td_string!(locale, fault_unavailable, wait = wait),
        _ => td_string!(locale, fault_other).to_owned(),
    }
}

/// Rounded up: too early a return would be refused again.
fn wait(seconds: Option<u64>, locale: Locale) -> String {
    match seconds.unwrap_or(60) {
        seconds @ 0..=59 => td_string!(locale, wait_seconds, count = seconds.max(1)),
        seconds => td_string!(locale, wait_minutes, count = seconds.div_ceil(60)),
    }
}
