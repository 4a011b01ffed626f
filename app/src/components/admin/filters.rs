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

/// A choice: its values with their names, and the chosen value.
pub(crate) fn choice(
    id: impl Into<String>,
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    chosen: &str,
) -> AnyView {
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, text)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect();
    let id = id.into();
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            <select class="field__input" id=id name=name>{options}</select>
        </div>
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
