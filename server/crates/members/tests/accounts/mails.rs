//! The mails that were sent on the stage.

use db::{Row as _, query};
use kernel::OpaqueToken;
use members::{MailCode, Proof};

use crate::people::{context, email};
use crate::stage::Stage;

impl Stage {
    /// Waits for what goes on after answers.
    pub async fn quiet(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    pub async fn ask_reset(&self, address: &str) {
        self.members
            .password_resets
            .request_reset(email(address).into(), &context("203.0.113.9"))
            .await
            .unwrap();
        self.quiet().await;
    }

    pub async fn mails(&self, address: &str) -> Vec<Mail> {
        let mut reader = self.database.read().await.unwrap();
        let rows = query("SELECT kind, token, code, address FROM sent_mails WHERE address = ? ORDER BY id")
            .bind(address)
            .fetch_all(&mut *reader)
            .await
            .unwrap();
        rows.iter()
            .map(|row| Mail { kind: row.get(0), token: row.get(1), code: row.get(2), address: row.get(3) })
            .collect()
    }

    pub async fn kinds(&self, address: &str) -> Vec<String> {
        self.mails(address).await.into_iter().map(|mail| mail.kind).collect()
    }

    pub async fn newest_mail(&self, address: &str) -> Mail {
        self.mails(address).await.pop().expect("a mail")
    }
}

/// A mail as its reader has it.
#[derive(Clone, Debug)]
pub struct Mail {
    pub kind: String,
    pub token: String,
    pub code: String,
    pub address: String,
}

impl Mail {
    pub fn token(&self) -> Proof {
        Proof::Token(OpaqueToken::parse(&self.token).unwrap())
    }

    pub fn code(&self) -> Proof {
        Proof::Code { address: email(&self.address), code: MailCode::parse(&self.code).unwrap() }
    }

    /// Another code than that of this mail.
    pub fn wrong_code(&self) -> Proof {
        let wrong = (self.code.parse::<u32>().unwrap() + 1) % 1_000_000;
        Proof::Code { address: email(&self.address), code: MailCode::parse(&format!("{wrong:06}")).unwrap() }
    }
}
