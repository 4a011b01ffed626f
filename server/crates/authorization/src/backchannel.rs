//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): each client with a grant from a session is told when that ends.
//!
//! Whatever ends a session writes a [job](job) for each client in the same transaction, and the [sender](sender) does them: so
//! no client is left out, however the session ends and wherever the program is at that moment.

pub(crate) mod job;
pub(crate) mod sender;
pub(crate) mod session_ends;
