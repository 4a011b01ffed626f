//! What this part declares of its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, SealedColumn, Storage, Table};

use crate::store::{families, grants, live_families, retired_keys, revocations, signing_keys};

/// What the program has to know of the tables of this part.
pub const STORAGE: Storage = Storage {
    part: "tokens",
    tables: &[
        Table {
            name: "signing_keys",
            holds: "the keys that sign access tokens, **sealed**",
            kept: "until no token of theirs can be valid",
            // By the schedule of the keys, which has settings.
            expiry: Expiry::OwnRule,
            sealed: &[SealedColumn::by_own_rule("sealed")],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
        Table {
            name: "retired_keys",
            holds: "the public keys of signing keys that are gone, for ID tokens that clients send back as a hint",
            kept: "31 days after the key stopped signing",
            expiry: Expiry::Column(ExpiryColumn::new("kid", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
        Table {
            name: "refresh_families",
            holds: "token families: **hashes** of the refresh tokens; for the answer to a repeated request the newest one, **sealed**",
            kept: "30 days from sign-in, never prolonged (`[tokens]`)",
            expiry: Expiry::Column(ExpiryColumn::new("id", "idle_at")),
            sealed: &[SealedColumn::by_own_rule("successor")],
            owner: Owner::Column("subject"),
            export: Export::Section("apps"),
        },
        Table {
            name: "revocations",
            holds: "which access tokens are no longer good: ids of members, sessions and token families",
            kept: "until the last token that it concerns has expired",
            expiry: Expiry::Column(ExpiryColumn::new("number", "expires_at")),
            sealed: &[],
            owner: Owner::Stays {
                columns: &["target"],
                why: "stays its time, or the member's last tokens would be good again",
            },
            export: Export::Omitted("ids, for minutes"),
        },
    ],
    statements: &[
        signing_keys::STATEMENTS,
        retired_keys::STATEMENTS,
        families::STATEMENTS,
        live_families::STATEMENTS,
        grants::STATEMENTS,
        revocations::STATEMENTS,
    ],
    per_dialect: |_| Vec::new(),
};
