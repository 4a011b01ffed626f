//! `/email/verify`: the mailbox is proven, by the link of a mail or by its code. Opening the page changes nothing; mail
//! scanners open links too (S-MAIL-6).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Frame, new_password, proof_fields};
use crate::form::{Field, Form, Input};
use crate::islands::PlainAddress;
use crate::texts::{Locale, locale, td_string};

const PATH: &str = "/email/verify";

/// One button for a link; address and code without one.
#[component]
pub(crate) fn VerifyEmail() -> impl IntoView {
    let locale = locale();
    let query = use_query_map().get_untracked();
    let in_address = query.get("token");
    let form = Form::new("verify", "/api/users/signup/prove");
    let token = form.token(in_address.clone());
    let by_link = token.is_some();
    let lead = match (by_link, query.get("sent").is_some(), form.typed("email")) {
        (true, ..) => td_string!(locale, verify_link_lead).to_owned(),
        (false, true, Some(email)) => td_string!(locale, verify_sent_to, email = email),
        (false, true, None) => td_string!(locale, verify_sent).to_owned(),
        (false, false, _) => td_string!(locale, verify_lead).to_owned(),
    };
    let password = form.needs_password().then(|| new_password(&form, td_string!(locale, field_password)));
    let proof = proof_fields(&form, token, td_string!(locale, field_email));
    let fields = view! { {proof} {password} }.into_any();
    let submit =
        if by_link { td_string!(locale, verify_link_submit) } else { td_string!(locale, verify_submit) };
    view! {
        <Title text=td_string!(locale, verify_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, verify_heading)}</h1>
                <p class="lead">{lead}</p>
                {form.draw(fields, submit)}
                {(!by_link).then(|| resend(locale))}
            </section>
            {in_address.map(|_| view! { <PlainAddress path=PATH.to_owned() /> })}
        </Frame>
    }
}

fn resend(locale: Locale) -> impl IntoView {
    let form = Form::new("resend", "/api/users/signup/resend");
    let email =
        Field { name: "email", label: td_string!(locale, field_email), input: Input::Email, hint: None };
    let fields = form.field(email);
    view! {
        <section class="part">
            <h2>{td_string!(locale, verify_resend_heading)}</h2>
            <p>{td_string!(locale, verify_resend_lead)}</p>
            {form.draw(fields, td_string!(locale, verify_resend))}
        </section>
    }
}
