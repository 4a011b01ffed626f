//! Success notices.

use leptos::prelude::*;

use crate::frame::{frame, query};
use crate::success_notices::success_notice;

/// The text of `?notice=…`, if there is one. If islands show notices, the container is there from the beginning: some screen
/// readers do not read out a live region that is added together with its text.
#[component]
pub(crate) fn SuccessNoticeBox(
    /// Whether islands of the page show notices there.
    #[prop(optional)]
    for_islands: bool,
) -> impl IntoView {
    let frame = frame();
    let text = query(&frame.address, "notice").and_then(|code| success_notice(&code, frame.language));
    if for_islands {
        let notice = text.map(|text| view! { <p class="notice notice--done">{text}</p> });
        view! { <div class="notices" id="notices" role="status">{notice}</div> }.into_any()
    } else {
        text.map(|text| view! { <p class="notice notice--done" role="status">{text}</p> }).into_any()
    }
}
