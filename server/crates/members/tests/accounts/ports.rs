//! What accounts reach through their ports, as tables.

use std::sync::atomic::{AtomicU64, Ordering};

use db::{DbError, Row as _, Transaction, query};
use futures::future::BoxFuture;
use members::{Elsewhere, EndSessions, EraseElsewhere, MailTemplate, Mailer, Sections};
use names::{EmailAddress, Language, MemberId, SessionId};
use testkit::TestDatabase;

/// How many mails all tests sent: mails keep their order whatever the clock says, those of replicas of one database too.
static SENT: AtomicU64 = AtomicU64::new(0);

/// Keeps mails in a table, so that they become true with their transaction, as those of the real queue do.
pub struct PostOffice;

impl PostOffice {
    pub async fn open(database: &TestDatabase) {
        let mut tx = database.begin().await.unwrap();
        query(
            "CREATE TABLE sent_mails (id VARCHAR(36) NOT NULL PRIMARY KEY, address VARCHAR(254) NOT NULL, \
             kind VARCHAR(64) NOT NULL, language VARCHAR(2) NOT NULL, token VARCHAR(64) NOT NULL, \
             code VARCHAR(6) NOT NULL)",
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
}

impl Mailer for PostOffice {
    fn queue<'a>(
        &'a self,
        tx: &'a mut Transaction,
        to: &'a EmailAddress,
        language: Language,
        template: MailTemplate,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        let kind = kind(&template);
        let (token, code) = match template {
            MailTemplate::Proof { token, code, .. } => (token.text(), code.text()),
            MailTemplate::DeletionScheduled { token, .. }
            | MailTemplate::DeletionOrdered { token, .. }
            | MailTemplate::FactorResetOrdered { token, .. } => (token.text(), String::new()),
            _ => Default::default(),
        };
        Box::pin(async move {
            let id = format!("{:020}", SENT.fetch_add(1, Ordering::Relaxed));
            query(
                "INSERT INTO sent_mails (id, address, kind, language, token, code) VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(id)
            .bind(to.as_str())
            .bind(kind)
            .bind(if language == Language::Korean { "ko" } else { "en" })
            .bind(token)
            .bind(code)
            .execute(&mut **tx)
            .await?;
            Ok(())
        })
    }
}

/// The name of a mail's kind, as its queue has it.
const fn kind(template: &MailTemplate) -> &'static str {
    match template {
        MailTemplate::Notice(notice) => notice.as_str(),
        MailTemplate::Proof { mail, .. } => mail.as_str(),
        MailTemplate::IdentityLinked { .. } => "identity-linked",
        MailTemplate::IdentityUnlinked { .. } => "identity-unlinked",
        MailTemplate::DeletionScheduled { .. } => "deletion-scheduled",
        MailTemplate::DeletionOrdered { .. } => "deletion-ordered",
        MailTemplate::FactorResetOrdered { .. } => "factor-reset-ordered",
    }
}

impl EraseElsewhere for PostOffice {
    fn erase<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        addresses: &'a [EmailAddress],
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            tokens::STORAGE.erase(tx, &member.to_string()).await?;
            events::STORAGE.erase(tx, &member.to_string()).await?;
            events::erase(tx, member).await?;
            for address in addresses {
                let delete = query("DELETE FROM sent_mails WHERE address = ?");
                delete.bind(address.as_str()).execute(&mut **tx).await?;
            }
            Ok(())
        })
    }

    fn discard_prepared<'a>(
        &'a self,
        _: &'a mut Transaction,
        _: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async { Ok(()) })
    }
}

/// Deletes rows of the real table, as the sessions do.
pub struct Rows;

impl EndSessions for Rows {
    fn end_of_member<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            query("DELETE FROM sessions WHERE member_id = ?")
                .bind(member.to_string())
                .execute(&mut **tx)
                .await?;
            Ok(())
        })
    }

    fn end_others<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        kept: SessionId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let end = query("DELETE FROM sessions WHERE member_id = ? AND id <> ?");
            end.bind(member.to_string()).bind(kept.to_string()).execute(&mut **tx).await?;
            Ok(())
        })
    }

    fn delete_devices<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let forget = query("DELETE FROM remembered_devices WHERE member_id = ?");
            forget.bind(member.to_string()).execute(&mut **tx).await?;
            Ok(())
        })
    }

    fn end_of_method<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        method: &'static str,
        kept: Option<SessionId>,
    ) -> BoxFuture<'a, Result<Vec<SessionId>, DbError>> {
        Box::pin(async move {
            let rows = query("SELECT id FROM sessions WHERE member_id = ? AND provider = ?")
                .bind(member.to_string())
                .bind(method)
                .fetch_all(&mut **tx)
                .await?;
            let ids: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            let kept = kept.map(|kept| kept.to_string());
            let ids: Vec<String> = ids.into_iter().filter(|id| Some(id) != kept.as_ref()).collect();
            for id in &ids {
                query("DELETE FROM sessions WHERE id = ?").bind(id.clone()).execute(&mut **tx).await?;
            }
            Ok(ids.iter().map(|id| SessionId::parse(id).unwrap()).collect())
        })
    }

    fn of_member<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<Vec<SessionId>, DbError>> {
        Box::pin(async move {
            let rows = query("SELECT id FROM sessions WHERE member_id = ?").bind(member.to_string());
            let rows = rows.fetch_all(&mut **tx).await?;
            Ok(rows.iter().map(|row| SessionId::parse(row.get(0)).unwrap()).collect())
        })
    }
}

/// No other part keeps anything.
pub struct Nowhere;

impl Elsewhere for Nowhere {
    fn about<'a>(&'a self, _: MemberId, _: &'a [String]) -> BoxFuture<'a, Result<Sections, DbError>> {
        Box::pin(async { Ok(Sections::default()) })
    }
}
