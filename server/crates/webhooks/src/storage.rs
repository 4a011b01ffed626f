//! What this part declares about its table.

use std::time::Duration;

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::store;

/// How long an event is kept after it came from the bus, if it is not delivered.
pub(crate) const RETENTION: Duration = Duration::from_hours(24 * 30);
/// How long an event is kept after it was delivered, so that it can be replayed.
pub(crate) const DELIVERED_RETENTION: Duration = Duration::from_hours(24 * 7);

/// The table of this part, for the program's list of parts.
pub const STORAGE: Storage = Storage {
    part: "webhooks",
    tables: &[Table {
        name: "webhook_deliveries",
        holds: "events that wait for a receiver of webhooks, that it has, or that were given up; what it answered",
        kept: "7 days after it has them; 30 days otherwise",
        expiry: Expiry::Column(ExpiryColumn::new("rowid", "expires_at")),
        sealed: &[],
        owner: Owner::Column("event_key"),
        export: Export::Omitted("copies of what the export has, that wait to be sent or were a while ago"),
    }],
    statements: &[store::STATEMENTS],
    per_dialect: |_| Vec::new(),
};
