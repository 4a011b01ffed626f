//! Masked personal data, with the form that reveals it.

use contract::views::admin::{Masked, Reveal};
use leptos::prelude::*;
use names::Language;

use crate::frame::language;
use crate::texts::admin;

/// The masked value. If it can be revealed, the form asks for a reason, and the access is recorded.
pub(crate) fn masked(value: Masked) -> AnyView {
    let Masked { text, reveal } = value;
    let language = language();
    let more = reveal.map(|reveal| more(reveal, &text, language));
    view! { <div class="masked"><span class="masked__text">{text}</span> {more}</div> }.into_any()
}

/// The form. Its visible label is the same at every value; the accessible label contains the value. It opens without scripting.
fn more(reveal: Reveal, text: &str, language: Language) -> impl IntoView + use<> {
    let Reveal { id, path, fields } = reveal;
    let label = admin::reveal_of(language, text);
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    view! {
        <details class="masked__more">
            <summary class="masked__button" aria-label=label>{admin::reveal(language)}</summary>
            <form class="masked__form" method="post" action=path>
                {fields}
                <label class="field__label" for=id.clone()>{admin::reason(language)}</label>
                <input class="field__input" id=id name="reason" type="text" required=true maxlength="2400" autocomplete="off" />
                <p class="field__hint">{admin::reveal_hint(language)}</p>
                <button class="button button--quiet" type="submit">{admin::reveal_all(language)}</button>
            </form>
        </details>
    }
}
