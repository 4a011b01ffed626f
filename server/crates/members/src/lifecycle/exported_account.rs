//! What accounts themselves store about a member, as the [export](crate::lifecycle::export) has it.

use db::{Connection, DbError};
use names::MemberId;
use serde::Serialize;

use crate::email::store::{former_mailboxes, mail_tokens};
use crate::factor_reset::store::factor_resets::{self, OwnReset};
use crate::identities::store::identities::{self, Identity};
use crate::identities::unlink_job::{self, UnlinkJob};
use crate::passkeys::passkey::Passkey;
use crate::passkeys::store::passkeys;
use crate::password::store::local_accounts::{self, LocalAccount};
use crate::roles::store::member_roles::{self, GivenRole};
use crate::totp::store::{account_codes, recovery_codes, seeds};

/// What the tables of accounts have about a member, beside their profile.
#[derive(Serialize)]
pub(crate) struct ExportedAccount {
    identities: Vec<ExportedIdentity>,
    password: Option<ExportedPassword>,
    one_time_codes: Option<ExportedCodes>,
    passkeys: Vec<ExportedPasskey>,
    /// Beside everybody's.
    roles: Vec<ExportedRole>,
    /// By what they name their account beside a recovery code, if they have no address.
    account_code: Option<String>,
    /// What operators ordered for them.
    factor_resets: Vec<ExportedReset>,
    /// Addresses that were theirs until a while ago.
    former_mailboxes: Vec<ExportedAddress>,
    /// Mails that wait for their proof.
    proofs_awaited: Vec<ExportedProof>,
    /// Grants that the provider is still to be told of.
    unlinks_awaited: Vec<ExportedUnlink>,
}

impl ExportedAccount {
    /// Reads all of it.
    pub(crate) async fn read(connection: &mut Connection, member: MemberId) -> Result<Self, DbError> {
        let linked = identities::of_member(connection, member).await?;
        let account = local_accounts::find_by_member(connection, member).await?;
        let codes = seeds::find(connection, member).await?;
        let recovery_codes_left = recovery_codes::count(connection, member).await?;
        let passkeys = passkeys::of_member(connection, member).await?;
        let account_code = account_codes::of_member(connection, member).await?;
        let roles = member_roles::of_member(connection, member).await?;
        let resets = factor_resets::of_member(connection, member).await?;
        let former = former_mailboxes::all(connection, member).await?;
        let proofs = mail_tokens::of_owner(connection, &member.to_string()).await?;
        let unlinks = unlink_job::of_member(connection, member).await?;
        Ok(Self {
            identities: exported(linked),
            password: account.map(Into::into),
            one_time_codes: codes.map(|codes| ExportedCodes {
                since: codes.enabled_at.to_string(),
                asked_for_after_providers: codes.after_providers,
                recovery_codes_left,
            }),
            passkeys: exported(passkeys),
            roles: exported(roles),
            account_code: account_code.map(|code| code.to_string()),
            factor_resets: exported(resets),
            former_mailboxes: former
                .into_iter()
                .map(|(address, until)| ExportedAddress { address, told_until: until.to_string() })
                .collect(),
            proofs_awaited: proofs
                .into_iter()
                .map(|(purpose, address, expires_at)| ExportedProof {
                    purpose,
                    address,
                    expires_at: expires_at.to_string(),
                })
                .collect(),
            unlinks_awaited: exported(unlinks),
        })
    }
}

/// Rows as the file has them.
fn exported<Row, Exported: From<Row>>(rows: Vec<Row>) -> Vec<Exported> {
    rows.into_iter().map(Exported::from).collect()
}

#[derive(Serialize)]
struct ExportedIdentity {
    provider: &'static str,
    subject: String,
    email: Option<String>,
    email_verified: bool,
    linked_at: String,
    last_sign_in_at: String,
}

impl From<Identity> for ExportedIdentity {
    fn from(identity: Identity) -> Self {
        Self {
            provider: identity.provider.as_str(),
            subject: identity.subject.as_str().to_owned(),
            email: identity.email,
            email_verified: identity.email_verified,
            linked_at: identity.created_at.to_string(),
            last_sign_in_at: identity.last_sign_in_at.to_string(),
        }
    }
}

#[derive(Serialize)]
struct ExportedPassword {
    email: String,
    /// `null` where there is an address and no password.
    changed_at: Option<String>,
    last_used_at: Option<String>,
}

impl From<LocalAccount> for ExportedPassword {
    fn from(account: LocalAccount) -> Self {
        Self {
            email: account.email.as_str().to_owned(),
            changed_at: account.has_password().then(|| account.changed_at.to_string()),
            last_used_at: account.last_used_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Serialize)]
struct ExportedCodes {
    since: String,
    asked_for_after_providers: bool,
    recovery_codes_left: u32,
}

#[derive(Serialize)]
struct ExportedPasskey {
    name: String,
    domain: String,
    keeper_model: String,
    added_at: String,
    last_used_at: Option<String>,
    synced: bool,
}

impl From<Passkey> for ExportedPasskey {
    fn from(passkey: Passkey) -> Self {
        Self {
            name: passkey.name,
            domain: passkey.rp_id,
            keeper_model: passkey.aaguid.to_string(),
            added_at: passkey.created_at.to_string(),
            last_used_at: passkey.last_used_at.map(|at| at.to_string()),
            synced: passkey.backed_up,
        }
    }
}

#[derive(Serialize)]
struct ExportedRole {
    role: String,
    since: String,
}

impl From<GivenRole> for ExportedRole {
    fn from(given: GivenRole) -> Self {
        Self { role: given.role.to_string(), since: given.given_at.to_string() }
    }
}

#[derive(Serialize)]
struct ExportedReset {
    ordered_at: String,
    due_at: String,
    waits: bool,
}

impl From<OwnReset> for ExportedReset {
    fn from(reset: OwnReset) -> Self {
        Self {
            ordered_at: reset.ordered_at.to_string(),
            due_at: reset.due_at.to_string(),
            waits: reset.waits,
        }
    }
}

#[derive(Serialize)]
struct ExportedAddress {
    address: String,
    told_until: String,
}

#[derive(Serialize)]
struct ExportedProof {
    purpose: String,
    address: String,
    expires_at: String,
}

#[derive(Serialize)]
struct ExportedUnlink {
    provider: &'static str,
    subject: String,
    since: String,
}

impl From<UnlinkJob> for ExportedUnlink {
    fn from(unlink: UnlinkJob) -> Self {
        Self {
            provider: unlink.provider.as_str(),
            subject: unlink.subject.as_str().to_owned(),
            since: unlink.since.to_string(),
        }
    }
}
