//! `/me/history`: the history of the viewer's account.

use contract::views::{HistoryEntry, HistoryView};
use leptos::prelude::*;
use names::{Language, path};

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
    let HistoryEntry { what, succeeded, way, at, times, browser, system, place } = entry;
    let what = happening_text(what, language);
    let what = way.map_or_else(|| what.to_owned(), |way| format!("{what} · {}", method_name(way, language)));
    let what = if times > 1 { format!("{what} ×{times}") } else { what };
    let from = format!("{} · {}", device_text(browser, system, language), place_text(place, language));
    view! {
        <li class="entry">
            <p class="entry__what">{what}</p>
            {(!succeeded).then(|| view! { <p class="entry__failed">{history::failed(language)}</p> })}
            <p class="entry__more"><LocalTime at style=TimeStyle::WithClock /><br />{from}</p>
        </li>
    }
}
