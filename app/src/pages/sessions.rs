//! `/me/sessions`: the viewer's sessions in browsers and sign-ins in apps, and ending them.

use contract::Moment;
use contract::views::{AppEntry, DeviceEntry, SessionEntry, SessionsView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{AccountFrame, LocalTime, SignOut, SuccessNoticeBox};
use crate::frame::language;
use crate::islands::SessionList;
use crate::page::{Page, Record};
use crate::texts::{device_text, me, method_name, navigation, place_text, sessions};

const END: &str = "/api/auth/sessions/end";

/// The list of browsers and apps.
pub struct Sessions;

impl Page for Sessions {
    type View = SessionsView;

    const RECORD: &'static Record = &Record::account(path::SESSIONS, sessions::title, navigation::devices);

    fn draw(SessionsView { browsers, apps, devices }: SessionsView) -> AnyView {
        let language = language();
        let others = !apps.is_empty() || browsers.iter().any(|entry| !entry.is_current);
        let items: Vec<_> = browsers.into_iter().map(|entry| item(entry, language)).collect();
        let apps: Vec<_> = apps.into_iter().map(|app| app_item(app, language)).collect();
        view! {
            <AccountFrame>
                <h1>{sessions::heading(language)}</h1>
                <SuccessNoticeBox for_islands=true />
                <p>{sessions::lead(language)}</p>
                <SessionList ended=sessions::ended(language, "{device}")>
                    <ul class="sessions">{items} {apps}</ul>
                </SessionList>
                {others.then(|| end_others(language))}
                {only_here(others, language)}
                {(!devices.is_empty()).then(|| remembered(devices, language))}
                <SignOut everywhere=true />
            </AccountFrame>
        }
        .into_any()
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

/// The remembered browsers.
fn remembered(devices: Vec<DeviceEntry>, language: Language) -> impl IntoView {
    let items: Vec<_> = devices.into_iter().map(|device| device_item(device, language)).collect();
    view! {
        <section class="part" id="devices">
            <h2>{sessions::devices_heading(language)}</h2>
            <p class="lead">{sessions::devices_lead(language)}</p>
            <ul class="sessions">{items}</ul>
        </section>
    }
}

fn device_item(device: DeviceEntry, language: Language) -> impl IntoView {
    let DeviceEntry { id, browser, system, place, since, until } = device;
    let heading = format!("device-{id}");
    view! {
        <li class="session">
            <h3 class="session__device" id=heading.clone()>{device_text(browser, system, language)}</h3>
            <dl class="facts">
                <div><dt>{sessions::place(language)}</dt><dd>{place_text(place, language)}</dd></div>
                {moment(sessions::remembered_since(language), since)}
                {moment(sessions::remembered_until(language), until)}
            </dl>
            <form method="post" action="/api/auth/devices/forget">
                <button class="button button--quiet session__end" type="submit" name="device" value=id
                    aria-describedby=heading>
                    {sessions::delete_device(language)}
                </button>
            </form>
        </li>
    }
}

fn moment(name: &'static str, at: Moment) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd><LocalTime at /></dd></div> }
}

/// The button of an entry. Its label is the same everywhere; its description names the entry.
fn end_button(id: String, heading: String, label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=END>
            <button class="button button--quiet session__end" type="submit" name="session" value=id aria-describedby=heading>
                {label}
            </button>
        </form>
    }
}

fn end_others(language: Language) -> impl IntoView {
    view! {
        <form id="other-sessions" method="post" action=END>
            <button class="button button--main" type="submit" name="session" value="others">
                {sessions::end_others(language)}
            </button>
        </form>
    }
}

/// The sentence that there are no other sessions. The island shows it after the last one was ended.
fn only_here(others: bool, language: Language) -> impl IntoView {
    view! { <p id="no-other-sessions" tabindex="-1" hidden=others>{sessions::only_here(language)}</p> }
}
