//! `/password/forgot`: asks for the mail by which a new password is chosen.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::Frame;
use crate::form::{Field, Form, Input};
use crate::texts::{locale, td_string};

/// One field. The answer is the same for every address (S-MAIL-9).
#[component]
pub(crate) fn ForgotPassword() -> impl IntoView {
    let locale = locale();
    let form = Form::new("forgot", "/api/users/password/forgot");
    let email =
        Field { name: "email", label: td_string!(locale, field_email), input: Input::Email, hint: None };
    let fields = form.field(email);
    view! {
        <Title text=td_string!(locale, forgot_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, forgot_heading)}</h1>
                <p class="lead">{td_string!(locale, forgot_lead)}</p>
                {form.draw(fields, td_string!(locale, forgot_submit))}
                <p class="ways">
                    <a class="way" href="/oauth/login">{td_string!(locale, back_to_login)}</a>
                </p>
            </section>
        </Frame>
    }
}
