//! The address of the page that is being drawn.

use http::request::Parts;
use leptos::prelude::use_context;

/// Path and query as the browser asked for them. The router knows the address too, but with an origin that stands for
/// none.
pub(crate) fn address() -> Option<String> {
    let parts = use_context::<Parts>()?;
    Some(parts.uri.path_and_query().map_or("/", |address| address.as_str()).to_owned())
}
