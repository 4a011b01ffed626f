//! What is around every page of the account area: the way to its other pages, the watch that notices when the
//! session of an open page ends, and what says its times in the browser's zone.

use leptos::prelude::*;
use names::{Language, LoginError, path};

use super::frame::Frame;
use super::local_time::phrases;
use crate::frame::{frame, path_of};
use crate::islands::{LocalTimes, SessionWatch};
use crate::shell::{self, NavigationEntry};
use crate::texts::navigation;

/// The frame of a page of the account area. The server lets only people in who are signed in.
#[component]
pub(crate) fn AccountFrame(children: Children) -> impl IntoView {
    let frame = frame();
    let (language, here) = (frame.language, path_of(&frame.address));
    let watch = frame.viewer.as_ref().map(|viewer| {
        let ended = path::login(Some(LoginError::SessionEnded), here);
        view! { <SessionWatch member=viewer.id.clone() ended /> }
    });
    let times = frame.now.clone().map(|now| {
        view! { <LocalTimes phrases=phrases(language).clone() now /> }
    });
    let navigation = navigation(here, language);
    view! {
        <Frame>
            <div class="account">
                {navigation}
                <section class="card">{children()}</section>
            </div>
            {watch}
            {times}
        </Frame>
    }
}

/// Links alone, so that it needs no scripting. On a phone it is one row, which scrolls where it is too long.
fn navigation(here: &str, language: Language) -> impl IntoView + use<> {
    let entries = use_context::<shell::Navigation>();
    let entry = |&NavigationEntry { path, label }: &NavigationEntry| {
        let current = (path == here).then_some("page");
        view! { <li><a class="navigation__entry" href=path aria-current=current>{label(language)}</a></li> }
    };
    let items: Vec<_> = entries.iter().flat_map(|entries| entries.0.iter().map(entry)).collect();
    view! {
        <nav class="navigation" aria-label=navigation::label(language)>
            <ul class="navigation__entries">{items}</ul>
        </nav>
    }
}
