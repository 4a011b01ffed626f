//! Says that something that was asked for is done.

use leptos::prelude::*;

use crate::frame::{frame, query};
use crate::success_notices::success_notice;

/// The sentence for `?notice=…`, if there is one. Where islands say that something is done, its place is there from the
/// beginning: what comes to a place that is new itself is not read out everywhere.
#[component]
pub(crate) fn SuccessNoticeBox(
    /// Whether islands of the page say something there.
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
