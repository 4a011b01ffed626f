//! Rules that erase a member's rows where no column alone tells which they are.

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use names::{EmailAddress, MemberId};

/// The member who is erased.
#[derive(Clone, Copy)]
pub struct Erased<'a> {
    /// Their id.
    pub member: MemberId,
    /// The addresses that were theirs alone.
    pub addresses: &'a [EmailAddress],
}

/// Erases what a part keeps of a member.
pub type ErasureRule = for<'a> fn(&'a mut Transaction, Erased<'a>) -> BoxFuture<'a, Result<(), DbError>>;

/// Deletes what a part keeps of a member that somebody may have prepared who had access to the account before its owner.
pub type PreparedRule = for<'a> fn(&'a mut Transaction, MemberId) -> BoxFuture<'a, Result<(), DbError>>;

/// What apps of others were allowed.
pub fn consents(tx: &mut Transaction, member: MemberId) -> BoxFuture<'_, Result<(), DbError>> {
    Box::pin(authorization::discard_consents(tx, member))
}

/// Events that a bus has taken; others were promised to services.
pub fn events<'a>(tx: &'a mut Transaction, erased: Erased<'a>) -> BoxFuture<'a, Result<(), DbError>> {
    Box::pin(events::erase(tx, erased.member))
}

/// Follows, posts and the feed; most of it goes afterwards, in pieces.
pub fn activity<'a>(tx: &'a mut Transaction, erased: Erased<'a>) -> BoxFuture<'a, Result<(), DbError>> {
    Box::pin(activity::erase(tx, erased.member))
}

/// Mails to their addresses.
pub fn mails<'a>(tx: &'a mut Transaction, erased: Erased<'a>) -> BoxFuture<'a, Result<(), DbError>> {
    Box::pin(notifications::erase(tx, erased.addresses))
}
