//! The end of an account: `POST /api/users/me/delete` signs everybody out at once; signing in within the grace calls it
//! off, as does the mailbox ([`crate::lifecycle::keep_account`]); then the cleaner erases what there is.

use std::collections::HashSet;

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::{DbError, Transaction};
use kernel::Timestamp;
use names::{EmailAddress, MemberId, Source};
use serde::{Deserialize, Serialize};
use tokens::EndReason;
use utoipa::ToSchema;
use web::guard::Fresh;
use web::{Refusal, StrictBody, Success};

use crate::accounts::Accounts;
use crate::api::MembersApi;
use crate::caller::Caller;
use crate::email::store::mail_tokens;
use crate::identities::store::identities;
use crate::lifecycle::store::deletions;
use crate::lifecycle::store::deletions::Due;
use crate::model::error::AccountError;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::password::store::local_accounts;
use crate::repeat::Sent;
use crate::request_context::RequestContext;

impl Accounts {
    /// Has the account of a caller deleted who proved a moment ago who they are; answers when it will be gone. Sessions
    /// and tokens end at once (S-ACC-15).
    ///
    /// # Errors
    /// [`AccountError::NotSignedIn`] when they are no active member any more.
    pub async fn request_deletion(
        &self,
        Fresh { caller, .. }: &Fresh<Caller>,
        context: &RequestContext,
    ) -> Result<Timestamp, AccountError> {
        let mut tx = self.db.begin().await?;
        let when = self.schedule_deletion(&mut tx, caller.member, context).await?;
        self.remember(&mut tx, Sent::Delete, caller.member, context).await?;
        tx.commit().await?;
        self.tokens.read_feed().await?;
        Ok(when)
    }

    /// Writes the end of an active member's account down, and ends what they have open.
    pub(crate) async fn schedule_deletion(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        context: &RequestContext,
    ) -> Result<Timestamp, AccountError> {
        let now = self.clock.now();
        let when = now.plus(self.deletion_grace);
        if !deletions::schedule(tx, member, (when, now)).await? {
            return Err(AccountError::NotSignedIn);
        }
        self.end_everything(tx, member, EndReason::Deleted).await?;
        self.tell_of_deletion(tx, (member, when), context.language).await?;
        self.audit
            .record(tx, &AuditEvent::new(AuditKind::DeletionRequest, &context.source).about(member.uuid()))
            .await?;
        Ok(when)
    }

    /// Erases accounts whose grace is over, at most `limit`, each in a transaction of its own; answers how many went.
    /// What remains of a member: that they were erased, by their id; what happened and when, of nobody's; a grant that is
    /// still to be ended at its provider; events that no bus has taken yet.
    ///
    /// One that cannot be erased keeps none of the others, and is tried again with the next call.
    ///
    /// # Errors
    /// When the database cannot be reached; what was erased until then stays erased.
    pub async fn erase_due(&self, limit: u32) -> Result<u64, AccountError> {
        let (mut erased, mut last) = (0, Due::default());
        loop {
            let due = {
                let mut reader = self.db.read().await?;
                deletions::due(&mut reader, &last, (self.clock.now(), limit)).await?
            };
            let Some(end) = due.last() else { return Ok(erased) };
            last = Due::clone(end);
            for member in due {
                match self.erase_one(&member.id).await {
                    Ok(gone) => erased += u64::from(gone),
                    Err(error @ AccountError::Db(DbError::Unavailable(_))) => return Err(error),
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

    async fn erase_one(&self, id: &str) -> Result<bool, AccountError> {
        let member = MemberId::parse(id).map_err(|_| DbError::Unreadable { column: "members.id" })?;
        let mut tx = self.db.begin().await?;
        let gone = self.erase(&mut tx, member).await?;
        if gone {
            tx.commit().await?;
        }
        Ok(gone)
    }

    async fn erase(&self, tx: &mut Transaction, member: MemberId) -> Result<bool, AccountError> {
        // Against their sign-in at the same moment the row decides.
        if !deletions::hold_due(tx, member, self.clock.now()).await? {
            return Ok(false);
        }
        let addresses = addresses_of(tx, member).await?;
        for identity in identities::of_member(tx, member).await? {
            self.end_at_provider(tx, &identity).await?;
        }
        mail_tokens::delete_of_owner(tx, &member.to_string()).await?;
        deletions::erase(tx, member).await?;
        self.tokens.erase_member(tx, member).await?;
        events::erase(tx, member).await?;
        let mut own = Vec::new();
        for address in addresses {
            // What goes to a mailbox that another member has is theirs.
            if !local_accounts::has_member(tx, &address).await? {
                own.push(address);
            }
        }
        self.ports.mails.erase(tx, member, &own).await?;
        self.audit.anonymize(tx, member.uuid()).await?;
        let source = Source::system();
        let erased = AuditEvent::new(AuditKind::AccountErased, &source).about(member.uuid());
        self.audit.record(tx, &erased).await?;
        Ok(true)
    }
}

/// Where mails to a member went: the contact, the account by e-mail, what providers said.
async fn addresses_of(tx: &mut Transaction, member: MemberId) -> Result<HashSet<EmailAddress>, AccountError> {
    let contact = members::find(tx, member).await?.and_then(|member| member.email);
    let given = identities::of_member(tx, member).await?.into_iter().filter_map(|identity| identity.email);
    let account = local_accounts::find_by_member(tx, member).await?.map(|account| account.email);
    let former = local_accounts::former_email(tx, member, Timestamp::from_millis(0)).await?;
    let read = contact.into_iter().chain(given).filter_map(|text| kernel::email_address::read(&text));
    Ok(read.chain(account).chain(former).collect())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteBody {}

#[derive(Serialize, ToSchema)]
pub(crate) struct Scheduled {
    #[serde(flatten)]
    next: Next,
    /// When the account will be gone; not told once more to a browser that asks once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_at: Option<String>,
}

/// Has the caller's account deleted.
pub(crate) async fn post(
    caller: Option<Fresh<Caller>>,
    State(api): State<MembersApi>,
    context: RequestContext,
    body: Result<StrictBody<DeleteBody>, Refusal>,
) -> Result<Success<Scheduled>, AccountError> {
    let Some(caller) = caller else {
        // The session ended with the first request of this browser, whose answer got lost.
        let answered = api.accounts.answered(Sent::Delete, &context).await?;
        let again = Scheduled { next: Step::SignIn.into(), delete_at: None };
        return answered.map(|_| Success::ok(again)).ok_or(AccountError::NotSignedIn);
    };
    // Who asks comes first: a stranger is not told what the body should be (S-BFF-7).
    body?;
    let when = api.accounts.request_deletion(&caller, &context).await?;
    Ok(Success::ok(Scheduled { next: Step::SignIn.into(), delete_at: Some(when.to_string()) }))
}
