//! Takes the token out of the address bar.

use leptos::prelude::*;

/// Writes `path` into the address bar instead of the link of a mail (S-MAIL-8). The page has read the token already and
/// keeps it in its form; nobody finds it in the history, over a shoulder, or in a picture of the screen.
#[island]
pub fn PlainAddress(
    /// The page's path.
    path: String,
) -> impl IntoView {
    Effect::new(move |_| {
        if let Ok(history) = window().history() {
            // A browser that refuses leaves the address as it is; the page works all the same.
            let _ = history.replace_state_with_url(&leptos::wasm_bindgen::JsValue::NULL, "", Some(&path));
        }
    });
}
