//! Ends a session of the list without leaving the page.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::form_call::{FormCall, announce, focus, of_class};
use crate::functions::end_session;

/// The list of sessions. Its buttons have the class `session__end`. The element `other-sessions` is shown while there are other
/// sessions, and `no-other-sessions` when there are none.
#[island]
pub fn SessionList(
    /// The notice after a session was ended; `{device}` names it.
    ended: String,
    /// The list.
    children: Children,
) -> impl IntoView {
    let end = move |event: SubmitEvent| {
        let Some(call) = FormCall::of(&event) else { return };
        let id = call.button.as_ref().map(leptos::web_sys::HtmlButtonElement::value).unwrap_or_default();
        let ended = ended.clone();
        call.send(end_session(id), move |call, ()| leave(call, &ended));
    };
    view! { <div class="call" on:submit=end>{children()}</div> }
}

/// Removes the entry of this form from the list, and moves the focus to the next button.
fn leave(call: &FormCall, ended: &str) {
    let Ok(Some(entry)) = call.form.closest("li") else { return };
    let device = entry.query_selector(".session__device").ok().flatten();
    let device = device.and_then(|device| device.text_content()).unwrap_or_default();
    let buttons = of_class("session__end");
    let here = buttons.iter().position(|button| entry.contains(Some(button))).unwrap_or_default();
    let next = buttons.get(here + 1).or_else(|| buttons.get(here.checked_sub(1)?)).cloned();
    entry.remove();
    if next.is_none() {
        for (id, is_hidden) in [("other-sessions", true), ("no-other-sessions", false)] {
            if let Some(element) = document().get_element_by_id(id) {
                let _ = element.toggle_attribute_with_force("hidden", is_hidden);
            }
        }
    }
    focus(next.or_else(|| document().get_element_by_id("no-other-sessions")));
    announce(&ended.replace("{device}", &device));
}
