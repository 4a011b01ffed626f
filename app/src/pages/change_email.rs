//! `/email/change`: proves a new address by the link of a mail or by its code.

use leptos::prelude::*;
use names::path;

use crate::components::{Frame, proof_fields};
use crate::form::{Form, Input};
use crate::frame::{frame, query};
use crate::islands::PlainAddress;
use crate::page::{Page, Record};
use crate::texts::{change_email, fields, security, verify_email};

const PATH: &str = path::CHANGE_EMAIL;

/// One button with a link; fields for address and code without one. The reader of the mail need not be signed in.
pub struct ChangeEmail;

impl Page for ChangeEmail {
    type View = ();

    const RECORD: &'static Record =
        &Record::public(PATH, change_email::title).with_islands().needs_mail().binds_browser();

    fn draw((): ()) -> AnyView {
        let frame = frame();
        let in_address = query(&frame.address, "token");
        let language = frame.language;
        let form = Form::new("address", "/api/users/email/prove");
        let token = form.token(in_address.clone());
        let by_link = token.is_some();
        let lead = match (by_link, query(&frame.address, "sent").is_some()) {
            (true, _) => change_email::link_lead(language),
            (false, true) => change_email::sent(language),
            (false, false) => change_email::lead(language),
        };
        let fields = proof_fields(&form, token, Input::NewEmail, fields::new_email(language));
        let submit =
            if by_link { change_email::link_submit(language) } else { verify_email::submit(language) };
        view! {
            <Frame>
                <section class="card">
                    <h1>{change_email::heading(language)}</h1>
                    <p class="lead">{lead}</p>
                    {form.draw(fields, submit)}
                    <p class="ways">
                        <a class="way" href=path::SECURITY>{security::heading(language)}</a>
                    </p>
                </section>
                {in_address.map(|_| view! { <PlainAddress path=PATH.to_owned() /> })}
            </Frame>
        }
        .into_any()
    }
}
