//! The language switch.

use std::sync::Arc;

use leptos::prelude::*;
use names::Language;

use crate::texts::common;

/// Two buttons in a form, each in its own language. The button of the current language has `aria-current`.
#[component]
pub(crate) fn LanguageSwitch(
    /// The page's language.
    language: Language,
    /// Where to come back to.
    here: Arc<str>,
) -> impl IntoView {
    let label = match language {
        Language::Korean => common::language(Language::Korean),
        Language::English => common::language(Language::English),
    };
    let button = move |choice: Language, name: &'static str| {
        let current = (choice == language).then_some("true");
        view! {
            <button class="language" type="submit" name="language" value=choice.code() lang=choice.code() aria-current=current>
                {name}
            </button>
        }
    };
    view! {
        <form class="languages" method="post" action="/api/language" aria-label=label>
            <input type="hidden" name="return_to" value=here />
            {button(Language::Korean, "한국어")}
            {button(Language::English, "English")}
        </form>
    }
}
