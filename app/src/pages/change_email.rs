//! `/email/change`: a new address is proven, by the link of a mail or by its code.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Frame, proof_fields};
use crate::form::Form;
use crate::islands::PlainAddress;
use crate::texts::{locale, td_string};

const PATH: &str = "/email/change";

/// One button for a link; address and code without one. Whoever reads the mail needs not be signed in here.
#[component]
pub(crate) fn ChangeEmail() -> impl IntoView {
    let locale = locale();
    let query = use_query_map().get_untracked();
    let in_address = query.get("token");
    let form = Form::new("address", "/api/users/email/prove");
    let token = form.token(in_address.clone());
    let by_link = token.is_some();
    let lead = match (by_link, query.get("sent").is_some()) {
        (true, _) => td_string!(locale, address_link_lead),
        (false, true) => td_string!(locale, address_sent),
        (false, false) => td_string!(locale, address_lead),
    };
    let fields = proof_fields(&form, token, td_string!(locale, field_new_email));
    let submit =
        if by_link { td_string!(locale, address_link_submit) } else { td_string!(locale, verify_submit) };
    view! {
        <Title text=td_string!(locale, address_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, address_heading)}</h1>
                <p class="lead">{lead}</p>
                {form.draw(fields, submit)}
                <p class="ways">
                    <a class="way" href="/me/security">{td_string!(locale, to_security)}</a>
                </p>
            </section>
            {in_address.map(|_| view! { <PlainAddress path=PATH.to_owned() /> })}
        </Frame>
    }
}
