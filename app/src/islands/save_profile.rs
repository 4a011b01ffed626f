//! Saves the profile, and the page stays as it is.

use contract::ProfileWords;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::form_call::{FormCall, announce, of_class, show_address};
use crate::functions::save_profile;

/// The form of nickname and greeting. Every element of the class `viewer-name` says the nickname.
#[island]
pub fn SaveProfile(
    /// What is said once it is saved.
    saved: String,
    /// Where the page says so.
    page: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    let save = move |event: SubmitEvent| {
        // A page that says what was wrong a moment ago is drawn again.
        if matches!(document().query_selector("[role=alert]"), Ok(Some(_))) {
            return;
        }
        let Some(call) = FormCall::of(&event) else { return };
        let typed = ProfileWords { nickname: call.typed("nickname"), greeting: call.typed("greeting") };
        let (saved, page) = (saved.clone(), page.clone());
        call.send(save_profile(typed.nickname.clone(), typed.greeting.clone()), move |_, now| {
            // What was typed is shown already; what the server made of it is not.
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
