//! One of several values.

use leptos::prelude::*;

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
