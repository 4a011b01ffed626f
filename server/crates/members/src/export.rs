//! `GET /api/users/me/export`: everything that this part knows of the caller, as one JSON file. They are told by mail: if
//! it was not them, somebody has it all.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use serde::Serialize;

use crate::caller::ChangingCaller;
use crate::me::{OwnProfile, active, own_profile};
use crate::store::identities::Identity;
use crate::store::{self, accounts, deletions, identities};
use crate::{AccountError, Accounts, AuditKind, Letter, MemberId, MembersApi, Outcome, Visitor, answer};

/// So many lines of the audit log, the newest.
const MOST_LINES: u32 = 5_000;

/// The file.
#[derive(Serialize)]
pub(crate) struct Export {
    exported_at: String,
    profile: OwnProfile,
    identities: Vec<ExportedIdentity>,
    password: Option<ExportedPassword>,
    audit: Vec<ExportedLine>,
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

#[derive(Serialize)]
struct ExportedPassword {
    email: String,
    changed_at: String,
}

#[derive(Serialize)]
struct ExportedLine {
    at: String,
    kind: String,
    outcome: String,
    reason: String,
    provider: String,
    network: String,
    user_agent: String,
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

impl From<deletions::AuditLine> for ExportedLine {
    fn from(line: deletions::AuditLine) -> Self {
        let deletions::AuditLine { at, kind, outcome, reason, provider, network, user_agent } = line;
        Self { at: at.to_string(), kind, outcome, reason, provider, network, user_agent }
    }
}

impl Accounts {
    async fn export(&self, member: MemberId, visitor: &Visitor) -> Result<Export, AccountError> {
        self.limits.change_by(member).await?;
        let mut tx = self.db.begin().await?;
        active(store::find(&mut tx, member).await?)?;
        self.note(&mut tx, (AuditKind::DataExport, Outcome::Success), Some(member), visitor).await?;
        self.tell_owner_of(&mut tx, member, Letter::DataExported, visitor.language).await?;
        tx.commit().await?;
        let profile = own_profile(&self.db, member).await?;
        let mut reader = self.db.read().await?;
        let linked = identities::of_member(&mut reader, member).await?;
        let account = accounts::find_by_member(&mut reader, member).await?;
        let audit = deletions::audit_of(&mut reader, member, MOST_LINES).await?;
        Ok(Export {
            exported_at: self.clock.now().to_string(),
            profile,
            identities: linked.into_iter().map(Into::into).collect(),
            password: account.map(|account| ExportedPassword {
                email: account.email.as_str().to_owned(),
                changed_at: account.changed_at.to_string(),
            }),
            audit: audit.into_iter().map(Into::into).collect(),
        })
    }
}

/// Gives it out, with its own line in the audit log. A program must be allowed more than to read a profile.
pub(crate) async fn get(
    State(api): State<MembersApi>,
    visitor: Visitor,
    ChangingCaller(caller): ChangingCaller,
) -> Result<Response, AccountError> {
    let export = api.accounts.export(caller.member, &visitor).await?;
    let headers =
        [(CACHE_CONTROL, "no-store"), (CONTENT_DISPOSITION, "attachment; filename=\"daemun.json\"")];
    Ok((headers, answer::json(StatusCode::OK, export)).into_response())
}
