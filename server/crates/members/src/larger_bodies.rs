//! Routes whose bodies may be larger than those of others, for the limits of the listener.

use crate::profile::own_picture;

/// Where somebody signs in by a passkey; the route is above this part.
pub const PASSKEY_SIGN_IN: &str = "/api/auth/signin/passkey";
/// Where somebody signs up by one; above this part as well.
pub const PASSKEY_SIGN_UP: &str = "/api/auth/signup/passkey";
/// Where somebody makes one in the course of a sign-in; above this part as well.
pub const PASSKEY_SET_UP: &str = "/api/auth/signin/second/passkey";
/// Where a passkey is added.
pub(crate) const PASSKEYS: &str = "/api/users/me/passkeys";

/// A browser's answer that is far too large reaches the handler, which refuses it as any other that cannot be read, and writes
/// that down.
const MAX_ANSWER_BYTES: usize = 2 * 1024 * 1024;

/// The paths that take more than the usual body, each with its bound in bytes.
pub const LARGER_BODIES: &[(&str, usize)] = &[
    (own_picture::UPLOAD, own_picture::MAX_BODY_BYTES),
    (PASSKEY_SIGN_IN, MAX_ANSWER_BYTES),
    (PASSKEY_SIGN_UP, MAX_ANSWER_BYTES),
    (PASSKEY_SET_UP, MAX_ANSWER_BYTES),
    (PASSKEYS, MAX_ANSWER_BYTES),
];
