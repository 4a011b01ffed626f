//! Saves the profile without leaving the page.

use contract::ProfileWords;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::form_call::{FormCall, announce, of_class, show_address, shows_error};
use crate::functions::save_profile;

/// The form of nickname and greeting. Every element with the class `viewer-name` shows the nickname.
#[island]
pub fn SaveProfile(
    /// The notice after it was saved.
    saved: String,
    /// The address of the page with that notice.
    page: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    let save = move |event: SubmitEvent| {
        // A page with an error is loaded again, by the plain form.
        if shows_error() {
            return;
        }
        let Some(call) = FormCall::of(&event) else { return };
        let typed = ProfileWords { nickname: call.typed("nickname"), greeting: call.typed("greeting") };
        let (saved, page) = (saved.clone(), page.clone());
        call.send(save_profile(typed.nickname.clone(), typed.greeting.clone()), move |_, now| {
            // The page shows what was typed. If the server changed it, the page is loaded again.
            if now != typed {
                let _ = window().location().assign(&page);
                return;
            }
            for name in of_class("viewer-name") {
                name.set_text_content(Some(&now.nickname));
            }
            if let Some(previewing) = document().get_element_by_id("previewing") {
                previewing.remove();
            }
            show_address(&page);
            announce(&saved);
        });
    };
    view! { <div class="call" on:submit=save>{children()}</div> }
}
