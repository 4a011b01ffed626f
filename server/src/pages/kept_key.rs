//! What a page depends on that is the same for all visitors.

use names::{Language, SignInMethod};

/// All that such a page depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) page: &'static str,
    pub(super) language: Language,
    /// The sign-in method that was used last on the device.
    pub(super) last_used: Option<SignInMethod>,
    /// Whether the style sheet is inside: a browser without any cookie is likely to be here for the first time, and does not wait
    /// for the file then.
    pub(super) has_style: bool,
}
