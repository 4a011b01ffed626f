//! Signing members out for an operator: one, or everybody, as after a backup was restored (S-BFF-14, S-OPS-5).

use std::collections::BTreeSet;

use audit::{AuditEvent, AuditLog};
use db::{Database, LentTransaction};
use members::Notices;
use names::{AuditKind, MemberId, Operation, Source};
use tokens::{EndReason, Tokens};

use crate::error::SessionsError;
use crate::store;
use crate::store::{remembered_devices, second_steps};

/// How many members are looked up at once; each is signed out in a transaction of their own.
const BATCH: u32 = 20;

/// What operators do from the command line, without a running server. Running replicas know within a second.
#[derive(Debug)]
pub struct Operator<'a> {
    /// The database.
    pub db: &'a Database,
    /// Whose families end.
    pub tokens: &'a Tokens,
    /// Where it is written down.
    pub audit: &'a AuditLog,
    /// How a member is told who is signed out alone; `None` where no mail leaves.
    pub notices: Option<&'a Notices>,
    /// Who does it.
    pub source: &'a Source,
}

impl Operator<'_> {
    /// Ends all sessions and all tokens of a member, whether there are any or not, and tells them.
    ///
    /// # Errors
    /// When the database refuses; then nothing was ended.
    pub async fn signs_out(&self, member: MemberId) -> Result<(), SessionsError> {
        self.end(member, &AuditEvent::new(AuditKind::SignedOutByOperator, self.source), true).await
    }

    /// The same, for the reason that the operator gave.
    ///
    /// # Errors
    /// When the database refuses; then nothing was ended.
    pub async fn signs_out_for(&self, member: MemberId, operation: &Operation) -> Result<(), SessionsError> {
        self.end(member, &AuditEvent::operated(AuditKind::SignedOutByOperator, operation), true).await
    }

    async fn end(&self, member: MemberId, event: &AuditEvent<'_>, tell: bool) -> Result<(), SessionsError> {
        let end = async |mut tx: LentTransaction| {
            remembered_devices::delete_of_member(&mut tx, member).await?;
            store::delete_of_member(&mut tx, member).await?;
            self.tokens.revoker.revoke_member(&mut tx, member, EndReason::Administrator).await?;
            self.audit.record(&mut tx, &event.clone().about(member.uuid())).await?;
            if let Some(notices) = self.notices.filter(|_| tell) {
                notices.tell_of_sign_out(&mut tx, member).await?;
            }
            Ok(tx.commit(()))
        };
        self.db.transact(end).await
    }

    /// Ends all sessions and all tokens of everybody, all logins under way, all links in mails, all remembered browsers, and what operators
    /// ordered and still waits. People who sign in while this goes on may stay signed in. Nobody is told: it says nothing of anybody's account. Answers how many members had any.
    ///
    /// # Errors
    /// When the database refuses; those who were signed out until then stay so.
    pub async fn signs_everybody_out(&self) -> Result<u64, SessionsError> {
        let cancel = async |mut tx: LentTransaction| {
            members::cancel_mail_tokens(&mut tx).await?;
            members::cancel_ceremonies(&mut tx).await?;
            members::cancel_factor_resets(&mut tx).await?;
            // Also of those who have no session, in whose browsers they are.
            remembered_devices::delete_all(&mut tx).await?;
            second_steps::delete_all(&mut tx).await?;
            providers::cancel_logins(&mut tx).await?;
            Ok::<_, SessionsError>(tx.commit(()))
        };
        self.db.transact(cancel).await?;
        let (mut signed_out, mut last) = (0, None);
        loop {
            let mut reader = self.db.read().await?;
            let in_browsers = store::signed_in(&mut reader, last, BATCH).await?;
            let in_apps = tokens::holders(&mut reader, last, BATCH).await?;
            drop(reader);
            // Merged, the first batch of both lists is complete, whatever follows in either.
            let members: BTreeSet<_> = in_browsers.into_iter().chain(in_apps).collect();
            let batch: Vec<_> = members.into_iter().take(BATCH as usize).collect();
            let Some(end) = batch.last() else { return Ok(signed_out) };
            last = Some(*end);
            for member in batch {
                self.end(member, &AuditEvent::new(AuditKind::SignedOutByOperator, self.source), false)
                    .await?;
                signed_out += 1;
            }
        }
    }
}
