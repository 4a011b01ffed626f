//! `/me/sessions`: where one is signed in, in browsers and in apps, and ending what should not be.

use contract::{AppEntry, SessionEntry};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{Frame, SignOut};
use crate::islands::SessionWatch;
use crate::texts::{Locale, device_text, locale, method_name, place_text, readable, site, td_string};

const END: &str = "/api/auth/sessions/end";
const ENDED: &str = "/oauth/login?error=session_ended&return_to=/me/sessions";

/// The list. The server lets only people in who are signed in.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    let locale = locale();
    let site = site();
    let entries = site.as_ref().map(|site| site.sessions()).unwrap_or_default();
    let apps = site.as_ref().map(|site| site.apps()).unwrap_or_default();
    let member = site.and_then(|site| site.viewer()).map(|viewer| viewer.id);
    let others = !apps.is_empty() || entries.iter().any(|entry| !entry.is_current);
    let items: Vec<_> = entries.into_iter().map(|entry| item(entry, locale)).collect();
    let apps: Vec<_> = apps.into_iter().map(|app| app_item(app, locale)).collect();
    view! {
        <Title text=td_string!(locale, sessions_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, sessions_heading)}</h1>
                <p>{td_string!(locale, sessions_lead)}</p>
                <ul class="sessions">{items} {apps}</ul>
                {if others { end_others(locale).into_any() } else { only_here(locale).into_any() }}
                <SignOut everywhere=true />
                <p><a class="button button--quiet" href="/me">{td_string!(locale, sessions_back)}</a></p>
            </section>
            {member.map(|member| view! { <SessionWatch member ended=ENDED.to_owned() /> })}
        </Frame>
    }
}

fn item(entry: SessionEntry, locale: Locale) -> impl IntoView {
    let SessionEntry { id, browser, system, place, signed_in_with, signed_in_at, last_seen_at, is_current } =
        entry;
    let heading = format!("session-{id}");
    let end = (!is_current).then(|| end_button(id, heading.clone(), td_string!(locale, sessions_end)));
    view! {
        <li class="session">
            <h2 class="session__device" id=heading.clone()>{device_text(browser, system, locale)}</h2>
            {is_current.then(|| view! { <p class="session__here">{td_string!(locale, sessions_here)}</p> })}
            <dl class="facts">
                <div><dt>{td_string!(locale, me_signed_in_with)}</dt>
                    <dd>{method_name(signed_in_with, locale)}</dd></div>
                <div><dt>{td_string!(locale, sessions_place)}</dt><dd>{place_text(place, locale)}</dd></div>
                {moment(td_string!(locale, sessions_signed_in_at), &signed_in_at)}
                {moment(td_string!(locale, sessions_last_seen), &last_seen_at)}
            </dl>
            {end}
        </li>
    }
}

fn app_item(AppEntry { id, signed_in_at, used_at }: AppEntry, locale: Locale) -> impl IntoView {
    let heading = format!("app-{id}");
    view! {
        <li class="session">
            <h2 class="session__device" id=heading.clone()>{td_string!(locale, sessions_app)}</h2>
            <dl class="facts">
                {moment(td_string!(locale, sessions_signed_in_at), &signed_in_at)}
                {moment(td_string!(locale, sessions_last_seen), &used_at)}
            </dl>
            {end_button(id, heading, td_string!(locale, sessions_end_app))}
        </li>
    }
}

fn moment(name: &'static str, at: &str) -> impl IntoView + use<> {
    view! { <div><dt>{name}</dt><dd><time datetime=at.to_owned()>{readable(at)}</time></dd></div> }
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

fn end_others(locale: Locale) -> impl IntoView {
    view! {
        <form method="post" action=END>
            <button class="button button--main" type="submit" name="session" value="others">
                {td_string!(locale, sessions_end_others)}
            </button>
        </form>
    }
}

fn only_here(locale: Locale) -> impl IntoView {
    view! { <p>{td_string!(locale, sessions_only_here)}</p> }
}
