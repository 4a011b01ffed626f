//! The port to what other parts keep of a member who is erased, or whose account somebody else may have prepared.

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use names::{EmailAddress, MemberId};

/// Erases what other parts keep.
pub trait EraseElsewhere: Send + Sync {
    /// Erases, within the transaction that erases `member`, what other parts keep of them, and what went or should go to the
    /// `addresses` that were theirs alone.
    fn erase<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        addresses: &'a [EmailAddress],
    ) -> BoxFuture<'a, Result<(), DbError>>;

    /// Deletes, within the transaction of a password reset by mail alone, what somebody may have prepared in other parts who had access to
    /// the account of `member` before its owner (S-UP-11).
    fn discard_prepared<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>>;
}
