//! The frame of the request, for components: they take from it what they need.

use std::sync::Arc;

use contract::Frame;
use leptos::reactive::owner::{use_context, with_context};
use names::Language;

/// The frame of this request. Pages are always drawn with one; without it they would be drawn for nobody, in Korean.
pub(crate) fn frame() -> Arc<Frame> {
    use_context().unwrap_or_default()
}

/// The language of this request.
pub(crate) fn language() -> Language {
    with_context(|frame: &Arc<Frame>| frame.language).unwrap_or_default()
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
