//! Personal data that is shown in part, until somebody asks for the whole.

use contract::views::admin::{Masked, Reveal};
use leptos::prelude::*;
use names::Language;

use crate::frame::language;
use crate::texts::admin;

const REVEAL: &str = "/api/admin/reveal";

/// The value, and where there is more of it, the button that shows it and writes down who looked.
pub(crate) fn masked(value: Masked) -> AnyView {
    let Masked { text, reveal } = value;
    let language = language();
    let button = reveal.map(|reveal| button(reveal, &text, language));
    view! { <span class="masked"><span class="masked__text">{text}</span> {button}</span> }.into_any()
}

/// It says the same beside every value; which one it means is read out with it.
fn button(reveal: Reveal, text: &str, language: Language) -> impl IntoView + use<> {
    let Reveal { member, page } = reveal;
    let label = admin::reveal_of(language, text);
    view! {
        <form class="masked__form" method="post" action=REVEAL>
            <input type="hidden" name="member" value=member />
            <input type="hidden" name="page" value=page />
            <button class="masked__button" type="submit" aria-label=label>{admin::reveal(language)}</button>
        </form>
    }
}
