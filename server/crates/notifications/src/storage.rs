//! What this part declares about its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, SealedColumn, Storage, Table};

use crate::{mailbox, seen};

/// The tables of this part, for the program's list of parts.
pub const STORAGE: Storage = Storage {
    part: "notifications",
    tables: &[
        Table {
            name: "mailbox_mails",
            holds: "what would have been sent, **sealed**: only where `mail.transport` is `mailbox`",
            kept: "7 days",
            expiry: Expiry::Column(ExpiryColumn::new("id", "keep_until")),
            sealed: &[SealedColumn::by_own_rule("sealed")],
            owner: Owner::OwnRule {
                columns: &["recipient"],
                erasure: "deleted, as far as mails went to addresses that no other member has",
            },
            export: Export::Omitted("what it says is in the export already"),
        },
        Table {
            name: "seen_places",
            holds: "from which kinds of device and networks a member signed in, as keyed checksums",
            kept: "180 days after the last sign-in from there",
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "keep_until")),
            sealed: &[],
            owner: Owner::Column("member_id"),
            export: Export::Section("seen_places"),
        },
    ],
    statements: &[mailbox::STATEMENTS, seen::STATEMENTS],
    per_dialect: |_| Vec::new(),
};
