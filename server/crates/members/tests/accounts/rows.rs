//! What is in the tables of the stage, and what is put there.

use std::time::Duration;

use db::{Row as _, Transaction, query};
use kernel::Clock as _;
use names::{MemberId, ProviderName};

use crate::stage::Stage;

impl Stage {
    pub async fn count(&self, sql: &'static str) -> i64 {
        self.database.number(sql).await
    }

    pub async fn count_where(&self, sql: &'static str, value: &str) -> i64 {
        let mut reader = self.database.read().await.unwrap();
        query(sql).bind(value.to_owned()).fetch_one(&mut *reader).await.unwrap().get(0)
    }

    pub async fn set_status(&self, member: MemberId, status: &'static str) {
        let mut tx = self.database.begin().await.unwrap();
        let set = query("UPDATE members SET status = ? WHERE id = ?").bind(status).bind(member.to_string());
        set.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Whose sign-in method the identity is.
    pub async fn holder(&self, provider: ProviderName, subject: &str) -> Option<String> {
        let mut reader = self.database.read().await.unwrap();
        query("SELECT member_id FROM identities WHERE provider = ? AND subject = ?")
            .bind(provider.as_str())
            .bind(subject.to_owned())
            .fetch_optional(&mut *reader)
            .await
            .unwrap()
            .map(|row| row.get(0))
    }

    /// A sign-in method by password, without a password that anybody could type.
    pub async fn give_password(&self, member: MemberId, address: &str) {
        let mut tx = self.database.begin().await.unwrap();
        query(
            "INSERT INTO local_accounts (member_id, email, email_verified_at, password_hash, password_changed_at, \
             failures) VALUES (?, ?, 0, 'x', 0, 0)",
        )
        .bind(member.to_string())
        .bind(address.to_owned())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// A mailbox that was the member's until a moment ago, and a mail that went there, as rows.
    pub async fn had_mailbox(&self, member: MemberId, address: &str) {
        let mut tx = self.database.begin().await.unwrap();
        let until = self.clock.now().plus(Duration::from_hours(30 * 24)).millis();
        query("INSERT INTO former_mailboxes (id, member_id, address, expires_at) VALUES (?, ?, ?, ?)")
            .bind(address)
            .bind(member.to_string())
            .bind(address)
            .bind(until)
            .execute(&mut *tx)
            .await
            .unwrap();
        query(
            "INSERT INTO sent_mails (id, address, kind, language, token, code) \
             VALUES (?, ?, 'address-changed', 'ko', '', '')",
        )
        .bind(address)
        .bind(address)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// A browser in which the member is signed in by `method`, as a row.
    pub async fn session_by(&self, member: MemberId, method: &'static str, handle: u8) {
        self.session(member, handle).await;
        let mut tx = self.database.begin().await.unwrap();
        let set = query("UPDATE sessions SET provider = ? WHERE handle_hash = ?")
            .bind(method)
            .bind(vec![handle; 32]);
        set.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn run(&self, sql: &'static str, value: &str) {
        let mut tx = self.database.begin().await.unwrap();
        query(sql).bind(value).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// How often this happened, as the audit log says.
    pub async fn audited(&self, kind: &str, outcome: &str) -> i64 {
        self.audit.flush().await.unwrap();
        let mut reader = self.database.read().await.unwrap();
        query(
            "SELECT CAST(COALESCE(SUM(times), 0) AS SIGNED) FROM audit_events WHERE kind = ? AND outcome = ?",
        )
        .bind(kind)
        .bind(outcome)
        .fetch_one(&mut *reader)
        .await
        .unwrap()
        .get(0)
    }

    /// A browser in which the member is signed in, as a row.
    pub async fn session(&self, member: MemberId, handle: u8) {
        let mut tx = self.database.begin().await.unwrap();
        insert_session(&mut tx, member, handle).await;
        tx.commit().await.unwrap();
    }

    /// Everything in the database but the mails.
    pub async fn dump(&self) -> String {
        let dump = self.database.dump().await;
        dump.lines().filter(|line| !line.starts_with("sent_mails")).collect::<Vec<_>>().join("\n")
    }
}

pub async fn insert_session(tx: &mut Transaction, member: MemberId, handle: u8) {
    query(
        "INSERT INTO sessions (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, \
         user_agent, network) VALUES (?, ?, ?, 'google', 0, 0, 0, '', '')",
    )
    .bind(format!("00000000-0000-0000-0000-0000000000{handle:02}"))
    .bind(vec![handle; 32])
    .bind(member.to_string())
    .execute(&mut **tx)
    .await
    .unwrap();
}
