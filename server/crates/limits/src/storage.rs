//! What this part declares about its table.

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::{refused_store, store};

/// The table of this part, for the program's list of parts.
pub const STORAGE: Storage = Storage {
    part: "limits",
    tables: &[
        Table {
            name: "limit_counts",
            holds: "how often somebody tried: keyed checksums of networks, addresses and members",
            kept: "until the quota is full again, 24 hours at most",
            // Rows are deleted in the order of keys, not of moments: see `delete_expired`.
            expiry: Expiry::OwnRule,
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("checksums, for minutes or hours"),
        },
        Table {
            name: "limit_refusals",
            holds: "for each replica, whom it refused lately, for operators: addresses and networks masked, ids of members and clients whole",
            kept: "an hour after the last refusal",
            expiry: Expiry::Column(ExpiryColumn::new("replica", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("of all who were refused together, for an hour"),
        },
    ],
    statements: &[store::STATEMENTS, refused_store::STATEMENTS],
    per_dialect: |dialect| vec![store::insert(dialect)],
};
