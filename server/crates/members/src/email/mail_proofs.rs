//! Spends the token or code of a mail for all flows: the limit on tries, repeated forms, and the audit log.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{DbError, Transaction};
use names::MemberId;
use web::{Refuse, RequestContext};

use crate::limits::Limits;
use crate::reason::{BadProof, Limited};
use crate::repeat::{AnsweredForms, Sent};

/// Spends tokens and codes of mails. Cheap to clone.
#[derive(Clone)]
pub struct MailProofs {
    limits: Arc<Limits>,
    answered: AnsweredForms,
}

/// The use of a proof.
#[derive(Clone, Copy)]
pub(crate) struct Spending<'a> {
    pub(crate) sent: Sent<'a>,
    /// The kind in the audit log.
    pub(crate) what: AuditKind,
}

impl MailProofs {
    pub(crate) const fn new(limits: Arc<Limits>, answered: AnsweredForms) -> Self {
        Self { limits, answered }
    }

    /// Runs `work`, which spends the proof and fails with [`BadProof`] if it is not valid. In that case, the browser that spent the same
    /// proof a moment ago gets the result of `again` for its member; all others are refused, and the audit log records it.
    pub(crate) async fn spend<T, E>(
        &self,
        Spending { sent, what }: Spending<'_>,
        context: &RequestContext,
        work: impl Future<Output = Result<T, E>>,
        again: impl AsyncFnOnce(MemberId) -> Result<Option<T>, E>,
    ) -> Result<T, E>
    where
        E: Refuse + From<BadProof> + From<Limited> + From<DbError>,
    {
        self.limits.proof_from(context.network).await?;
        let result = work.await;
        // Each flow has its own error type, but the reason has the same code in all of them.
        let reason = BadProof.audit_reason();
        if result.as_ref().is_err_and(|error| error.audit_reason() == reason) {
            if let Some(member) = self.answered.find(sent, context).await?
                && let Some(done) = again(member).await?
            {
                return Ok(done);
            }
            // The member is not known.
            let refused = AuditEvent::new(what, &context.source).failed(reason);
            self.answered.context.audit.record_refusal(&refused).await?;
        }
        result
    }

    /// Remembers the form that spends a proof, in the same transaction, so that [`Self::spend`] recognizes it when it is sent again.
    pub(crate) async fn remember(
        &self,
        tx: &mut Transaction,
        sent: Sent<'_>,
        member: MemberId,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        self.answered.remember(tx, sent, member, context).await
    }
}
