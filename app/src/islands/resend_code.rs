//! Asks for the mail with a code again without losing what was typed.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::form_call::{FormCall, announce};
use crate::functions::resend_code;

/// The form with the address.
#[island]
pub fn ResendCode(
    /// The notice after the mail was asked for.
    sent: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    let resend = move |event: SubmitEvent| {
        let Some(call) = FormCall::of(&event) else { return };
        let (email, return_to, sent) = (call.typed("email"), call.typed("return_to"), sent.clone());
        call.send(resend_code(email, return_to), move |_, ()| announce(&sent));
    };
    view! { <div class="call" on:submit=resend>{children()}</div> }
}
