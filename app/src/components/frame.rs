//! What is around every page: the way to the content, the brand, the menu of who is signed in, the language.

use contract::Viewer;
use leptos::prelude::*;
use names::Language;

use super::account_menu::AccountMenu;
use super::language_switch::LanguageSwitch;
use super::mark::Mark;
use crate::address;
use crate::texts::{common, site};

/// The frame in the language of the request.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    let site = site();
    let language = site.as_ref().map_or(Language::Korean, |site| site.language());
    let viewer = site.and_then(|site| site.viewer());
    let here = address().unwrap_or_else(|| "/".to_owned());
    view! { <FrameFor language viewer here>{children()}</FrameFor> }
}

/// The frame in a given language, for pages that are drawn without a request's context.
#[component]
pub(crate) fn FrameFor(
    /// The language.
    language: Language,
    /// Who is signed in, where that is known.
    viewer: Option<Viewer>,
    /// The address of this page.
    here: String,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="skip" href="#content">{common::skip_to_content(language)}</a>
        <header class="top">
            <a class="brand" href="/"><Mark /><span>{common::brand(language)}</span></a>
            {viewer.map(|viewer| view! { <AccountMenu viewer language /> })}
        </header>
        <main id="content" tabindex="-1">{children()}</main>
        <footer class="bottom"><LanguageSwitch language here /></footer>
    }
}
