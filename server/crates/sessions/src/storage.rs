//! What this part declares of its table.

use db::{Expiry, ExpiryColumn, Export, Owner, SealedColumn, Storage, Table};

use crate::store;

/// What the program has to know of the table of this part.
pub const STORAGE: Storage = Storage {
    part: "sessions",
    tables: &[Table {
        name: "sessions",
        holds: "sessions: the **hash** of the cookie and of the one that it replaced, the member, provider, device text, network \
            (not the full address), and the newest refresh token, **sealed**",
        kept: "14 days without use, 30 days in all (`[session]`)",
        expiry: Expiry::Column(ExpiryColumn::new("id", "ends_at")),
        sealed: &[SealedColumn::by_id("refresh_sealed", store::PURPOSE)],
        owner: Owner::Cascades("member_id"),
        export: Export::Section("sessions"),
    }],
    statements: &[store::STATEMENTS],
    per_dialect: |_| Vec::new(),
};
