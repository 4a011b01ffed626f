//! The database as every part sees it: a [pool](Database), a [transaction](Transaction) that one can see, the
//! [migrations](migrate), [statements](statements!) that are prepared on both databases by a test, and the few
//! places where [SQLite and MySQL differ](Dialect). It knows no table's meaning.
//!
//! # How to write a store
//! SQL is in a part's `store.rs`, in one [`statements!`] block, portable, with `?` for each value. A function
//! that reads takes `&mut Connection`; one that writes takes `&mut Transaction`, so that a reader of the caller sees
//! what commits together. Both databases know only text, integers and blobs here: flags are 0 and 1, times are
//! [`kernel::Timestamp`] in milliseconds, ids their text. Writers that race are decided by a conditional update and
//! its row count.

mod database;
mod dialect;
mod error;
mod expiry;
mod lease;
mod migrate;
mod sealed;
mod statements;
mod url;
mod write_check;
mod write_probe;

pub use database::{Connection, Database, Reader, Transaction};
pub use dialect::Dialect;
pub use error::{DbError, OpenError};
pub use expiry::Expiring;
pub use lease::{Claimable, Lease};
pub use sealed::SealedColumn;
pub use url::{DatabaseTransport, DatabaseUrl, DatabaseUrlError};

/// The value types that a query binds and rows give, so that stores need no driver of their own.
pub use sqlx::{Row, any::AnyRow, query};
