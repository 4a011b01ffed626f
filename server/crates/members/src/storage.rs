//! What this part declares of its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, SealedColumn, Storage, Table};

use crate::directory::store::search;
use crate::email::store::{former_mailboxes, mail_tokens};
use crate::factor_reset::store::factor_resets;
use crate::identities::store::{identities, provider_picture};
use crate::lifecycle::store::{deletions, sign_ups};
use crate::model::store::members;
use crate::passkeys::store::{answers, ceremonies, passkeys};
use crate::password::store::local_accounts;
use crate::profile::store::pictures;
use crate::roles::store::member_roles;
use crate::store::answered_forms;
use crate::totp::store::{account_codes, recovery_codes, seeds, setups};

const WITH_THE_MEMBER: &str = "goes with the member";

/// What the program has to know of the tables of this part.
pub const STORAGE: Storage = Storage {
    part: "members",
    tables: &[
        Table {
            name: "members",
            holds: "members: nickname, greeting, picture address, e-mail as the provider gave it",
            kept: "until erased, seven days after they asked for it",
            expiry: Expiry::Stays("goes when the member is erased"),
            sealed: &[],
            owner: Owner::Member("id"),
            export: Export::Section("profile"),
        },
        Table {
            name: "identities",
            holds: "who is who at which provider: `(provider, subject)`; the provider's refresh token **sealed**, to revoke the \
                grant there and for nothing else \
                ([why](decisions/23-provider-refresh-tokens-only-for-unlinking.md))",
            kept: "with the member",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[SealedColumn::by_id("grant_sealed", identities::PURPOSE)],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("identities"),
        },
        Table {
            name: "local_accounts",
            holds: "accounts by e-mail: the address, argon2id of the password, when it was used",
            kept: "with the member",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("password"),
        },
        Table {
            name: "passkeys",
            holds: "passkeys: the **public** key, what its browser calls it, its name, what keeps it, when it was used",
            kept: "with the member",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("passkeys"),
        },
        Table {
            name: "ceremonies",
            holds: "passkeys that browsers were asked for: the challenge **sealed**, the browser or the session",
            kept: "5 minutes",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[SealedColumn::by_id("sealed", ceremonies::PURPOSE)],
            owner: Owner::Column("member_id"),
            export: Export::Omitted("gone in no time"),
        },
        Table {
            name: "member_roles",
            holds: "who may do more than members: roles, and since when",
            kept: "until taken away",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("roles"),
        },
        Table {
            name: "member_pictures",
            holds: "pictures that members uploaded, re-encoded without their metadata",
            kept: "with the member",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("profile"),
        },
        Table {
            name: "totp_seeds",
            holds: "who uses one-time codes: the secret of their device, **sealed**, and which code was taken last",
            kept: "until they turn codes off",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[SealedColumn::by_id("seed_sealed", seeds::PURPOSE)],
            owner: Owner::Cascades("id"),
            export: Export::Section("one_time_codes"),
        },
        Table {
            name: "totp_setups",
            holds: "one-time codes that are being turned on, and new recovery codes, both **sealed**, while their owner looks at them",
            kept: "10 minutes",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[
                SealedColumn::by_id("seed_sealed", setups::SEED),
                SealedColumn::by_id("codes_sealed", setups::CODES),
            ],
            owner: Owner::Cascades("id"),
            export: Export::Omitted("gone in no time"),
        },
        Table {
            name: "recovery_keys",
            holds: "what a member's recovery codes are hashed with, **sealed**",
            kept: "with the codes",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[SealedColumn::by_id("key_sealed", recovery_codes::PURPOSE)],
            owner: Owner::Cascades("id"),
            export: Export::Omitted("a secret"),
        },
        Table {
            name: "recovery_codes",
            holds: "**keyed hashes** of recovery codes that were not used",
            kept: "until used or replaced",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("one_time_codes"),
        },
        Table {
            name: "account_codes",
            holds: "the account codes of members without an address",
            kept: "with the member",
            expiry: Expiry::Stays(WITH_THE_MEMBER),
            sealed: &[],
            owner: Owner::Cascades("id"),
            export: Export::Section("account_code"),
        },
        Table {
            name: "factor_resets",
            holds: "orders of operators that a member's second factors go, with the reason that they wrote; the **hash** of what stops it",
            kept: "400 days from when it was due",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("factor_resets"),
        },
        Table {
            name: "former_mailboxes",
            holds: "addresses that were a member's until a while ago, which are told what must not be done to the account unnoticed",
            kept: "30 days",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Section("former_mailboxes"),
        },
        Table {
            name: "pending_sign_ups",
            holds: "sign-ups whose mailbox is not proven: the address, the nickname, argon2id of the password",
            kept: "24 hours",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about no member yet"),
        },
        Table {
            name: "mail_tokens",
            holds: "**hashes** of the tokens and codes in mails, and the address that is to be proven",
            kept: "24 hours; 30 minutes for a new password",
            expiry: Expiry::Column(ExpiryColumn::new("token_hash", "expires_at")),
            sealed: &[],
            owner: Owner::Column("owner_id"),
            export: Export::Section("proofs_awaited"),
        },
        Table {
            name: "answered_forms",
            holds: "which forms did something, so that the same browser may send one again \
                ([why](decisions/40-single-use-steps-can-be-repeated-by-their-browser.md))",
            kept: "20 seconds",
            expiry: Expiry::Column(ExpiryColumn::new("fingerprint", "expires_at")),
            sealed: &[],
            owner: Owner::Cascades("member_id"),
            export: Export::Omitted("gone in no time"),
        },
    ],
    statements: &[
        members::STATEMENTS,
        search::STATEMENTS,
        member_roles::STATEMENTS,
        local_accounts::STATEMENTS,
        answered_forms::STATEMENTS,
        deletions::STATEMENTS,
        identities::STATEMENTS,
        provider_picture::STATEMENTS,
        mail_tokens::STATEMENTS,
        former_mailboxes::STATEMENTS,
        passkeys::STATEMENTS,
        ceremonies::STATEMENTS,
        answers::STATEMENTS,
        pictures::STATEMENTS,
        sign_ups::STATEMENTS,
        seeds::STATEMENTS,
        setups::STATEMENTS,
        recovery_codes::STATEMENTS,
        account_codes::STATEMENTS,
        factor_resets::STATEMENTS,
    ],
    per_dialect: |dialect| vec![members::hold_and_find_statement(dialect)],
};
