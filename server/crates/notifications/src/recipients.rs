//! The addresses of members.

use std::fmt;

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use names::{EmailAddress, MemberId};

/// The port through which this part asks for the addresses of members. The address in an event is not used: a member or a
/// provider claimed it, and it may be somebody else's.
pub trait Recipients: Send + Sync + fmt::Debug {
    /// The proven address of `member`; `None` when they have none or no longer exist.
    fn mailbox_of<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<Option<EmailAddress>, DbError>>;
}
