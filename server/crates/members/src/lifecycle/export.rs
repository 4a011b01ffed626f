//! `GET /api/users/me/export`: everything that is stored about the caller, as one JSON file. They are told by mail: if it
//! was not them, somebody has it all.
//!
//! What other parts keep comes through [`Elsewhere`]; what may be very much of it is read while the file is sent. Left out is what nobody can read or what is gone in no time: secrets
//! and their hashes; columns that serve the program alone, such as a count of wrong passwords; the bytes of the picture,
//! which are at its address; logins on their way to a provider (ten minutes); revocations and counts of tries (ids and
//! checksums, minutes to hours); and copies of what is here that wait to be dealt with or were a while ago, which are
//! requests that were answered first, mails in the queue, and account events in the outbox, the bus and its dead letters.

use std::sync::Arc;

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use names::{MailNotice, MemberId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use web::endpoint_error;
use web::guard::Fresh;
use web::{RequestContext, Streamed};

use crate::caller::Caller;
use crate::context::Context;
use crate::elsewhere::{Elsewhere, Sections};
use crate::email::contact::Notices;
use crate::email::store::{former_mailboxes, mail_tokens};
use crate::factor_reset::store::factor_resets::{self, OwnReset};
use crate::failure::Failure;
use crate::identities::store::identities;
use crate::identities::store::identities::Identity;
use crate::identities::unlink_job;
use crate::lifecycle::exported_log::log_of;
use crate::limits::Limits;
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::passkeys::passkey::Passkey;
use crate::passkeys::store::passkeys;
use crate::password::store::local_accounts;
use crate::profile::me::{OwnProfile, OwnProfileError, active, own_profile};
use crate::reason::{Limited, NotSignedIn};
use crate::roles::store::member_roles;
use crate::totp::store::{account_codes, recovery_codes, seeds};

/// The content of a member's export, to which other parts add their sections.
#[derive(Serialize)]
pub(crate) struct Export {
    exported_at: String,
    profile: OwnProfile,
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
    #[serde(flatten)]
    elsewhere: Map<String, Value>,
}

/// Each part names what it keeps, so the fields are not listed here.
impl PartialSchema for Export {
    fn schema() -> RefOr<Schema> {
        let text = "The member's data: one list or object for each part that keeps some.";
        ObjectBuilder::new().description(Some(text)).into()
    }
}

impl ToSchema for Export {}

#[derive(Serialize)]
struct ExportedIdentity {
    provider: &'static str,
    subject: String,
    email: Option<String>,
    email_verified: bool,
    linked_at: String,
    last_sign_in_at: String,
}

#[derive(Serialize)]
struct ExportedPassword {
    email: String,
    /// `null` where there is an address and no password.
    changed_at: Option<String>,
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

#[derive(Serialize)]
struct ExportedReset {
    reason: String,
    ordered_at: String,
    due_at: String,
    waits: bool,
}

impl From<OwnReset> for ExportedReset {
    fn from(reset: OwnReset) -> Self {
        Self {
            reason: reset.reason,
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

endpoint_error! {
    /// Why a member does not get what is stored about them.
    pub(crate) enum ExportError {
        NotSignedIn(NotSignedIn);
        Profile(OwnProfileError);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

/// Gives members what is stored about them. Cheap to clone.
#[derive(Clone)]
pub struct Exports {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) notices: Notices,
}

impl Exports {
    async fn export(
        &self,
        member: MemberId,
        elsewhere: &dyn Elsewhere,
        context: &RequestContext,
    ) -> Result<Streamed<Export, DbError>, ExportError> {
        self.limits.change_by(member).await?;
        let note = async |mut tx: LentTransaction| {
            active(members::find(&mut tx, member).await?)?;
            self.context.record(&mut tx, AuditKind::DataExport, member, context).await?;
            self.notices
                .tell_owner_of(
                    &mut tx,
                    member,
                    MailTemplate::Notice(MailNotice::DataExported),
                    context.language,
                )
                .await?;
            Ok::<_, ExportError>(tx.commit(()))
        };
        self.context.db.transact(note).await?;
        let profile = own_profile(&self.context.db, member).await?;
        let mut reader = self.context.db.read().await?;
        let linked = identities::of_member(&mut reader, member).await?;
        let account = local_accounts::find_by_member(&mut reader, member).await?;
        let codes = seeds::find(&mut reader, member).await?;
        let recovery_codes_left = recovery_codes::count(&mut reader, member).await?;
        let passkeys = passkeys::of_member(&mut reader, member).await?;
        let account_code = account_codes::of_member(&mut reader, member).await?;
        let roles = member_roles::of_member(&mut reader, member).await?;
        let resets = factor_resets::of_member(&mut reader, member).await?;
        let former = former_mailboxes::all(&mut reader, member).await?;
        let proofs = mail_tokens::of_owner(&mut reader, &member.to_string()).await?;
        let unlinks = unlink_job::of_member(&mut reader, member).await?;
        let networks = self.context.audit.exported_networks(&mut reader, member.uuid()).await?;
        drop(reader);
        let Sections { short, mut long } = elsewhere.about(member, &networks).await?;
        long.insert(0, ("audit", log_of(self.context.audit.clone(), member)));
        let export = Export {
            exported_at: self.context.clock.now().to_string(),
            profile,
            identities: linked.into_iter().map(Into::into).collect(),
            password: account.map(|account| ExportedPassword {
                email: account.email.as_str().to_owned(),
                changed_at: account.has_password().then(|| account.changed_at.to_string()),
            }),
            one_time_codes: codes.map(|codes| ExportedCodes {
                since: codes.enabled_at.to_string(),
                asked_for_after_providers: codes.after_providers,
                recovery_codes_left,
            }),
            passkeys: passkeys.into_iter().map(Into::into).collect(),
            roles: roles
                .into_iter()
                .map(|given| ExportedRole { role: given.role.to_string(), since: given.given_at.to_string() })
                .collect(),
            account_code: account_code.map(|code| code.to_string()),
            factor_resets: resets.into_iter().map(Into::into).collect(),
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
            unlinks_awaited: unlinks
                .into_iter()
                .map(|unlink| ExportedUnlink {
                    provider: unlink.provider.as_str(),
                    subject: unlink.subject.as_str().to_owned(),
                    since: unlink.since.to_string(),
                })
                .collect(),
            elsewhere: short,
        };
        Ok(Streamed::new(export, long))
    }
}

/// Returns the file, and records that in the audit log. A program needs more than the scope to read a profile.
pub(crate) async fn get(
    Fresh { caller, .. }: Fresh<Caller>,
    State(exports): State<Exports>,
    State(elsewhere): State<Arc<dyn Elsewhere>>,
    context: RequestContext,
) -> Result<Streamed<Export, DbError>, ExportError> {
    let export = exports.export(caller.member, &*elsewhere, &context).await?;
    let file = HeaderValue::from_static("attachment; filename=\"daemun.json\"");
    Ok(export
        .with_header(CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .with_header(CONTENT_DISPOSITION, file))
}
