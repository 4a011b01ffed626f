//! What this part declares about its table.

use db::{Expiry, Export, Owner, Storage, Table};

use crate::store;

/// The table of this part, for the program's list of parts.
pub const STORAGE: Storage = Storage {
    part: "limits",
    tables: &[Table {
        name: "limit_counts",
        holds: "how often somebody tried: keyed checksums of networks, addresses and members",
        kept: "until the quota is full again, 24 hours at most",
        // Rows are deleted in the order of keys, not of moments: see `delete_expired`.
        expiry: Expiry::OwnRule,
        sealed: &[],
        owner: Owner::Nobody,
        export: Export::Omitted("checksums, for minutes or hours"),
    }],
    statements: &[store::STATEMENTS],
    per_dialect: |dialect| vec![store::insert(dialect)],
};
