//! Says that something that was asked for is done.

use leptos::prelude::*;

use crate::frame::{frame, query};
use crate::success_notices::success_notice;

/// The sentence for `?notice=…`, if there is one.
#[component]
pub(crate) fn SuccessNoticeBox() -> impl IntoView {
    let frame = frame();
    let done = query(&frame.address, "notice").and_then(|code| success_notice(&code));
    done.map(|done| {
        view! {
            <p class="notice notice--done" role="status">{done(frame.language)}</p>
        }
    })
}
