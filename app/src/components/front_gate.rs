//! The front gate of the main page.

use leptos::prelude::*;

use crate::frame::language;
use crate::texts::common;

/// A front gate around its content: roof, board, posts and two leaves. Everything but the content is an ornament. The style
/// sheet draws the parts that grow with the content. The name on the board is hidden from screen readers, since it is beside the
/// mark as well.
#[component]
pub(crate) fn FrontGate(
    /// Whether the leaves are open.
    open: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="front_gate">
            <svg class="front_gate__roof" viewBox="0 0 400 54" aria-hidden="true">
                <path d="M2 34Q62 38 94 8q106 10 212 0 32 30 92 26-198 26-396 0z" />
                <path class="front_gate__tiles" d="M14 41q186 21 372 0" />
            </svg>
            <div class="front_gate__way" class:front_gate__way--open=open>
                <p class="front_gate__name" aria-hidden="true">{common::brand(language())}</p>
                {children()}
            </div>
        </div>
    }
}
