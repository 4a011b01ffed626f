//! `/signup`: an account by e-mail and password.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{Frame, new_password};
use crate::form::{Field, Form, Input};
use crate::texts::{locale, td_string};

/// The form. What it makes waits for the proof of the mailbox.
#[component]
pub(crate) fn SignUp() -> impl IntoView {
    let locale = locale();
    let form = Form::new("signup", "/api/users/signup");
    let email =
        Field { name: "email", label: td_string!(locale, field_email), input: Input::Email, hint: None };
    let nickname = Field {
        name: "nickname",
        label: td_string!(locale, field_nickname),
        input: Input::Line(30),
        hint: Some(td_string!(locale, hint_nickname)),
    };
    let password = new_password(&form, td_string!(locale, field_password));
    let fields = view! { {form.field(email)} {form.field(nickname)} {password} }.into_any();
    view! {
        <Title text=td_string!(locale, signup_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, signup_heading)}</h1>
                <p class="lead">{td_string!(locale, signup_lead)}</p>
                {form.draw(fields, td_string!(locale, signup_submit))}
                <p class="ways">
                    <a class="way" href="/oauth/login">{td_string!(locale, signup_to_login)}</a>
                    <a class="way" href="/password/forgot">{td_string!(locale, forgot_link)}</a>
                </p>
            </section>
        </Frame>
    }
}
