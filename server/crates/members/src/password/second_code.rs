//! A second factor that is shown beside the mail for a new password. The mail alone may be read by somebody who has nothing but the
//! mailbox; who shows more keeps their passkeys.

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use names::MemberId;
use web::RequestContext;

use crate::context::Context;
use crate::factor_reset::stop_waiting::stop_waiting;
use crate::failure::Failure;
use crate::reason::Limited;
use crate::totp::codes::OneTimeCodes;
use crate::totp::store::seeds;

/// What somebody typed beside their new password: a one-time code or a recovery code.
pub struct SecondShown(Box<str>);

impl SecondShown {
    /// What was typed, if something was.
    pub fn read(typed: Option<&str>) -> Option<Self> {
        let typed = typed?.trim();
        (!typed.is_empty()).then(|| Self(typed.into()))
    }
}

/// Looks at it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SecondFactors {
    pub(crate) context: Context,
    pub(crate) codes: OneTimeCodes,
}

impl SecondFactors {
    /// Counts a try, before it is looked at, as at the second step of a sign-in.
    pub(crate) async fn count_try(
        &self,
        member: MemberId,
        second: Option<&SecondShown>,
    ) -> Result<(), Limited> {
        if second.is_some() { self.codes.count_try(member).await } else { Ok(()) }
    }

    /// Spends it with the mail: whether it was right. Who shows one has it, whatever an operator was told.
    pub(crate) async fn spend(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        SecondShown(typed): &SecondShown,
        request: &RequestContext,
    ) -> Result<bool, Failure> {
        let is_right = self.codes.spend(tx, member, typed, request).await?.is_some();
        if is_right {
            stop_waiting(&self.context, &self.codes.notices, tx, member, &request.source).await?;
        }
        Ok(is_right)
    }

    /// Counts and records that it was wrong.
    pub(crate) async fn note_wrong(&self, member: MemberId, request: &RequestContext) -> Result<(), DbError> {
        let failed = AuditEvent::new(AuditKind::PasswordReset, &request.source).failed("wrong_code");
        let failed = failed.about(member.uuid());
        let note = async |mut tx: LentTransaction| {
            seeds::count_wrong(&mut tx, member).await?;
            self.context.audit.record_folded(&mut tx, &failed).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(note).await
    }
}
