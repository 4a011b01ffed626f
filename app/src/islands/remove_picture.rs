//! Removes the member's own picture without leaving the page.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::form_call::{FormCall, announce, focus, of_class, show_address};
use crate::functions::remove_picture;

/// The form with the button. The hidden element after it is shown once there is no picture; the focus moves to the field for
/// another one.
#[island]
pub fn RemovePicture(
    /// The notice after it was removed.
    saved: String,
    /// The address of the page with that notice.
    page: String,
    /// The id of that field.
    field: String,
    /// The form and the hidden element.
    children: Children,
) -> impl IntoView {
    let remove = move |event: SubmitEvent| {
        let Some(call) = FormCall::of(&event) else { return };
        let (saved, page, field) = (saved.clone(), page.clone(), field.clone());
        call.send(remove_picture(), move |call, picture| {
            // The content security policy of this page does not allow a picture from another site.
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
