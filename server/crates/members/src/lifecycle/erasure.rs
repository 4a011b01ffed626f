//! The erasure of accounts whose grace is over.

use std::collections::HashSet;
use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use kernel::Timestamp;
use names::{EmailAddress, MemberId, Source};

use crate::context::Context;
use crate::email::store::former_mailboxes;
use crate::failure::Failure;
use crate::identities::store::identities;
use crate::identities::unlink_job::UnlinkJobs;
use crate::lifecycle::erase_elsewhere::EraseElsewhere;
use crate::lifecycle::store::deletions::{self, Due};
use crate::model::store::members;
use crate::password::store::local_accounts;
use crate::storage::STORAGE;

/// Erases accounts. Cheap to clone.
#[derive(Clone)]
pub struct Erasure {
    pub(crate) context: Context,
    pub(crate) elsewhere: Arc<dyn EraseElsewhere>,
    pub(crate) unlinks: UnlinkJobs,
}

impl Erasure {
    /// Erases accounts whose grace is over, at most `limit`, each in a transaction of its own, and returns how many. What remains of
    /// a member: that they were erased, by their id; anonymous rows of what happened and when; grants that are still to be ended
    /// at their provider; events that no bus has taken yet.
    ///
    /// One that cannot be erased does not hold up the others, and is tried again with the next call.
    ///
    /// # Errors
    /// When the database cannot be reached; what was erased until then stays erased.
    pub async fn erase_due(&self, limit: u32) -> Result<u64, Failure> {
        let (mut erased, mut last) = (0, Due::default());
        loop {
            let due = {
                let mut reader = self.context.db.read().await?;
                deletions::due(&mut reader, &last, self.context.clock.now(), limit).await?
            };
            let Some(end) = due.last() else { return Ok(erased) };
            last = Due::clone(end);
            for member in due {
                match self.erase_one(&member.id).await {
                    Ok(gone) => erased += u64::from(gone),
                    Err(error @ Failure::Db(DbError::Unavailable(_))) => return Err(error),
                    Err(error) => {
                        metrics::counter!("daemun_erasures_failed_total").increment(1);
                        let error: &dyn std::error::Error = &error;
                        tracing::error!(error, member = member.id, "an account cannot be erased");
                    }
                }
                if erased >= u64::from(limit) {
                    return Ok(erased);
                }
            }
        }
    }

    async fn erase_one(&self, id: &str) -> Result<bool, Failure> {
        let member = MemberId::parse(id).map_err(|_| DbError::Unreadable { column: "members.id" })?;
        let erase = async |mut tx: LentTransaction| {
            Ok::<_, Failure>(if self.erase(&mut tx, member).await? {
                tx.commit(true)
            } else {
                tx.roll_back(false)
            })
        };
        self.context.db.transact(erase).await
    }

    async fn erase(&self, tx: &mut Transaction, member: MemberId) -> Result<bool, Failure> {
        // The row decides against a sign-in at the same moment.
        if !deletions::hold_due(tx, member, self.context.clock.now()).await? {
            return Ok(false);
        }
        let addresses = addresses_of(tx, member).await?;
        for identity in identities::of_member(tx, member).await? {
            self.unlinks.end_at_provider(tx, &identity).await?;
        }
        STORAGE.erase(tx, &member.to_string()).await?;
        deletions::erase(tx, member).await?;
        let mut own = Vec::new();
        for address in addresses {
            // Mails to a mailbox that another member has are that member's.
            if !local_accounts::has_member(tx, &address).await? {
                own.push(address);
            }
        }
        self.elsewhere.erase(tx, member, &own).await?;
        self.context.audit.anonymize(tx, member.uuid()).await?;
        let source = Source::system();
        let erased = AuditEvent::new(AuditKind::AccountErased, &source).about(member.uuid());
        self.context.audit.record(tx, &erased).await?;
        Ok(true)
    }
}

/// Where mails to a member went: the contact, the account by e-mail, what providers said.
async fn addresses_of(tx: &mut Transaction, member: MemberId) -> Result<HashSet<EmailAddress>, Failure> {
    let contact = members::find(tx, member).await?.and_then(|member| member.email);
    let given = identities::of_member(tx, member).await?.into_iter().filter_map(|identity| identity.email);
    let account = local_accounts::find_by_member(tx, member).await?.map(|account| account.email);
    let long_ago = Timestamp::from_millis(0);
    let former = local_accounts::former_email(tx, member, long_ago).await?;
    let earlier = former_mailboxes::all(tx, member).await?.into_iter().map(|(address, _)| address);
    let texts = contact.into_iter().chain(given).chain(earlier);
    let read = texts.filter_map(|text| kernel::email_address::read(&text));
    Ok(read.chain(account).chain(former).collect())
}
