//! The fields with which a mailbox is proven.

use leptos::prelude::*;

use crate::form::{Field, Form, Input};
use crate::texts::fields;

/// With the token of a link: nothing to type. Without: the address and the code of the mail, on whatever device.
pub(crate) fn proof_fields(form: &Form, token: Option<String>, email: &'static str) -> AnyView {
    if let Some(token) = token {
        return view! { <input type="hidden" name="token" value=token /> }.into_any();
    }
    let language = form.frame.language;
    let email = Field { name: "email", label: email, input: Input::Email, hint: None };
    let code = Field {
        name: "code",
        label: fields::code(language),
        input: Input::Code,
        hint: Some(fields::code_hint(language)),
    };
    view! { {form.field(email)} {form.field(code)} }.into_any()
}

/// A password to be, with its rules.
pub(crate) fn new_password(form: &Form, label: &'static str) -> AnyView {
    let input = Input::NewPassword(form.frame.settings.password_min_length);
    form.field(Field { name: "password", label, input, hint: None })
}
