//! `/me/sessions`: where one is signed in, and ending what should not be.

use contract::SessionEntry;
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
    let member = site.and_then(|site| site.viewer()).map(|viewer| viewer.id);
    let others = entries.iter().any(|entry| !entry.is_current);
    let items: Vec<_> = entries.into_iter().map(|entry| item(entry, locale)).collect();
    view! {
        <Title text=td_string!(locale, sessions_title) />
        <Frame>
            <section class="card">
                <h1>{td_string!(locale, sessions_heading)}</h1>
                <p>{td_string!(locale, sessions_lead)}</p>
                <ul class="sessions">{items}</ul>
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
    // The button says the same in every block; which device it means is read out after it.
    let heading = format!("session-{id}");
    let end = (!is_current).then(|| {
        view! {
            <form method="post" action=END>
                <button class="button button--quiet" type="submit" name="session" value=id
                    aria-describedby=heading.clone()>
                    {td_string!(locale, sessions_end)}
                </button>
            </form>
        }
    });
    view! {
        <li class="session">
            <h2 class="session__device" id=heading.clone()>{device_text(browser, system, locale)}</h2>
            {is_current.then(|| view! { <p class="session__here">{td_string!(locale, sessions_here)}</p> })}
            <dl class="facts">
                <div><dt>{td_string!(locale, me_signed_in_with)}</dt>
                    <dd>{method_name(signed_in_with, locale)}</dd></div>
                <div><dt>{td_string!(locale, sessions_place)}</dt><dd>{place_text(place, locale)}</dd></div>
                <div><dt>{td_string!(locale, sessions_signed_in_at)}</dt>
                    <dd><time datetime=signed_in_at.clone()>{readable(&signed_in_at)}</time></dd></div>
                <div><dt>{td_string!(locale, sessions_last_seen)}</dt>
                    <dd><time datetime=last_seen_at.clone()>{readable(&last_seen_at)}</time></dd></div>
            </dl>
            {end}
        </li>
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
