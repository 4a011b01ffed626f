//! Scheduling the deletion of an account for when its grace is over.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{DbError, Transaction};
use kernel::Timestamp;
use names::{MemberId, Operation};
use tokens::EndReason;
use web::RequestContext;

use crate::context::Context;
use crate::email::contact::{Notices, mailboxes_of};
use crate::email::mail_token::MailTokens;
use crate::factor_reset::stop_waiting::stop_waiting;
use crate::failure::Failure;
use crate::lifecycle::store::deletions;
use crate::model::mail_purpose::MailPurpose;
use crate::model::mail_template::{MailTemplate, Mailer};
use crate::revocation::Revocation;

/// Who has an account deleted.
#[derive(Clone, Copy)]
pub(crate) enum OrderedBy<'a> {
    /// Its owner, by this request.
    Owner(&'a RequestContext),
    /// An operator.
    Operator(&'a Operation),
}

/// Schedules deletions. Cheap to clone.
#[derive(Clone)]
pub struct DeletionSchedule {
    pub(crate) context: Context,
    pub(crate) revocation: Revocation,
    pub(crate) mails: Arc<dyn Mailer>,
    pub(crate) notices: Notices,
    /// The link that keeps the account is good until it is erased.
    pub(crate) mail_tokens: MailTokens,
}

impl DeletionSchedule {
    /// Schedules the deletion of a member's account, and ends their sessions and tokens. `None` when they are not active.
    pub(crate) async fn schedule_deletion(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        by: OrderedBy<'_>,
    ) -> Result<Option<Timestamp>, Failure> {
        let now = self.context.clock.now();
        let when = now.plus(self.mail_tokens.deletion_grace);
        if !deletions::schedule(tx, member, when, now).await? {
            return Ok(None);
        }
        self.revocation.end_everything(tx, member, EndReason::Deleted).await?;
        let source = match by {
            OrderedBy::Owner(context) => &context.source,
            OrderedBy::Operator(operation) => &operation.source,
        };
        stop_waiting(&self.context, &self.notices, tx, member, source).await?;
        self.tell_of_deletion(tx, member, when, by).await?;
        match by {
            OrderedBy::Owner(context) => {
                self.context.record(tx, AuditKind::DeletionRequest, member, context).await?;
            }
            OrderedBy::Operator(operation) => {
                let ordered = AuditEvent::operated(AuditKind::DeletionOrdered, operation);
                self.context.audit.record(tx, &ordered.about(member.uuid())).await?;
            }
        }
        Ok(Some(when))
    }

    /// Tells the member at every mailbox of theirs that the account will be gone at the moment `when`, with the link that
    /// keeps it. No limit: this mail is their alarm.
    async fn tell_of_deletion(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        when: Timestamp,
        by: OrderedBy<'_>,
    ) -> Result<(), DbError> {
        let mailboxes = mailboxes_of(tx, member, self.context.clock.now()).await?;
        let Some(first) = mailboxes.first() else { return Ok(()) };
        let owner = member.to_string();
        let (token, _) = self.mail_tokens.issue_token(tx, MailPurpose::KeepAccount, &owner, first).await?;
        for mailbox in &mailboxes {
            let token = token.clone();
            let (template, language) = match by {
                OrderedBy::Owner(context) => {
                    (MailTemplate::DeletionScheduled { when, token }, context.language)
                }
                OrderedBy::Operator(_) => {
                    (MailTemplate::DeletionOrdered { when, token }, self.notices.language)
                }
            };
            self.mails.queue(tx, mailbox, language, template).await?;
        }
        Ok(())
    }
}
