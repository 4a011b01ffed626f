//! `/me/sessions`: where one is signed in, in browsers and in apps, and ending what should not be.

use contract::{AppEntry, SessionEntry};
use leptos::prelude::*;
use leptos_meta::Title;
use names::Language;

use crate::components::{AccountFrame, LocalTime, SignOut};
use crate::texts::{device_text, language, me, method_name, place_text, sessions, site};

const END: &str = "/api/auth/sessions/end";

/// The list. The server lets only people in who are signed in.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    let language = language();
    let site = site();
    let entries = site.as_ref().map(|site| site.sessions()).unwrap_or_default();
    let apps = site.map(|site| site.apps()).unwrap_or_default();
    let others = !apps.is_empty() || entries.iter().any(|entry| !entry.is_current);
    let items: Vec<_> = entries.into_iter().map(|entry| item(entry, language)).collect();
    let apps: Vec<_> = apps.into_iter().map(|app| app_item(app, language)).collect();
    view! {
        <Title text=sessions::title(language) />
        <AccountFrame>
            <h1>{sessions::heading(language)}</h1>
            <p>{sessions::lead(language)}</p>
            <ul class="sessions">{items} {apps}</ul>
            {if others { end_others(language).into_any() } else { only_here(language).into_any() }}
            <SignOut everywhere=true />
        </AccountFrame>
    }
}

fn item(entry: SessionEntry, language: Language) -> impl IntoView {
    let SessionEntry { id, browser, system, place, signed_in_with, signed_in_at, last_seen_at, is_current } =
        entry;
    let heading = format!("session-{id}");
    let end = (!is_current).then(|| end_button(id, heading.clone(), sessions::end_device(language)));
    view! {
        <li class="session">
            <h2 class="session__device" id=heading.clone()>{device_text(browser, system, language)}</h2>
            {is_current.then(|| view! { <p class="session__here">{sessions::this_browser(language)}</p> })}
            <dl class="facts">
                <div><dt>{me::signed_in_with(language)}</dt>
                    <dd>{method_name(signed_in_with, language)}</dd></div>
                <div><dt>{sessions::place(language)}</dt><dd>{place_text(place, language)}</dd></div>
                {moment(sessions::signed_in_at(language), signed_in_at)}
                {moment(sessions::last_used(language), last_seen_at)}
            </dl>
            {end}
        </li>
    }
}

fn app_item(AppEntry { id, signed_in_at, used_at }: AppEntry, language: Language) -> impl IntoView {
    let heading = format!("app-{id}");
    view! {
        <li class="session">
            <h2 class="session__device" id=heading.clone()>{sessions::app(language)}</h2>
            <dl class="facts">
                {moment(sessions::signed_in_at(language), signed_in_at)}
                {moment(sessions::last_used(language), used_at)}
            </dl>
            {end_button(id, heading, sessions::end_app(language))}
        </li>
    }
}

fn moment(name: &'static str, at: String) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd><LocalTime at /></dd></div> }
}

/// It says the same in every block; which one it means is read out after it.
fn end_button(id: String, heading: String, label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=END>
            <button class="button button--quiet" type="submit" name="session" value=id aria-describedby=heading>
                {label}
            </button>
        </form>
    }
}

fn end_others(language: Language) -> impl IntoView {
    view! {
        <form method="post" action=END>
            <button class="button button--main" type="submit" name="session" value="others">
                {sessions::end_others(language)}
            </button>
        </form>
    }
}

fn only_here(language: Language) -> impl IntoView {
    view! { <p>{sessions::only_here(language)}</p> }
}
