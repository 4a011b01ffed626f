//! Removes the token from the address bar.

use leptos::prelude::*;

/// Replaces the address of a mail's link by `path` (S-MAIL-8). The token is already in the form of the page. It must not be
/// visible in the browser's history, to somebody looking on, or in a screenshot.
#[island]
pub fn PlainAddress(
    /// The page's path.
    path: String,
) -> impl IntoView {
    Effect::new(move |_| {
        if let Ok(history) = window().history() {
            // If the browser refuses, the address stays; the page works anyway.
            let _ = history.replace_state_with_url(&leptos::wasm_bindgen::JsValue::NULL, "", Some(&path));
        }
    });
}
