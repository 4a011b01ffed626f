//! The second step of a sign-in: the password or the provider's answer was correct, and a code is required before anything
//! begins.
//!
//! The first step leaves a row behind and nothing else: no session, no event, no deletion that is cancelled. What was right is
//! looked at again when the code is.

pub(crate) mod ask;
pub(crate) mod finish;
pub(crate) mod form;
pub(crate) mod passkey;
