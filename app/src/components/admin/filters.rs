//! Filters of a list: a form that keeps what it asks for in the address.

use leptos::prelude::*;

/// The form. It is sent by `GET` to the page that it is on, so the list can be reloaded, gone back to and sent to a colleague.
pub(crate) fn filters(page: &'static str, fields: AnyView, submit: &'static str) -> AnyView {
    view! {
        <form class="filters" method="get" action=page role="search">
            {fields}
            <button class="button button--quiet" type="submit">{submit}</button>
        </form>
    }
    .into_any()
}

/// One of several: their values with their names, and the one that is chosen now.
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

/// A text that is looked for, as it was typed.
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
