//! `/password/reset`: a new password, by the link of a mail or by its code.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Frame, new_password, proof_fields};
use crate::form::Form;
use crate::islands::PlainAddress;
use crate::texts::{locale, td_string};

const PATH: &str = "/password/reset";

/// The new password, with address and code where there is no link.
#[component]
pub(crate) fn ResetPassword() -> impl IntoView {
    let locale = locale();
    let query = use_query_map().get_untracked();
    let in_address = query.get("token");
    let form = Form::new("reset", "/api/users/password/reset");
    let token = form.token(in_address.clone());
    let by_link = token.is_some();
    let lead = match (by_link, query.get("sent").is_some()) {
        (true, _) => td_string!(locale, reset_link_lead),
        (false, true) => td_string!(locale, reset_sent),
        (false, false) => td_string!(locale, reset_lead),
    };
    let proof = proof_fields(&form, token, td_string!(locale, field_email));
    let password = new_password(&form, td_string!(locale, field_new_password));
    let fields = view! { {proof} {password} }.into_any();
    view! {
        <Title text=td_string!(locale, reset_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, reset_heading)}</h1>
                <p class="lead">{lead}</p>
                {form.draw(fields, td_string!(locale, reset_submit))}
                <p class="ways">
                    <a class="way" href="/password/forgot">{td_string!(locale, mail_again)}</a>
                </p>
            </section>
            {in_address.map(|_| view! { <PlainAddress path=PATH.to_owned() /> })}
        </Frame>
    }
}
