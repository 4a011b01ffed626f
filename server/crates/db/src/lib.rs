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
//!
//! # How to write a transaction
//! [`Database::transact`] does work that may be done twice, again when the database interrupts it: a deadlock, a lock that was
//! waited for too long, a connection that was lost. [`Database::begin`] is for the rest; [`Database::execute_alone`] for a write
//! that one statement decides and that somebody waits for, [`Database::execute_unit`] for several that are all known before.
//! [`Transaction::execute_together`] and [`fetch_together`] have several statements in one go.
//!
//! # How to add a table
//! Two migrations, a store, and a [`Table`] in the part's [`Storage`]: when its rows expire, what of it is sealed, whom it
//! is about, and where that member finds it in their export. The program goes over all of them; tests fail for what was
//! forgotten.

mod afterwards;
mod connection;
mod connections;
mod copy;
mod database;
mod dialect;
mod error;
mod expiry;
mod forced_retries;
mod gathered;
mod interruption;
mod joined;
mod lease;
mod migrate;
mod notices;
mod owner;
mod pool;
pub mod replicas;
mod reseal;
mod sealed;
mod settings;
mod single_write;
mod stale_reads;
mod statement;
mod statements;
mod storage;
mod table;
mod together;
mod transact;
mod transaction;
mod unit;
mod url;
mod write_check;
mod write_probe;

pub use connection::Connection;
pub use copy::{CopyError, DatabaseCopy};
pub use database::{Database, Reader};
pub use dialect::Dialect;
pub use error::{DbError, OpenError};
pub use expiry::{Expiry, ExpiryColumn};
pub use lease::{Claimable, Lease};
pub use notices::Notice;
pub use owner::Owner;
pub use reseal::{Reseal, Resealed};
pub use sealed::{Resealing, SealedColumn};
pub use settings::DatabaseSettings;
pub use stale_reads::{Select, StaleQuery, StaleReader};
pub use statement::{Executed, Statement};
pub use storage::Storage;
pub use table::{Export, Table};
pub use together::fetch_together;
pub use transact::{Ended, LentTransaction};
pub use transaction::Transaction;
pub use unit::Unit;
pub use url::{DatabaseTransport, DatabaseUrl, DatabaseUrlError};

/// The value types that a query binds and rows give, so that stores need no driver of their own.
pub use sqlx::{Row, any::AnyRow, query};

/// What this crate itself keeps.
pub const STORAGE: Storage = Storage {
    part: "db",
    tables: &[
        Table {
            name: "write_probes",
            holds: "one row that shows whether the database takes writes",
            kept: "stays",
            expiry: Expiry::Stays("it is one row"),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
        Table {
            name: "replicas",
            holds: "the programs that share the database: machine, version, start, last beat, how far the clock is off",
            kept: "while the program runs; an hour after one that was killed",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
        Table {
            name: "leader_leases",
            holds: "which replica does what one does for all",
            kept: "stays",
            expiry: Expiry::Stays("there is one row for each such work"),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
    ],
    statements: &[copy::STATEMENTS, write_check::STATEMENTS, replicas::store::STATEMENTS],
    per_dialect: |_| Vec::new(),
};
