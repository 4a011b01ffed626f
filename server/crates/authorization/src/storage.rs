//! What this part declares of its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::store::{codes, requests};

/// What the program has to know of the tables of this part.
pub const STORAGE: Storage = Storage {
    part: "authorization",
    tables: &[
        Table {
            name: "authorization_requests",
            holds: "what apps asked for while the person signs in, under the **hash** of a random id",
            kept: "one hour",
            expiry: Expiry::Column(ExpiryColumn::new("id_hash", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about no member yet"),
        },
        Table {
            name: "authorization_codes",
            holds: "**hashes** of authorization codes: client, redirect URI, PKCE challenge, member, session, scopes",
            kept: "one hour; redeemable for 60 seconds",
            expiry: Expiry::Column(ExpiryColumn::new("code_hash", "expires_at")),
            sealed: &[],
            owner: Owner::Column("subject"),
            export: Export::Omitted("gone within an hour"),
        },
    ],
    statements: &[codes::STATEMENTS, requests::STATEMENTS],
    per_dialect: |_| Vec::new(),
};
