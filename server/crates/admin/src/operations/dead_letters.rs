//! Events that consumers could not deal with: looked at, tried again, given up for good. Each is in the audit log with the operator and
//! the reason.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind, AuditLog};
use db::{Database, DbError, LentTransaction, Transaction};
use events::{DeadLetter, DeadLetterPlace};
use kernel::{Clock, Timestamp};
use names::{AccessKind, MemberId, Operation};

use crate::access::record::{Access, AccessLog, Looking};

/// What becomes of a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The consumer deals with it again.
    Retry,
    /// It never does.
    Discard,
}

impl Decision {
    const fn kind(self) -> AuditKind {
        match self {
            Self::Retry => AuditKind::DeadLetterRetried,
            Self::Discard => AuditKind::DeadLetterDiscarded,
        }
    }
}

/// Why none is found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is none of this event.
    #[error("there is no dead letter of the event `{0}`; `daemun events dead list` shows all")]
    Unknown(String),
    /// There are several, and nobody said whose.
    #[error("several consumers could not deal with it: add --consumer with one of {0}")]
    Several(String),
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Dead letters, as operators work with them.
pub struct DeadLetters {
    db: Database,
    clock: Arc<dyn Clock>,
    audit: AuditLog,
}

impl DeadLetters {
    /// Those of this database.
    pub const fn new(db: Database, clock: Arc<dyn Clock>, audit: AuditLog) -> Self {
        Self { db, clock, audit }
    }

    /// The newest, or those after a place.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn list(
        &self,
        after: Option<&DeadLetterPlace>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, DbError> {
        events::dead_letters(&mut *self.db.read().await?, after, limit).await
    }

    /// That of an event; `consumer` says whose, where several could not deal with it.
    ///
    /// # Errors
    /// [`FindError`].
    pub async fn find(&self, event: &str, consumer: Option<&str>) -> Result<DeadLetter, FindError> {
        // Their column is ASCII, and MySQL refuses to compare it with anything else.
        if !event.is_ascii() {
            return Err(FindError::Unknown(event.to_owned()));
        }
        let mut dead = events::dead_letters_of(&mut *self.db.read().await?, event).await?;
        dead.retain(|dead| consumer.is_none_or(|consumer| dead.group == consumer));
        match dead.len() {
            0 | 1 => dead.pop().ok_or_else(|| FindError::Unknown(event.to_owned())),
            _ => {
                let groups: Vec<_> = dead.into_iter().map(|dead| dead.group).collect();
                Err(FindError::Several(groups.join(", ")))
            }
        }
    }

    /// Notes that an operator reads what it tells, which may be addresses of people. Nothing is shown before this is written.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_reading(
        &self,
        access: &AccessLog,
        dead: &DeadLetter,
        looking: &Looking<'_>,
    ) -> Result<(), DbError> {
        let (kind, object) = (AccessKind::DeadLetter, noted(&dead.event_id));
        access.record(&Access { kind, member: whose(dead), object }, looking).await
    }

    /// Does it together with its line in the audit log; `false` when somebody else has dealt with it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle(
        &self,
        dead: &DeadLetter,
        decision: Decision,
        operation: &Operation,
    ) -> Result<bool, DbError> {
        let settle = async |mut tx: LentTransaction| {
            let done = self.settle_within(&mut tx, dead, decision, operation).await?;
            Ok::<_, DbError>(if done { tx.commit(true) } else { tx.roll_back(false) })
        };
        self.db.transact(settle).await
    }

    /// Lets the oldest be tried again that died until then, at most `limit`; how many there were.
    pub(crate) async fn retry_some(
        &self,
        tx: &mut Transaction,
        died_at: Timestamp,
        limit: u32,
        operation: &Operation,
    ) -> Result<usize, DbError> {
        let some = events::dead_letters_until(tx, died_at, limit).await?;
        for dead in &some {
            self.settle_within(tx, dead, Decision::Retry, operation).await?;
        }
        Ok(some.len())
    }

    async fn settle_within(
        &self,
        tx: &mut Transaction,
        dead: &DeadLetter,
        decision: Decision,
        operation: &Operation,
    ) -> Result<bool, DbError> {
        let done = match decision {
            Decision::Retry => events::retry(tx, dead, self.clock.now()).await?,
            Decision::Discard => events::discard(tx, dead).await?,
        };
        if done {
            self.audit.record(tx, &event(decision.kind(), dead, operation)).await?;
        }
        Ok(done)
    }
}

fn event<'a>(kind: AuditKind, dead: &'a DeadLetter, operation: &'a Operation) -> AuditEvent<'a> {
    let member = whose(dead).map(MemberId::uuid);
    AuditEvent::operated(kind, operation).about_known(member).on(noted(&dead.event_id))
}

/// The member whom it is about, where it is one of ours.
fn whose(dead: &DeadLetter) -> Option<MemberId> {
    MemberId::parse(&dead.key).ok()
}

/// What the audit log says of it: ids of ours are 40 letters and digits, and others may be any text.
fn noted(event_id: &str) -> &str {
    if event_id.len() <= 64 && event_id.is_ascii() { event_id } else { "" }
}
