//! The entry point in the browser, which hydrates islands.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the islands of the page.
#[wasm_bindgen]
pub fn hydrate() {
    // So that the linker keeps the crate with the islands.
    use app as _;
    leptos::mount::hydrate_islands();
}
