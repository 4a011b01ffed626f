//! `/password/reset`: a new password, by the link of a mail or by its code.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use names::path;

use crate::components::{Frame, new_password, proof_fields};
use crate::form::Form;
use crate::islands::PlainAddress;
use crate::texts::{fields, forgot_password, language, reset_password};

const PATH: &str = path::RESET_PASSWORD;

/// The new password, with address and code where there is no link.
#[component]
pub(crate) fn ResetPassword() -> impl IntoView {
    let language = language();
    let query = use_query_map().get_untracked();
    let in_address = query.get("token");
    let form = Form::new("reset", "/api/users/password/reset");
    let token = form.token(in_address.clone());
    let by_link = token.is_some();
    let lead = match (by_link, query.get("sent").is_some()) {
        (true, _) => reset_password::link_lead(language),
        (false, true) => reset_password::sent(language),
        (false, false) => reset_password::lead(language),
    };
    let proof = proof_fields(&form, token, fields::email(language));
    let password = new_password(&form, fields::new_password(language));
    let fields = view! { {proof} {password} }.into_any();
    view! {
        <Title text=reset_password::title(language) />
        <Frame>
            <section class="card">
                <h1>{reset_password::heading(language)}</h1>
                <p class="lead">{lead}</p>
                {form.draw(fields, reset_password::submit(language))}
                <p class="ways">
                    <a class="way" href=path::FORGOT_PASSWORD>{forgot_password::again(language)}</a>
                </p>
            </section>
            {in_address.map(|_| view! { <PlainAddress path=PATH.to_owned() /> })}
        </Frame>
    }
}
