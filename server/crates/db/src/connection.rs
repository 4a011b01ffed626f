//! A connection, and what it is for.

/// A connection to either database. Stores read through it; [`Reader`](crate::Reader) and
/// [`Transaction`](crate::Transaction) both lend one.
pub type Connection = sqlx::AnyConnection;

/// What the connections of a pool are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading what is true now.
    Read,
    /// Writing, and on MySQL reading too.
    Write,
    /// Reading what may be a moment old, at a server that takes no writes from these connections.
    ReadStale,
}
