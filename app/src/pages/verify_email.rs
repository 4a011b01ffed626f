//! `/email/verify`: proves the mailbox of a sign-up by the link of a mail or by its code. Opening the page changes nothing, since
//! mail scanners open links as well (S-MAIL-6).

use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Frame, SuccessNoticeBox, new_password, proof_fields};
use crate::form::{Field, Form, Input};
use crate::frame::{frame, on_the_way, query};
use crate::islands::{PlainAddress, ResendCode};
use crate::page::{Page, Record};
use crate::texts::{fields, verify_email};

const PATH: &str = path::VERIFY_EMAIL;

/// One button with a link; fields for address and code without one.
pub struct VerifyEmail;

impl Page for VerifyEmail {
    type View = ();

    const RECORD: &'static Record =
        &Record::public(PATH, verify_email::title).with_islands().needs_mail().binds_browser().leads_on();

    fn draw((): ()) -> AnyView {
        let frame = frame();
        let in_address = query(&frame.address, "token");
        let language = frame.language;
        let form = Form::new("verify", "/api/users/signup/prove");
        let token = form.token(in_address.clone());
        let by_link = token.is_some();
        let sent = query(&frame.address, "sent");
        let lead = match (by_link, sent.as_deref(), form.typed("email")) {
            (true, ..) => verify_email::link_lead(language).to_owned(),
            // Whether a sign-up waits for this address is not told, so neither is that a mail was sent.
            (false, Some("again"), _) => verify_email::asked(language).to_owned(),
            (false, Some(_), Some(email)) => verify_email::sent_to(language, email),
            (false, Some(_), None) => verify_email::sent(language).to_owned(),
            (false, None, _) => verify_email::lead(language).to_owned(),
        };
        let password = form.needs_password().then(|| new_password(&form, fields::password(language)));
        let proof = proof_fields(&form, token, Input::Email, fields::email(language));
        let fields = view! { {Form::return_to()} {proof} {password} }.into_any();
        let submit =
            if by_link { verify_email::link_submit(language) } else { verify_email::submit(language) };
        view! {
            <Frame>
                <section class="card">
                    <h1>{verify_email::heading(language)}</h1>
                    <SuccessNoticeBox for_islands=true />
                    <p class="lead">{lead}</p>
                    {form.draw(fields, submit)}
                    {(!by_link).then(|| resend(language))}
                </section>
                {in_address.map(|_| view! { <PlainAddress path=on_the_way(PATH).into_owned() /> })}
            </Frame>
        }
        .into_any()
    }
}

fn resend(language: Language) -> impl IntoView {
    let form = Form::new("resend", "/api/users/signup/resend");
    let email = Field { name: "email", label: fields::email(language), input: Input::Email, hint: None };
    let fields = view! { {Form::return_to()} {form.field(email)} }.into_any();
    view! {
        <section class="part">
            <h2>{verify_email::resend_heading(language)}</h2>
            <p>{verify_email::resend_lead(language)}</p>
            <ResendCode sent=verify_email::asked(language).to_owned()>
                {form.draw(fields, verify_email::resend(language))}
            </ResendCode>
        </section>
    }
}
