//! What this part declares of its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::operations::long_work::store as long_works;
use crate::store::{access_log, invitations};

/// What the program has to know of the tables of this part.
pub const STORAGE: Storage = Storage {
    part: "admin",
    tables: &[
        Table {
            name: "admin_invitations",
            holds: "**hashes** of the links that make administrators, and why they were made",
            kept: "an hour, or until used",
            expiry: Expiry::Column(ExpiryColumn::new("token_hash", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
        Table {
            name: "access_log",
            holds: "which operator saw what of whom: the operator's id and **address**, when, what, the id of the member whom it is about, and the reason \
            they gave",
            kept: "730 days (`[admin]`), [also after a member is erased](decisions/79-who-saw-whose-data-is-kept.md)",
            // For as long as the setting says.
            expiry: Expiry::OwnRule,
            sealed: &[],
            owner: Owner::Stays {
                columns: &["member_id", "operator_id"],
                why: "who saw what of an account must be told also when that is gone; its id leads to nobody then",
            },
            export: Export::Section("seen_by_operators"),
        },
        Table {
            name: "long_works",
            holds: "work of operators that takes long: what it is, and how far",
            kept: "30 days",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
    ],
    statements: &[access_log::STATEMENTS, invitations::STATEMENTS, long_works::STATEMENTS],
    per_dialect: |dialect| vec![access_log::delete_statement(dialect)],
};
