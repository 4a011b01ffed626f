//! What this part declares of its table.

use db::{Expiry, Export, Owner, Storage, Table};

use crate::store;

/// What the program has to know of the table of this part.
pub const STORAGE: Storage = Storage {
    part: "limits",
    tables: &[Table {
        name: "limit_counts",
        holds: "how often somebody tried: keyed checksums of networks, addresses and members",
        kept: "until the quota is full again, 24 hours at most",
        // By key rather than by moment: see `delete_expired`.
        expiry: Expiry::OwnRule,
        sealed: &[],
        owner: Owner::Nobody,
        export: Export::Omitted("checksums, for minutes or hours"),
    }],
    statements: &[store::STATEMENTS],
    per_dialect: |dialect| vec![store::insert(dialect)],
};
