//! `/account/keep`: a deletion is called off, by the link of the mail that announced it. Opening the page changes nothing.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::Frame;
use crate::form::Form;
use crate::islands::PlainAddress;
use crate::texts::{locale, td_string};

const PATH: &str = "/account/keep";

/// One button for a link; the other ways without one.
#[component]
pub(crate) fn KeepAccount() -> impl IntoView {
    let locale = locale();
    let in_address = use_query_map().get_untracked().get("token");
    let form = Form::new("keep", "/api/users/deletion/cancel");
    let token = form.token(in_address.clone());
    let lead = if token.is_some() { td_string!(locale, keep_lead) } else { td_string!(locale, keep_no_link) };
    let (alert, button) = match token {
        Some(token) => {
            let token = view! { <input type="hidden" name="token" value=token /> }.into_any();
            (None, Some(form.draw(token, td_string!(locale, keep_submit))))
        }
        None => (form.alert(), None),
    };
    view! {
        <Title text=td_string!(locale, keep_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, keep_heading)}</h1>
                {alert}
                <p class="lead">{lead}</p>
                {button}
                <p class="ways">
                    <a class="way" href="/oauth/login">{td_string!(locale, back_to_login)}</a>
                    <a class="way" href="/password/forgot">{td_string!(locale, login_forgot)}</a>
                </p>
            </section>
            {in_address.map(|_| view! { <PlainAddress path=PATH.to_owned() /> })}
        </Frame>
    }
}
