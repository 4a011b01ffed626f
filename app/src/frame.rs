//! The frame of the request, for components: they take from it what they need.

use std::borrow::Cow;
use std::sync::Arc;

use contract::Frame;
use leptos::reactive::owner::{use_context, with_context};
use names::{Language, path};

/// The frame of this request. Pages are always drawn with one; without it they would be drawn for nobody, in Korean.
pub(crate) fn frame() -> Arc<Frame> {
    use_context().unwrap_or_default()
}

/// The language of this request.
pub(crate) fn language() -> Language {
    with_context(|frame: &Arc<Frame>| frame.language).unwrap_or_default()
}

/// Where the person goes on from this page, if they are on the way to somewhere.
pub(crate) fn return_to() -> Option<String> {
    query(&frame().address, "return_to")
}

/// The address of another page on the way to where this one leads.
pub(crate) fn on_the_way(page: &'static str) -> Cow<'static, str> {
    return_to().map_or(page.into(), |return_to| path::leading_on(page, &return_to).into())
}

/// The path of an address.
pub(crate) fn path_of(address: &str) -> &str {
    address.split('?').next().unwrap_or(address)
}

/// What the address says under this name in its query.
pub(crate) fn query(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name)?;
    Some(value.into_owned())
}
