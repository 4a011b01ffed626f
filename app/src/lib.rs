//! The site. Pages are drawn on the server, by what they learn through the port [`contract::Site`]; in the browser
//! only [islands] come to life. What is not an island or a server function exists on the server alone, so nothing of
//! it can reach the WASM.

// Leptos builds deeply nested view types.
#![recursion_limit = "512"]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::needless_pass_by_value, reason = "a component owns its properties")
)]

pub mod functions;
pub mod islands;

mod time_phrases;

#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
mod components;
#[cfg(feature = "ssr")]
mod error_page;
#[cfg(feature = "ssr")]
mod form;
#[cfg(feature = "ssr")]
mod page_table;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod texts;

#[cfg(feature = "ssr")]
pub(crate) use address::address;
#[cfg(feature = "ssr")]
pub use error_page::error_page;
#[cfg(feature = "ssr")]
pub use page_table::{Page, has_islands, is_private, needs_mail, pages};
#[cfg(feature = "ssr")]
pub use shell::{App, shell};
