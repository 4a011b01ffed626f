//! The mark: two leaves of a gate.

use leptos::prelude::*;

/// The mark, in the colour of the surrounding text. It is hidden from screen readers, since the brand's name is beside it.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
            <path d="M3 9 16 3l13 6M6 10v18m20-18v18" />
            <path d="M10 12h5v16h-5zm7 0h5v16h-5z" />
            <path d="M13 20h.01M19 20h.01" />
        </svg>
    }
}
