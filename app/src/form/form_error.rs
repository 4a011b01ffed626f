//! The texts of a refused form: what happened, and what to do.

use std::borrow::Cow;

use contract::{FieldError, FormError, Frame};
use names::{ErrorCode, FieldReason, Language};

use crate::texts::{admin_client_fields, errors, form_errors};

/// The form with which a client is registered. Its fields have rules of their own.
pub(crate) const NEW_CLIENT: &str = "/api/admin/clients";

/// The field that says which code a form asked for, and its value for a recovery code.
pub(crate) const WITH: &str = "with";
pub(crate) const RECOVERY: &str = "recovery";

/// The field of the form at `action` that the error belongs to.
pub(super) fn field(error: &FormError, action: &str) -> Option<&'static str> {
    match error.code? {
        ErrorCode::WrongPassword if action.ends_with("/password") => Some("current_password"),
        ErrorCode::SecondFactorWrong if action.ends_with("/reset") => Some("second_code"),
        ErrorCode::BodyTooLarge if action.ends_with("/picture") => Some("picture"),
        code => code.description().text?.field,
    }
}

/// The text at that field. `by_recovery`: the form asked for a recovery code.
pub(super) fn at_field(
    error: &FormError,
    field: &str,
    by_recovery: bool,
    language: Language,
) -> &'static str {
    match (error.code, field) {
        (Some(ErrorCode::BodyTooLarge), "picture") => form_errors::picture(language),
        (Some(ErrorCode::SecondFactorWrong), "second_code") => form_errors::any_code(language),
        (Some(ErrorCode::SecondFactorWrong), _) if by_recovery => form_errors::recovery_code(language),
        _ => text(error, language),
    }
}

/// The text at a field that breaks a rule.
pub(super) fn field_text(wrong: &FieldError, action: &str, frame: &Frame) -> Cow<'static, str> {
    let language = frame.language;
    if action == NEW_CLIENT && wrong.field != "reason" {
        let text = admin_client_fields::text(&format!("{}_wrong", wrong.field), language);
        return text.unwrap_or(form_errors::fields(language)).into();
    }
    let text = match (wrong.field.as_str(), wrong.reason) {
        (_, Some(FieldReason::PasswordLength)) => {
            return form_errors::password_length(language, frame.settings.password_min_length).into();
        }
        (_, Some(FieldReason::PasswordLeaked)) => form_errors::password_leaked(language),
        (_, Some(FieldReason::PasswordContext)) => form_errors::password_context(language),
        (_, Some(FieldReason::NotProven)) => form_errors::email_not_confirmed(language),
        (_, Some(FieldReason::AddressUnchanged)) => form_errors::email_unchanged(language),
        ("email", _) => form_errors::email(language),
        ("password" | "current_password", _) => form_errors::password(language),
        ("nickname", _) => form_errors::nickname(language),
        ("greeting", _) => form_errors::greeting(language),
        ("code", _) => form_errors::code(language),
        ("name", _) => form_errors::passkey_name(language),
        ("text", _) => form_errors::post(language),
        ("note", _) => form_errors::note(language),
        ("reason", _) => form_errors::reason(language),
        ("role", _) => form_errors::role(language),
        ("since" | "until", _) => form_errors::span(language),
        ("days", _) => form_errors::days(language),
        ("picture", _) => form_errors::picture(language),
        _ => form_errors::fields(language),
    };
    text.into()
}

/// The text above the form if the error does not belong to a field.
pub(super) fn sentence(error: &FormError, by_link: bool, language: Language) -> String {
    if by_link {
        return form_errors::mail_link(language).to_owned();
    }
    let happened = text(error, language);
    match error.wait {
        Some(seconds) => format!("{happened} {}", try_again(seconds, language)),
        None => happened.to_owned(),
    }
}

fn text(error: &FormError, language: Language) -> &'static str {
    error
        .code
        .and_then(|code| errors::text(code.description().text?.key, language))
        .unwrap_or(form_errors::other(language))
}

/// When to try again, rounded up: somebody who returns too early would be refused again.
fn try_again(seconds: u64, language: Language) -> String {
    match seconds {
        0..=59 => form_errors::try_again_in_seconds(language, seconds.max(1)),
        seconds => form_errors::try_again_in_minutes(language, seconds.div_ceil(60)),
    }
}
