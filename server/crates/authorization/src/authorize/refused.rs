//! An error that goes back to the client (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6).

use std::borrow::Cow;

/// The error and what would be right: ASCII, as the parameter `error_description` has it, for the client's developer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) error: &'static str,
    pub(crate) description: Cow<'static, str>,
}

impl Refused {
    pub(crate) fn new(error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self { error, description: description.into() }
    }
}
