//! Ends an order that waits: because its owner has shown a factor, at a sign-in or beside the mail for a new password, or because its
//! ground is gone. The account gets another address, so that its next mails go elsewhere; or nobody signs in to it for a while, so that
//! its owner could not show a factor. An operator can order again, and everybody is told again.

use audit::{AuditEvent, AuditKind};
use db::{DbError, Transaction};
use names::{MailNotice, MemberId, Source};

use crate::context::Context;
use crate::email::contact::Notices;
use crate::factor_reset::job_kind::FACTOR_RESET;
use crate::factor_reset::store::factor_resets::{self, WaitingReset};
use crate::model::mail_template::MailTemplate;

/// Ends what was ordered for a member, if something is. The caller's transaction holds their row, so that an order at the same moment comes
/// entirely before or entirely after.
pub(crate) async fn stop_waiting(
    context: &Context,
    notices: &Notices,
    tx: &mut Transaction,
    member: MemberId,
    source: &Source,
) -> Result<(), DbError> {
    if let Some(waiting) = factor_resets::find_waiting(tx, member).await? {
        stop(context, notices, tx, waiting, source).await?;
    }
    Ok(())
}

/// Ends an order; `false` when it has taken effect or was stopped at the same moment.
pub(crate) async fn stop(
    context: &Context,
    notices: &Notices,
    tx: &mut Transaction,
    waiting: WaitingReset,
    source: &Source,
) -> Result<bool, DbError> {
    if !factor_resets::end(tx, waiting.id).await? {
        return Ok(false);
    }
    jobs::cancel(tx, &FACTOR_RESET, &waiting.id.to_string()).await?;
    let notice = MailTemplate::Notice(MailNotice::FactorResetStopped);
    notices.tell_everywhere(tx, waiting.member, &notice, context.clock.now()).await?;
    let stopped = AuditEvent::new(AuditKind::FactorResetStopped, source).about(waiting.member.uuid());
    context.audit.record(tx, &stopped).await?;
    Ok(true)
}
