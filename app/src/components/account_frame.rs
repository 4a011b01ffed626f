//! What is around every page of the account area: the way to its other pages, the watch that notices when the
//! session of an open page ends, and what says its times in the browser's zone.

use contract::Site;
use leptos::prelude::*;
use names::{Language, path};

use super::frame::Frame;
use super::local_time::phrases;
use crate::address;
use crate::islands::{LocalTimes, SessionWatch};
use crate::texts::{language, navigation, site};

/// A page of the account area, as the navigation names it.
struct Entry {
    path: &'static str,
    label: fn(Language) -> &'static str,
    /// Whether the page exists for this viewer.
    exists: fn(&dyn Site) -> bool,
}

impl Entry {
    const fn new(path: &'static str, label: fn(Language) -> &'static str) -> Self {
        Self { path, label, exists: |_| true }
    }
}

/// In the order of the navigation.
const ENTRIES: [Entry; 5] = [
    Entry::new(path::PROFILE, navigation::profile),
    Entry::new(path::SECURITY, navigation::security),
    Entry::new(path::SESSIONS, navigation::devices),
    Entry::new(path::HISTORY, navigation::history),
    Entry { exists: |site| site.deletion_grace().is_some(), ..Entry::new(path::ACCOUNT, navigation::data) },
];

/// The frame of a page of the account area. The server lets only people in who are signed in.
#[component]
pub(crate) fn AccountFrame(children: Children) -> impl IntoView {
    let here = path_of(address().unwrap_or_default());
    let site = site();
    let times = site.as_ref().map(|site| {
        view! { <LocalTimes phrases=phrases(language()).clone() now=site.now() /> }
    });
    let member = site.and_then(|site| site.viewer()).map(|viewer| viewer.id);
    let watch = member.map(|member| {
        let ended = format!("{}?error=session_ended&return_to={here}", path::LOGIN);
        view! { <SessionWatch member ended /> }
    });
    view! {
        <Frame>
            <div class="account">
                <Navigation here />
                <section class="card">{children()}</section>
            </div>
            {watch}
            {times}
        </Frame>
    }
}

/// Links alone, so that it needs no scripting. On a phone it is one row, which scrolls where it is too long.
#[component]
fn Navigation(
    /// The path of this page.
    here: String,
) -> impl IntoView {
    let language = language();
    let site = site();
    let exists = |entry: &&Entry| site.as_deref().is_some_and(|site| (entry.exists)(site));
    let items: Vec<_> = ENTRIES
        .iter()
        .filter(exists)
        .map(|entry| {
            let current = (entry.path == here).then_some("page");
            let label = (entry.label)(language);
            view! { <li><a class="navigation__entry" href=entry.path aria-current=current>{label}</a></li> }
        })
        .collect();
    view! {
        <nav class="navigation" aria-label=navigation::label(language)>
            <ul class="navigation__entries">{items}</ul>
        </nav>
    }
}

/// An address without its query.
fn path_of(mut address: String) -> String {
    address.truncate(address.find('?').unwrap_or(address.len()));
    address
}
