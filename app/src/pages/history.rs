//! `/me/history`: the history of the viewer's account.

use contract::views::{HistoryEntry, HistoryView};
use leptos::prelude::*;
use names::{Actor, Language, path};

use crate::components::{AccountFrame, LocalTime};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::{device_text, happening_text, history, method_name, navigation, place_text};
use crate::time_phrases::TimeStyle;

/// The list, and what to do about an unknown entry.
pub struct History;

impl Page for History {
    type View = HistoryView;

    const RECORD: &'static Record = &Record::account(path::HISTORY, history::title, navigation::history);

    fn draw(HistoryView { entries, older, has_newer }: HistoryView) -> AnyView {
        let language = language();
        let items: Vec<_> = entries.into_iter().map(|entry| item(entry, language)).collect();
        view! {
            <AccountFrame>
                <h1>{history::heading(language)}</h1>
                <p class="lead">{history::lead(language)}</p>
                <ol class="entries">{items}</ol>
                {parts(has_newer, older, language)}
            </AccountFrame>
        }
        .into_any()
    }
}

/// Links to newer and older entries, if there are any.
fn parts(has_newer: bool, older: Option<String>, language: Language) -> Option<AnyView> {
    if !has_newer && older.is_none() {
        return None;
    }
    let newest = has_newer.then(|| {
        view! { <a class="button button--quiet" href=path::HISTORY>{history::newest(language)}</a> }
    });
    let older = older.map(|line| {
        let address = format!("{}?after={line}", path::HISTORY);
        view! { <a class="button button--quiet" href=address>{history::older(language)}</a> }
    });
    Some(view! { <p class="ways">{newest} {older}</p> }.into_any())
}

fn item(entry: HistoryEntry, language: Language) -> impl IntoView {
    let at = entry.at.clone();
    let (succeeded, what, from) = (entry.succeeded, what_text(&entry, language), from_text(&entry, language));
    view! {
        <li class="entry">
            <p class="entry__what">{what}</p>
            {(!succeeded).then(|| view! { <p class="entry__failed">{history::failed(language)}</p> })}
            <p class="entry__more"><LocalTime at style=TimeStyle::WithClock />
                {from.map(|from| view! { <br />{from} })}</p>
        </li>
    }
}

/// What happened, with the method, the role or the app, and the operator if one did it.
fn what_text(entry: &HistoryEntry, language: Language) -> String {
    let HistoryEntry { what, method, role, app, by, times, .. } = entry;
    let parts = [
        Some(happening_text(*what, language).to_owned()),
        method.map(|method| method_name(method, language).to_owned()),
        role.as_ref().map(ToString::to_string),
        app.clone(),
        (*by == Some(Actor::Operator)).then(|| history::by_operator(language).to_owned()),
    ];
    let what = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    if *times > 1 { format!("{what} ×{times}") } else { what }
}

/// Where it came from. Of an operator that is not told, and the program itself comes from nowhere.
fn from_text(entry: &HistoryEntry, language: Language) -> Option<String> {
    let place = || place_text(entry.place.clone(), language);
    match entry.by {
        Some(Actor::Operator) => None,
        Some(Actor::System) => Some(history::by_system(language).to_owned()),
        Some(Actor::Client) => Some(format!("{} · {}", history::by_client(language), place())),
        Some(Actor::Member) | None => {
            Some(format!("{} · {}", device_text(entry.browser, entry.system, language), place()))
        }
    }
}
