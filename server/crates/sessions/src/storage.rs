//! What this part declares of its table.

use std::time::Duration;

use db::{Expiry, ExpiryColumn, Export, Owner, SealedColumn, Storage, Table};

use crate::store;
use crate::store::{by_method, remembered_devices, second_steps};

/// What the program has to know of the table of this part.
pub const STORAGE: Storage = Storage {
    part: "sessions",
    tables: &[
        Table {
            name: "sessions",
            holds: "sessions: the **hash** of the cookie and of the one that it replaced, the member, provider, device text, network \
            (not the full address), and the newest refresh token, **sealed**",
            kept: "14 days without use, 30 days in all (`[session]`)",
            expiry: Expiry::Column(ExpiryColumn::new("id", "ends_at")),
            sealed: &[SealedColumn::by_id("refresh_sealed", store::PURPOSE)],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("sessions"),
        },
        Table {
            name: "second_steps",
            holds: "sign-ins that wait for a code: **hashes** of what the app or the browser presents, the member, the way back",
            kept: "5 minutes; an hour more for the way back alone",
            expiry: Expiry::Column(
                ExpiryColumn::new("challenge_hash", "expires_at").kept_for(Duration::from_hours(1)),
            ),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Omitted("gone in no time"),
        },
        Table {
            name: "remembered_devices",
            holds: "browsers in which no code is asked for: the **hash** of their cookie, device text, network (not the full address)",
            kept: "30 days (`[second_factor]`)",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("remembered_devices"),
        },
    ],
    statements: &[
        store::STATEMENTS,
        by_method::STATEMENTS,
        second_steps::STATEMENTS,
        remembered_devices::STATEMENTS,
    ],
    per_dialect: |_| Vec::new(),
};
