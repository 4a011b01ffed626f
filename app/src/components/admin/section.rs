//! A section of a page with a table, or a sentence if the table is empty.

use leptos::prelude::*;

use super::table::Table;

/// The section with its heading.
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

/// A text in a monospaced font.
pub(crate) fn code(text: impl Into<String>) -> AnyView {
    let text = text.into();
    view! { <code>{text}</code> }.into_any()
}

/// Percent-encodes a segment of a path.
pub(crate) fn encoded(part: &str) -> String {
    form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20")
}
