//! Accounts that an operator disables, and enables again.

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use names::{MailNotice, MemberId, Operation};
use tokens::EndReason;

use crate::context::Context;
use crate::email::contact::Notices;
use crate::factor_reset::stop_waiting::stop_waiting;
use crate::failure::Failure;
use crate::model::mail_template::MailTemplate;
use crate::model::member::MemberStatus;
use crate::model::store::members;
use crate::revocation::Revocation;
use crate::roles::MemberRoles;

/// Why an account is as it was.
#[derive(Debug, thiserror::Error)]
pub enum StatusChangeError {
    /// There is no such member.
    #[error("there is no such member")]
    NoMember,
    /// The account goes when its grace is over, and nobody is signed in to it.
    #[error("the account is to be deleted; its owner asked for that, and is signed out")]
    Deleting,
    /// Nobody can sign in to it, and so nobody could keep it.
    #[error("the account is disabled; enable it first")]
    Disabled,
    /// Nobody else could administer.
    #[error(
        "this is the last administrator; give ROLE_ADMIN to somebody else first, or use the command line"
    )]
    LastAdministrator,
    /// The database or the token service refuses.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<DbError> for StatusChangeError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

/// Disables accounts and enables them again. Cheap to clone.
#[derive(Clone)]
pub struct AccountStatus {
    context: Context,
    revocation: Revocation,
    notices: Notices,
    roles: MemberRoles,
}

impl AccountStatus {
    /// Ends what is open with `revocation`, and tells members with `notices`.
    pub const fn new(context: Context, revocation: Revocation, notices: Notices, roles: MemberRoles) -> Self {
        Self { context, revocation, notices, roles }
    }

    /// Disables an account: nobody signs in to it any more, and all its sessions, tokens and links in mails end, on every replica
    /// within a second. `false` when it was disabled before.
    ///
    /// # Errors
    /// [`StatusChangeError`]; then nothing was changed.
    pub async fn disable(&self, member: MemberId, operation: &Operation) -> Result<bool, StatusChangeError> {
        let disable = async |mut tx: LentTransaction| {
            let event = AuditEvent::operated(AuditKind::AccountDisabled, operation);
            if !operation.is_at_the_command_line()
                // Who cannot sign in administers no more already: nothing is to change.
                && members::hold(&mut tx, member).await?
                && self.roles.is_last_administrator(&mut tx, member).await?
            {
                let refused = event.failed("last_administrator").about(member.uuid());
                self.context.audit.record(&mut tx, &refused).await?;
                return Ok(tx.commit(Err(StatusChangeError::LastAdministrator)));
            }
            let (from, to) = (MemberStatus::Active, MemberStatus::Disabled);
            if !members::set_status(&mut tx, member, from, to, self.context.clock.now()).await? {
                let found = members::find(&mut tx, member).await?;
                return Ok(tx.roll_back(unchanged(found.map(|member| member.status))));
            }
            // Before it ends what the mails lead to: this one leads nowhere.
            self.tell(&mut tx, member, MailNotice::AccountDisabled).await?;
            self.revocation.end_everything(&mut tx, member, EndReason::Disabled).await?;
            // Nobody could stop it by a sign-in meanwhile.
            stop_waiting(&self.context, &self.notices, &mut tx, member, &operation.source).await?;
            self.context.audit.record(&mut tx, &event.about(member.uuid())).await?;
            Ok::<_, StatusChangeError>(tx.commit(Ok(true)))
        };
        let disabled = self.context.db.transact(disable).await??;
        if disabled {
            self.revocation.know_at_once().await;
        }
        Ok(disabled)
    }

    /// Lets the members of a disabled account sign in again. `false` when it was not disabled.
    ///
    /// # Errors
    /// [`StatusChangeError`]; then nothing was changed.
    pub async fn enable(&self, member: MemberId, operation: &Operation) -> Result<bool, StatusChangeError> {
        let enable = async |mut tx: LentTransaction| {
            let (from, to) = (MemberStatus::Disabled, MemberStatus::Active);
            if !members::set_status(&mut tx, member, from, to, self.context.clock.now()).await? {
                members::find(&mut tx, member).await?.ok_or(StatusChangeError::NoMember)?;
                return Ok(tx.roll_back(false));
            }
            self.tell(&mut tx, member, MailNotice::AccountEnabled).await?;
            let event = AuditEvent::operated(AuditKind::AccountEnabled, operation);
            self.context.audit.record(&mut tx, &event.about(member.uuid())).await?;
            Ok::<_, StatusChangeError>(tx.commit(true))
        };
        self.context.db.transact(enable).await
    }

    async fn tell(&self, tx: &mut Transaction, member: MemberId, notice: MailNotice) -> Result<(), DbError> {
        self.notices.tell_owner_of(tx, member, MailTemplate::Notice(notice), self.notices.language).await
    }
}

/// What an account says that could not be disabled.
fn unchanged(status: Option<MemberStatus>) -> Result<bool, StatusChangeError> {
    match status {
        None => Err(StatusChangeError::NoMember),
        Some(MemberStatus::Deleting) => Err(StatusChangeError::Deleting),
        // Active now: somebody enabled it in this moment, which is not undone.
        Some(MemberStatus::Disabled | MemberStatus::Active) => Ok(false),
    }
}

/// Shows no member.
impl std::fmt::Debug for AccountStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountStatus")
    }
}
