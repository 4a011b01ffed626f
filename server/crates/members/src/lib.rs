//! Members: who somebody is to us, the [identities](sign_in) by which they come in, and the [audit log](audit) of
//! what happened to their account. What other services should hear is announced as [events](events) in the same
//! transaction.
//!
//! A member is found by `(provider, subject)` and by nothing else (S-UP-9). Two identities with the same e-mail are
//! two members, until their owner links them.

mod announce;
mod audit;
mod member;
mod sign_in;
mod store;

pub use audit::{AuditEvent, AuditKind, Origin, Outcome, record};
pub use member::{Member, MemberId, MemberStatus};
pub use sign_in::{SignInError, SignedIn, sign_in};
pub use store::find;
