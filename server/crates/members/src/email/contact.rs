//! Where a member is told what happens to their account.

use std::sync::Arc;

use db::{Connection, DbError, Transaction};
use kernel::Timestamp;
use names::{EmailAddress, Language, MailNotice, MemberId};

use crate::email::former_mailbox;
use crate::email::store::former_mailboxes;
use crate::identities::store::identities;
use crate::model::mail_template::{MailTemplate, Mailer};
use crate::password::store::local_accounts;

/// The member's mailbox: the one that they proved to us, else the first that a provider vouches for. `None` for those
/// who have none: an address that nobody proved may be anybody's, and no mail about an account goes there.
///
/// # Errors
/// When the database refuses.
pub async fn mailbox_of(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Option<EmailAddress>, DbError> {
    match local_accounts::find_by_member(connection, member).await {
        Ok(Some(account)) => return Ok(Some(account.email)),
        // An address that an earlier rule allowed and no mail reaches does not count.
        Ok(None) | Err(DbError::Unreadable { column: "local_accounts.email" }) => {}
        Err(error) => return Err(error),
    }
    let linked = identities::of_member(connection, member).await?;
    Ok(linked.iter().find_map(identities::Identity::vouched))
}

/// All mailboxes that are the member's: the one that they proved, those that providers vouch for, and those that they
/// had until a while ago. For what must not be done to them unnoticed.
pub(crate) async fn mailboxes_of(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<EmailAddress>, DbError> {
    let proven = mailbox_of(connection, member).await?;
    let former = local_accounts::former_email(connection, member, now).await?;
    let linked = identities::of_member(connection, member).await?;
    let vouched = linked.iter().filter_map(identities::Identity::vouched);
    let mut mailboxes: Vec<EmailAddress> = Vec::new();
    let earlier = former_mailboxes::of_member(connection, member, now).await?;
    for mailbox in proven.into_iter().chain(former).chain(earlier).chain(vouched) {
        if !mailboxes.contains(&mailbox) {
            mailboxes.push(mailbox);
        }
    }
    Ok(mailboxes)
}

/// Whether one of those is nothing that somebody has only just brought who has a sign-in method of the member and not their second factor:
/// the account at a provider is enough to have it vouch for another address.
pub(crate) async fn has_settled_mailbox(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let linked = identities::of_member(connection, member).await?;
    Ok(local_accounts::find_by_member(connection, member).await?.is_some()
        || former_mailboxes::has_settled(connection, member, now).await?
        || linked.iter().any(|known| former_mailbox::is_settled(known, now)))
}

/// Tells members what happens to their accounts. Cheap to clone.
#[derive(Clone)]
pub struct Notices {
    pub(crate) mails: Arc<dyn Mailer>,
    /// The language of mails that no request of their reader causes.
    pub(crate) language: Language,
}

impl Notices {
    /// Through this mailer; `language` is that of mails that no request of their reader causes.
    pub const fn new(mails: Arc<dyn Mailer>, language: Language) -> Self {
        Self { mails, language }
    }

    /// Tells the member that a spent token of theirs was presented and its session ended (S-TOK-17). `language` is that of the
    /// request that presented it, if known: it may be their own.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tell_of_reuse(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        language: Option<Language>,
    ) -> Result<(), DbError> {
        self.tell_owner_of(
            tx,
            member,
            MailTemplate::Notice(MailNotice::TokenReuse),
            language.unwrap_or(self.language),
        )
        .await
    }

    /// Tells the member that an operator signed them out everywhere.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tell_of_sign_out(&self, tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
        let notice = MailTemplate::Notice(MailNotice::SignedOut);
        self.tell_owner_of(tx, member, notice, self.language).await
    }

    /// Queues `template` for the member's mailbox. No limit: such mails are their alarm.
    pub(crate) async fn tell_owner_of(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        template: MailTemplate,
        language: Language,
    ) -> Result<(), DbError> {
        let Some(mailbox) = mailbox_of(tx, member).await? else { return Ok(()) };
        self.mails.queue(tx, &mailbox, language, template).await
    }

    /// The same at every mailbox of theirs, in the language of mails that no request of their reader causes.
    pub(crate) async fn tell_everywhere(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        template: &MailTemplate,
        now: Timestamp,
    ) -> Result<(), DbError> {
        for mailbox in mailboxes_of(tx, member, now).await? {
            self.mails.queue(tx, &mailbox, self.language, template.clone()).await?;
        }
        Ok(())
    }
}

/// Shows no addresses.
impl std::fmt::Debug for Notices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notices").field("language", &self.language).finish_non_exhaustive()
    }
}
