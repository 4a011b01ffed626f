//! The connected apps, each with a button that withdraws the consent.

use contract::views::ConnectedAppEntry;
use leptos::prelude::*;
use names::Language;

use super::local_time::with_time;
use super::scopes::scope_list;
use crate::frame::language;
use crate::texts::security;

/// The list, or a sentence if it is empty.
#[component]
pub(crate) fn ConnectedApps(apps: Vec<ConnectedAppEntry>) -> impl IntoView {
    let language = language();
    if apps.is_empty() {
        return view! { <p class="lead">{security::no_apps(language)}</p> }.into_any();
    }
    let items: Vec<_> = apps.into_iter().map(|app| item(app, language)).collect();
    view! {
        <p class="lead">{security::apps_lead(language)}</p>
        <ul class="entries">{items}</ul>
    }
    .into_any()
}

fn item(app: ConnectedAppEntry, language: Language) -> impl IntoView {
    let ConnectedAppEntry { id, name, scopes, first_used, last_used } = app;
    let heading = format!("app-{id}");
    let first_used = with_time(|at| security::app_first_used(language, at), first_used);
    let last_used = with_time(|at| security::app_last_used(language, at), last_used);
    view! {
        <li class="entry">
            <h3 class="entry__what" id=heading.clone()>{name}</h3>
            {scope_list(scopes, language)}
            <p class="entry__more">{first_used} " · " {last_used}</p>
            <form method="post" action="/api/auth/apps/withdraw">
                <button class="button button--quiet" type="submit" name="client" value=id aria-describedby=heading>
                    {security::withdraw_app(language)}
                </button>
            </form>
        </li>
    }
}
