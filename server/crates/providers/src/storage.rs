//! What this part declares of its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, Resealing, SealedColumn, Storage, Table};

use crate::store::{self, answers};
use crate::transaction;

/// What the program has to know of the tables of this part.
pub const STORAGE: Storage = Storage {
    part: "providers",
    tables: &[
        Table {
            name: "login_transactions",
            holds: "login transactions: hash of `state`, PKCE verifier and nonce **sealed**, the network as a keyed checksum; to \
                link a provider also the member and session",
            kept: "10 minutes, single use",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[SealedColumn::by_id("sealed", transaction::PURPOSE)],
            owner: Owner::Stays { columns: &["link_member"], why: "stays its 10 minutes" },
            export: Export::Omitted("gone in no time"),
        },
        Table {
            name: "answered_callbacks",
            holds: "answers to a callback, or a code after it, that the same browser may send again, **sealed**, since a session's secret is in it \
                ([why](decisions/40-single-use-steps-can-be-repeated-by-their-browser.md))",
            kept: "20 seconds",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[SealedColumn {
                name: "answer",
                resealing: Resealing::Omitted("rows are over long before an older master key can go"),
            }],
            owner: Owner::Nobody,
            export: Export::Omitted("gone in no time"),
        },
    ],
    statements: &[store::STATEMENTS, answers::STATEMENTS],
    per_dialect: |_| Vec::new(),
};
