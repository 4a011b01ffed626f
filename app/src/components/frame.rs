//! The frame of every page: skip link, brand, account menu and language switch.

use std::sync::Arc;

use contract::Viewer;
use leptos::prelude::*;
use names::Language;

use super::account_menu::AccountMenu;
use super::language_switch::LanguageSwitch;
use super::mark::Mark;
use crate::frame::frame;
use crate::texts::common;

/// The frame of this request.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    let frame = frame();
    frame_for(frame.language, frame.viewer.clone(), Arc::clone(&frame.address), children())
}

/// The frame for a page at the address `here`, for pages that know only the language of the request as well.
pub(crate) fn frame_for(
    language: Language,
    viewer: Option<Arc<Viewer>>,
    here: Arc<str>,
    content: AnyView,
) -> impl IntoView {
    view! {
        <a class="skip" href="#content">{common::skip_to_content(language)}</a>
        <header class="top">
            <a class="brand" href="/"><Mark /><span>{common::brand(language)}</span></a>
            {viewer.map(|viewer| view! { <AccountMenu viewer language /> })}
        </header>
        <main id="content" tabindex="-1">{content}</main>
        <footer class="bottom"><LanguageSwitch language here /></footer>
    }
}
