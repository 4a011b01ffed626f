//! `/password/reset`: a new password, by the link of a mail or by its code.

use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Frame, new_password, proof_fields};
use crate::form::{Field, Form, Input};
use crate::frame::{frame, on_the_way, query};
use crate::islands::PlainAddress;
use crate::page::{Page, Record};
use crate::texts::{fields, forgot_password, reset_password};

const PATH: &str = path::RESET_PASSWORD;

/// The new password, with address and code if there is no link.
pub struct ResetPassword;

impl Page for ResetPassword {
    type View = ();

    const RECORD: &'static Record =
        &Record::public(PATH, reset_password::title).with_islands().needs_mail().binds_browser().leads_on();

    fn draw((): ()) -> AnyView {
        let frame = frame();
        let in_address = query(&frame.address, "token");
        let (language, has_passkeys) = (frame.language, frame.settings.has_passkeys);
        let form = Form::new("reset", "/api/users/password/reset");
        let token = form.token(in_address.clone());
        let by_link = token.is_some();
        let lead = match (by_link, query(&frame.address, "sent").is_some()) {
            (true, _) => reset_password::link_lead(language),
            (false, true) => reset_password::sent(language),
            (false, false) => reset_password::lead(language),
        };
        let proof = proof_fields(&form, token, Input::Email, fields::email(language));
        let password = new_password(&form, fields::new_password(language));
        let second = has_passkeys.then(|| form.field(second_code(language)));
        let fields = view! { {Form::return_to()} {proof} {password} {second} }.into_any();
        view! {
            <Frame>
                <section class="card">
                    <h1>{reset_password::heading(language)}</h1>
                    <p class="lead">{lead}</p>
                    {has_passkeys.then(|| view! {
                        <p class="lead">{reset_password::passkeys(language)}</p>
                        <p class="ways">
                            <a class="way" href=path::LOGIN>{reset_password::by_passkey(language)}</a>
                        </p>
                    })}
                    {form.draw(fields, reset_password::submit(language))}
                    <p class="ways">
                        <a class="way" href=on_the_way(path::FORGOT_PASSWORD)>{forgot_password::again(language)}</a>
                    </p>
                </section>
                {in_address.map(|_| view! { <PlainAddress path=on_the_way(PATH).into_owned() /> })}
            </Frame>
        }
        .into_any()
    }
}

/// The one-time code, with which the member keeps their passkeys.
fn second_code(language: Language) -> Field {
    Field {
        name: "second_code",
        label: reset_password::second_code(language),
        input: Input::AnyCode,
        hint: Some(reset_password::second_code_hint(language)),
    }
}
