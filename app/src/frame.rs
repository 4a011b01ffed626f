//! The frame of the request, for components.

use std::borrow::Cow;
use std::sync::Arc;

use contract::Frame;
use leptos::reactive::owner::{use_context, with_context};
use names::{Language, path};

/// The frame of this request. Pages are always rendered with one; the default has no viewer and is in Korean.
pub(crate) fn frame() -> Arc<Frame> {
    use_context().unwrap_or_default()
}

/// The language of this request.
pub(crate) fn language() -> Language {
    with_context(|frame: &Arc<Frame>| frame.language).unwrap_or_default()
}

/// The `return_to` of the page's address.
pub(crate) fn return_to() -> Option<String> {
    query(&frame().address, "return_to")
}

/// The address of another page, with the `return_to` of this one.
pub(crate) fn on_the_way(page: &'static str) -> Cow<'static, str> {
    return_to().map_or(page.into(), |return_to| path::leading_on(page, &return_to).into())
}

/// The path of an address.
pub(crate) fn path_of(address: &str) -> &str {
    address.split('?').next().unwrap_or(address)
}

/// The value of a parameter in the query of an address.
pub(crate) fn query(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name)?;
    Some(value.into_owned())
}
