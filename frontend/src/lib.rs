//! What the browser starts: the islands of the page, nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// Brings the islands to life.
#[wasm_bindgen]
pub fn hydrate() {
    // Named so that the linker keeps the crate that holds the islands.
    use app as _;
    leptos::mount::hydrate_islands();
}
