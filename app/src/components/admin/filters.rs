//! Filters of a list: a form whose fields are in the address of the page.

use leptos::prelude::*;

/// The form. It is sent by `GET` to its own page, so the list can be reloaded, bookmarked and sent to a colleague.
pub(crate) fn filters(page: &'static str, fields: AnyView, submit: &'static str) -> AnyView {
    view! {
        <form class="filters" method="get" action=page role="search">
            {fields}
            <button class="button button--quiet" type="submit">{submit}</button>
        </form>
    }
    .into_any()
}

/// A text to search for, as it was typed.
pub(crate) fn search_field(name: &'static str, label: &'static str, typed: String) -> AnyView {
    let id = format!("filter-{name}");
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            <input class="field__input" id=id name=name type="search" value=typed autocomplete="off" spellcheck="false" />
        </div>
    }
    .into_any()
}
