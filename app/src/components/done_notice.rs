//! Says that something that was asked for is done.

use contract::Done;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::texts::{done_text, locale};

/// The sentence for `?notice=…`, if there is one.
#[component]
pub(crate) fn DoneNotice() -> impl IntoView {
    let done = use_query_map().get_untracked().get("notice").and_then(|code| Done::parse(&code));
    done.map(|done| view! { <p class="notice notice--done" role="status">{done_text(done, locale())}</p> })
}
