//! Where members read their mail.

use std::fmt;

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use names::{EmailAddress, MemberId};

/// The port to where members read their mail. The address in an event is what a member told, or a provider told of them;
/// it may be anybody's, so no mail goes there on its word.
pub trait Recipients: Send + Sync + fmt::Debug {
    /// The mailbox of `member` that somebody proved to be theirs; `None` when there is none, or no such member any more.
    fn mailbox_of<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<Option<EmailAddress>, DbError>>;
}
