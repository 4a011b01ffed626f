//! `/oauth/login`: the ways in.

use contract::Notice;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Frame, ProviderButton};
use crate::texts::{locale, notice_text, site, td_string};

/// The provider buttons, with what went wrong above them if something did.
#[component]
pub(crate) fn Login() -> impl IntoView {
    let locale = locale();
    let query = use_query_map().get_untracked();
    let return_to = query.get("return_to").unwrap_or_else(|| "/".to_owned());
    let notice = query.get("error").map(|code| Notice::parse(&code));
    let site = site();
    let viewer = site.as_ref().and_then(|site| site.viewer());
    let in_app = site.as_ref().is_some_and(|site| site.in_app_browser());
    let options = site.map(|site| site.sign_in_options()).unwrap_or_default();
    let none = options.is_empty();
    let buttons: Vec<_> = options
        .into_iter()
        .map(|option| view! { <li><ProviderButton option return_to=return_to.clone() /></li> })
        .collect();
    view! {
        <Title text=td_string!(locale, login_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, login_heading)}</h1>
                {notice.map(|notice| view! {
                    <p class="notice" role="alert">{notice_text(notice, locale)}</p>
                })}
                {match viewer {
                    Some(viewer) => view! {
                        <p class="lead">{td_string!(locale, login_already, name = viewer.nickname)}</p>
                    }.into_any(),
                    None if none => view! { <p class="lead">{td_string!(locale, login_none)}</p> }.into_any(),
                    None => view! { <p class="lead">{td_string!(locale, login_lead)}</p> }.into_any(),
                }}
                {in_app.then(|| view! { <p class="notice">{td_string!(locale, login_in_app)}</p> })}
                <ul class="providers">{buttons}</ul>
            </section>
        </Frame>
    }
}
