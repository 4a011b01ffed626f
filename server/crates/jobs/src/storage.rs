//! What this part declares about its table.

use db::{Expiry, ExpiryColumn, Export, Owner, SealedColumn, Storage, Table};

use crate::store;

/// The table of this part, for the program's list of parts. Each [kind of job](crate::JobKind) says what its rows hold.
pub const STORAGE: Storage = Storage {
    part: "jobs",
    tables: &[Table {
        name: "jobs",
        holds: "work that is done later, by kind as below: whom it concerns, what is to be done, and what of it is secret, **sealed**",
        kept: "by kind, as below",
        expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
        sealed: &[SealedColumn::by_own_rule("sealed")],
        owner: Owner::Stays { columns: &["owner"], why: "by kind, as below" },
        export: Export::Section("unlinks_awaited"),
    }],
    statements: &[store::STATEMENTS],
    per_dialect: |_| Vec::new(),
};
