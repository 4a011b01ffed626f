//! `/password/forgot`: asks for the mail with which a new password is chosen.

use leptos::prelude::*;
use leptos_meta::Title;
use names::path;

use crate::components::Frame;
use crate::form::{Field, Form, Input};
use crate::texts::{fields, forgot_password, language, login};

/// One field. The answer is the same for every address (S-MAIL-9).
#[component]
pub(crate) fn ForgotPassword() -> impl IntoView {
    let language = language();
    let form = Form::new("forgot", "/api/users/password/forgot");
    let email = Field { name: "email", label: fields::email(language), input: Input::Email, hint: None };
    let fields = form.field(email);
    view! {
        <Title text=forgot_password::title(language) />
        <Frame>
            <section class="card">
                <h1>{forgot_password::heading(language)}</h1>
                <p class="lead">{forgot_password::lead(language)}</p>
                {form.draw(fields, forgot_password::submit(language))}
                <p class="ways">
                    <a class="way" href=path::LOGIN>{login::back(language)}</a>
                </p>
            </section>
        </Frame>
    }
}
