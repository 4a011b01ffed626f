//! The fields that prove a mailbox.

use leptos::prelude::*;

use crate::form::{Field, Form, Input};
use crate::texts::fields;

/// With the token of a link, a hidden field. Without it, the address and the code of the mail, which work on any device. `input` and
/// `label` are those of the address.
pub(crate) fn proof_fields(form: &Form, token: Option<String>, input: Input, label: &'static str) -> AnyView {
    if let Some(token) = token {
        return view! { <input type="hidden" name="token" value=token /> }.into_any();
    }
    let language = form.frame.language;
    let email = Field { name: "email", label, input, hint: None };
    let code = Field {
        name: "code",
        label: fields::code(language),
        input: Input::Code,
        hint: Some(fields::code_hint(language)),
    };
    view! { {form.field(email)} {form.field(code)} }.into_any()
}

/// The field for a new password, with its rules.
pub(crate) fn new_password(form: &Form, label: &'static str) -> AnyView {
    let input = Input::NewPassword(form.frame.settings.password_min_length);
    form.field(Field { name: "password", label, input, hint: None })
}
