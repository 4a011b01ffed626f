//! The second code: a one-time code or a recovery code beside the mail for a new password. The mail alone may be read by somebody who
//! has nothing but the mailbox; a member who enters a code as well keeps their passkeys.

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

/// A one-time code or a recovery code, as somebody typed it beside their new password.
pub struct SecondCode(Box<str>);

impl SecondCode {
    /// Reads the field of the form; `None` if it was left empty.
    pub fn read(typed: Option<&str>) -> Option<Self> {
        let typed = typed?.trim();
        (!typed.is_empty()).then(|| Self(typed.into()))
    }
}

/// Checks second codes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SecondCodes {
    pub(crate) context: Context,
    pub(crate) codes: OneTimeCodes,
}

impl SecondCodes {
    /// Counts a try, before it is looked at, as at the second step of a sign-in.
    pub(crate) async fn count_try(
        &self,
        member: MemberId,
        second: Option<&SecondCode>,
    ) -> Result<(), Limited> {
        if second.is_some() { self.codes.count_try(member).await } else { Ok(()) }
    }

    /// Spends a code with the mail, and returns whether it was right. A reset of factors that waits is cancelled then: the member
    /// still has one.
    pub(crate) async fn spend(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        SecondCode(typed): &SecondCode,
        request: &RequestContext,
    ) -> Result<bool, Failure> {
        let is_right = self.codes.spend(tx, member, typed, request).await?.is_some();
        if is_right {
            stop_waiting(&self.context, &self.codes.notices, tx, member, &request.source).await?;
        }
        Ok(is_right)
    }

    /// Counts and records a wrong code.
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
