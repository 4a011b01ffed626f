//! The site. The server renders pages from the [frame](contract::Frame) of the request and their [view](contract::views); the
//! browser hydrates only [islands]. Everything but islands and server functions is compiled for the server only, so it is not in
//! the WASM.

// Leptos builds deeply nested view types.
#![recursion_limit = "512"]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::needless_pass_by_value, reason = "a component owns its properties")
)]

pub mod functions;
pub mod islands;
pub mod operator_functions;

mod time_phrases;

#[cfg(feature = "ssr")]
mod components;
#[cfg(feature = "ssr")]
mod error_page;
#[cfg(feature = "ssr")]
mod form;
#[cfg(feature = "ssr")]
mod fragments;
#[cfg(feature = "ssr")]
mod frame;
#[cfg(feature = "ssr")]
mod grace;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod success_notices;
#[cfg(feature = "ssr")]
mod texts;

#[cfg(feature = "ssr")]
pub use error_page::{ErrorPage, Refused};
#[cfg(feature = "ssr")]
pub use fragments::{FRAGMENTS, OPERATOR_FRAGMENTS};
#[cfg(feature = "ssr")]
pub use page::{Access, Page, Record, Text};
#[cfg(feature = "ssr")]
pub use shell::Shell;
#[cfg(feature = "ssr")]
pub use success_notices::success_notice;
#[cfg(feature = "ssr")]
pub use texts::{lease_text, mail_kind_text};
