//! `/password/forgot`: asks for the mail to reset a password.

use leptos::prelude::*;
use names::path;

use crate::components::Frame;
use crate::form::{Field, Form, Input};
use crate::frame::{language, on_the_way};
use crate::page::{Page, Record};
use crate::texts::{fields, forgot_password, login};

/// One field. The response is the same for every address (S-MAIL-9).
pub struct ForgotPassword;

impl Page for ForgotPassword {
    type View = ();

    const RECORD: &'static Record =
        &Record::public(path::FORGOT_PASSWORD, forgot_password::title).needs_mail().leads_on();

    fn draw((): ()) -> AnyView {
        let language = language();
        let form = Form::new("forgot", "/api/users/password/forgot");
        let email = Field { name: "email", label: fields::email(language), input: Input::Email, hint: None };
        let fields = view! { {Form::return_to()} {form.field(email)} }.into_any();
        view! {
            <Frame>
                <section class="card">
                    <h1>{forgot_password::heading(language)}</h1>
                    <p class="lead">{forgot_password::lead(language)}</p>
                    {form.draw(fields, forgot_password::submit(language))}
                    <p class="ways">
                        <a class="way" href=on_the_way(path::LOGIN)>{login::back(language)}</a>
                    </p>
                </section>
            </Frame>
        }
        .into_any()
    }
}
