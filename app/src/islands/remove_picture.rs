//! Takes one's own picture away, and the page shows the other one.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::form_call::{FormCall, announce, focus, of_class, show_address};
use crate::functions::remove_picture;

/// The form with the button. Alongside it, hidden, is what is said without a picture; the focus goes to the field for another
/// one.
#[island]
pub fn RemovePicture(
    /// What is said once it is done.
    saved: String,
    /// Where the page says so.
    page: String,
    /// The id of that field.
    field: String,
    /// The form, and what is shown in its place.
    children: Children,
) -> impl IntoView {
    let remove = move |event: SubmitEvent| {
        let Some(call) = FormCall::of(&event) else { return };
        let (saved, page, field) = (saved.clone(), page.clone(), field.clone());
        call.send(remove_picture(), move |call, picture| {
            // One from elsewhere is not allowed by the policy that this page came with.
            if !picture.starts_with('/') {
                let _ = window().location().assign(&page);
                return;
            }
            for image in of_class("menu__picture").into_iter().chain(of_class("avatar")) {
                let _ = image.set_attribute("src", &picture);
            }
            focus(document().get_element_by_id(&field));
            if let Some(instead) = call.form.next_element_sibling() {
                let _ = instead.remove_attribute("hidden");
            }
            call.form.remove();
            show_address(&page);
            announce(&saved);
        });
    };
    view! { <div class="call" on:submit=remove>{children()}</div> }
}
