//! The front gate of the main page.

use leptos::prelude::*;

use crate::frame::language;
use crate::texts::common;

/// A front gate with something in its way: roof, board, posts and two leaves. All of it but what it holds is an ornament, drawn
/// by the style sheet as far as it has to grow; the name on the board is alongside the mark too.
#[component]
pub(crate) fn FrontGate(
    /// Whether its leaves are wide open.
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
