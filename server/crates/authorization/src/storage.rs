//! What this part declares of its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::store::{clients, codes, consents, device_codes, pushed, requests, session_clients, used_ids};

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
        Table {
            name: "consents",
            holds: "what members agreed that apps may do: the member, the client, the scopes, first and last use",
            kept: "until withdrawn, or one year without use",
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "expires_at")),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("connected_apps"),
        },
        Table {
            name: "session_clients",
            holds: "which apps a member is signed in to from which session, so that they are told of its end",
            kept: "until the longest grant of the app from that session ends",
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "expires_at")),
            sealed: &[],
            owner: Owner::Column("subject"),
            export: Export::Omitted("ids, for as long as a grant lasts"),
        },
        Table {
            name: "authorization_used_ids",
            holds: "**hashes** of what may come once, such as proofs of possession and what clients sign to show who they are",
            kept: "until it would not be taken any more anyway, some minutes",
            expiry: Expiry::Column(ExpiryColumn::new("id_hash", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about clients"),
        },
        Table {
            name: "pushed_requests",
            holds: "what apps want to ask for, before the person comes, under the **hash** of a random id",
            kept: "60 seconds",
            expiry: Expiry::Column(ExpiryColumn::new("id_hash", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about no member yet"),
        },
        Table {
            name: "registered_clients",
            holds: "the clients that operators added, or that registered themselves: what `[[clients]]` would have, without secrets",
            kept: "until an operator removes the client; one that registered itself, 90 days without use",
            expiry: Expiry::OwnRule,
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about clients"),
        },
        Table {
            name: "client_secrets",
            holds: "**hashes** of the secrets of those clients",
            kept: "until the client goes, or a week after another secret has taken its place",
            expiry: Expiry::Column(ExpiryColumn::new("secret_hash", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about clients"),
        },
        Table {
            name: "device_codes",
            holds: "what devices without a browser ask for, under **hashes** of both their codes, and who allowed it",
            kept: "one hour; redeemable for ten minutes",
            expiry: Expiry::Column(ExpiryColumn::new("device_hash", "expires_at")),
            sealed: &[],
            owner: Owner::Column("subject"),
            export: Export::Omitted("gone within an hour"),
        },
    ],
    statements: &[
        device_codes::STATEMENTS,
        clients::STATEMENTS,
        codes::STATEMENTS,
        consents::STATEMENTS,
        pushed::STATEMENTS,
        requests::STATEMENTS,
        session_clients::STATEMENTS,
        used_ids::STATEMENTS,
    ],
    per_dialect: |_| Vec::new(),
};
