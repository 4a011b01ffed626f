//! A part of a page with a table, or a sentence where there is nothing to show.

use leptos::prelude::*;

use super::table::Table;

/// The part under its heading.
pub(crate) fn section(
    heading: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<AnyView>>,
    none: &'static str,
) -> AnyView {
    let content = if rows.is_empty() {
        view! { <p class="lead">{none}</p> }.into_any()
    } else {
        Table { caption: heading, columns, rows }.draw()
    };
    view! { <section class="part"><h2>{heading}</h2>{content}</section> }.into_any()
}

/// A text for the eye of a programmer, as it is.
pub(crate) fn code(text: impl Into<String>) -> AnyView {
    let text = text.into();
    view! { <code>{text}</code> }.into_any()
}

/// A part of a path.
pub(crate) fn encoded(part: &str) -> String {
    form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20")
}
