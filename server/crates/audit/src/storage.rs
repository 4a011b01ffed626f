//! What this part declares about its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::store::{find, hours, read, write};

/// The tables of this part, for the program's list of parts.
pub const STORAGE: Storage = Storage {
    part: "audit",
    tables: &[
        Table {
            name: "audit_events",
            holds: "security events: who (member, operator, client, system), what, when, about whom, with what sign-in method, from \
            what network (/24, /48), what the browser calls itself; which operator, and the reason they gave; repetitions by strangers as one row an hour",
            kept: "400 days, 30 for what nobody is known for (`[audit]`); \
            [changed and deleted](decisions/38-the-audit-table-is-not-append-only.md) by the program",
            // Rows about members and rows about strangers have different retentions, both settings.
            expiry: Expiry::OwnRule,
            sealed: &[],
            owner: Owner::OwnRule {
                columns: &["member_id", "operator_id"],
                erasure: "anonymous: that something happened and when remains, without whose it was, or which operator did it; and that an account with \
                this id was erased. What was refused before anybody was known is about nobody, and stays",
            },
            export: Export::Section("audit"),
        },
        Table {
            name: "audit_hours",
            holds: "how often each kind of security event happened in an hour, by sign-in method and outcome",
            kept: "90 days",
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
    ],
    statements: &[find::STATEMENTS, hours::STATEMENTS, read::STATEMENTS, write::STATEMENTS],
    per_dialect: |dialect| {
        vec![hours::add_statement(dialect), write::fold_statement(dialect), write::delete_statement(dialect)]
    },
};
