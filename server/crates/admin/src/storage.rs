//! What this part declares of its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::store::invitations;

/// What the program has to know of the tables of this part.
pub const STORAGE: Storage = Storage {
    part: "admin",
    tables: &[Table {
        name: "admin_invitations",
        holds: "**hashes** of the links that make administrators, and why they were made",
        kept: "an hour, or until used",
        expiry: Expiry::Column(ExpiryColumn::new("token_hash", "expires_at")),
        sealed: &[],
        owner: Owner::Nobody,
        export: Export::Omitted("about nobody"),
    }],
    statements: &[invitations::STATEMENTS],
    per_dialect: |_| Vec::new(),
};
