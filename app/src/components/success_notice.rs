//! Success notices.

use contract::Frame;
use leptos::prelude::*;

use crate::frame::{frame, query};
use crate::grace::grace_text;
use crate::success_notices::success_notice;
use crate::texts::{account, common};

/// The text of `?notice=…`, if there is one. If islands show notices, the container is there from the beginning: some screen
/// readers do not read out a live region that is added together with its text.
#[component]
pub(crate) fn SuccessNoticeBox(
    /// Whether islands of the page show notices there.
    #[prop(optional)]
    for_islands: bool,
) -> impl IntoView {
    let frame = frame();
    let text = query(&frame.address, "notice").and_then(|code| notice_text(&code, &frame));
    if for_islands {
        let notice = text.map(|text| view! { <p class="notice notice--done">{text}</p> });
        let unreached = common::unreached(frame.language);
        view! { <div class="notices" id="notices" role="status" data-unreached=unreached>{notice}</div> }
            .into_any()
    } else {
        text.map(|text| view! { <p class="notice notice--done" role="status">{text}</p> }).into_any()
    }
}

/// The notice of a code. A member whose account is to be deleted is told until when they can cancel that.
fn notice_text(code: &str, frame: &Frame) -> Option<String> {
    let text = success_notice(code, frame.language)?;
    if code != "deletion_scheduled" {
        return Some(text.to_owned());
    }
    let grace = grace_text(frame.settings.deletion_grace, frame.language);
    Some(format!("{text} {}", account::deletion_scheduled_until(frame.language, grace)))
}
