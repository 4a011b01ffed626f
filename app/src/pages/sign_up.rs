//! `/signup`: signing up with an address and a password.

use leptos::prelude::*;
use names::path;

use crate::components::{Frame, new_password};
use crate::form::{Field, Form, Input};
use crate::frame::{language, on_the_way};
use crate::page::{Page, Record};
use crate::texts::{fields, forgot_password, sign_up};

/// The form. The sign-up is pending until the mailbox is proven.
pub struct SignUp;

impl Page for SignUp {
    type View = ();

    const RECORD: &'static Record = &Record::public(path::SIGN_UP, sign_up::title).needs_mail().signs_in();

    fn draw((): ()) -> AnyView {
        let language = language();
        let form = Form::new("signup", "/api/users/signup");
        let email = Field { name: "email", label: fields::email(language), input: Input::Email, hint: None };
        let nickname = Field {
            name: "nickname",
            label: fields::nickname(language),
            input: Input::Line(30),
            hint: Some(fields::sign_up_nickname_hint(language)),
        };
        let password = new_password(&form, fields::password(language));
        let fields =
            view! { {Form::return_to()} {form.field(email)} {form.field(nickname)} {password} }.into_any();
        view! {
            <Frame>
                <section class="card">
                    <h1>{sign_up::heading(language)}</h1>
                    <p class="lead">{sign_up::lead(language)}</p>
                    {form.draw(fields, sign_up::submit(language))}
                    <p class="ways">
                        <a class="way" href=on_the_way(path::LOGIN)>{sign_up::to_login(language)}</a>
                        <a class="way" href=on_the_way(path::FORGOT_PASSWORD)>{forgot_password::link(language)}</a>
                    </p>
                </section>
            </Frame>
        }
        .into_any()
    }
}
