//! Mails that wait or were given up, and sending one of those again.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind, AuditLog};
use db::{Database, DbError, LentTransaction, Transaction};
use jobs::{JobPlace, JobState};
use kernel::Clock;
use names::Operation;
use notifications::{MailInQueue, SentAgain};

/// The queue of mails, as operators work with it.
pub struct MailQueue {
    db: Database,
    clock: Arc<dyn Clock>,
    audit: AuditLog,
}

impl MailQueue {
    /// That of this database.
    pub const fn new(db: Database, clock: Arc<dyn Clock>, audit: AuditLog) -> Self {
        Self { db, clock, audit }
    }

    /// Mails in this state: what is due first, or what was given up last.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn list(
        &self,
        state: JobState,
        after: Option<&JobPlace>,
        limit: u32,
    ) -> Result<Vec<MailInQueue>, DbError> {
        notifications::queued(&mut *self.db.read().await?, state, after, limit).await
    }

    /// How many there are in this state, counted up to [`notifications::MAX_COUNTED`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count(&self, state: JobState) -> Result<u32, DbError> {
        notifications::count_queued(&mut *self.db.read().await?, state).await
    }

    /// How many were given up and can be sent again, counted up to [`notifications::MAX_COUNTED`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count_sendable(&self) -> Result<u32, DbError> {
        notifications::count_given_up(&mut *self.db.read().await?, None).await
    }

    /// Has a mail sent that was given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn send_again(&self, id: &str, operation: &Operation) -> Result<SentAgain, DbError> {
        let again = async |mut tx: LentTransaction| {
            let sent = self.send_within(&mut tx, id, operation).await?;
            Ok::<_, DbError>(if sent == SentAgain::Yes { tx.commit(sent) } else { tx.roll_back(sent) })
        };
        self.db.transact(again).await
    }

    /// Has those sent that were given up and come after a place, of at most `limit`; how many can be, and where the next ones begin, if
    /// there may be any. What is given up again meanwhile comes before the place.
    pub(crate) async fn send_some(
        &self,
        tx: &mut Transaction,
        after: &JobPlace,
        limit: u32,
        operation: &Operation,
    ) -> Result<(usize, Option<JobPlace>), DbError> {
        let some = notifications::queued(tx, JobState::Dead, Some(after), limit).await?;
        let mut sent = 0;
        for mail in &some {
            sent += usize::from(self.send_within(tx, &mail.id, operation).await? == SentAgain::Yes);
        }
        let last = some.last().filter(|_| some.len() >= limit as usize);
        Ok((sent, last.map(|mail| JobPlace { due_at: mail.due_at, id: mail.id.clone() })))
    }

    async fn send_within(
        &self,
        tx: &mut Transaction,
        id: &str,
        operation: &Operation,
    ) -> Result<SentAgain, DbError> {
        let sent = notifications::send_again(tx, id, self.clock.now()).await?;
        if sent == SentAgain::Yes {
            let retried = AuditEvent::operated(AuditKind::MailRetried, operation).on(id);
            self.audit.record(tx, &retried).await?;
        }
        Ok(sent)
    }
}
