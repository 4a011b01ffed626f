//! Says that something that was asked for is done.

use contract::SuccessNotice;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::texts::{language, success_notice_text};

/// The sentence for `?notice=…`, if there is one.
#[component]
pub(crate) fn SuccessNoticeBox() -> impl IntoView {
    let done = use_query_map().get_untracked().get("notice").and_then(|code| SuccessNotice::parse(&code));
    done.map(|done| view! { <p class="notice notice--done" role="status">{success_notice_text(done, language())}</p> })
}
