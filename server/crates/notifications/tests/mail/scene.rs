//! A database with a clock, a queue of mails, and those who empty it.

use std::sync::Arc;
use std::time::Duration;

use db::{Row as _, query};
use jobs::{Round, WorkerSettings};
use kernel::{KeyRing, MasterKey, OsRandomness};
use names::{EmailAddress, Language, ProofMail};
use notifications::{
    Code, IdempotencyKey, Link, Mail, MailTemplate, Mails, Proof, Sender, Smtp, SmtpSettings, SmtpUrl,
    Transport,
};
use testkit::{HandClock, TestDatabase};
use web::PublicOrigin;

pub struct Scene {
    pub db: TestDatabase,
    pub clock: Arc<HandClock>,
    pub master: MasterKey,
    pub mails: Mails,
}

impl Scene {
    pub async fn both() -> [Self; 2] {
        TestDatabase::both().await.map(Self::on)
    }

    pub async fn sqlite() -> Self {
        Self::on(TestDatabase::sqlite().await)
    }

    fn on(db: TestDatabase) -> Self {
        Self::with(db, MasterKey::generate(&OsRandomness))
    }

    /// On a database that has rows sealed with this key.
    pub fn with(db: TestDatabase, master: MasterKey) -> Self {
        let clock = Arc::new(HandClock::default());
        let mails = mails(&clock, vec![master.clone()]);
        Self { db, clock, master, mails }
    }

    /// The same queue with other master keys.
    pub fn mails_with(&self, keys: Vec<MasterKey>) -> Mails {
        mails(&self.clock, keys)
    }

    pub async fn enqueue(&self, to: &str, template: &MailTemplate, key: Option<&str>) -> bool {
        let mut tx = self.db.begin().await.unwrap();
        let idempotency_key = key.map(|name| IdempotencyKey::new(name).unwrap());
        let mail = Mail { to: &address(to), language: Language::English, template, idempotency_key };
        let added = self.mails.enqueue(&mut tx, mail).await.unwrap();
        tx.commit().await.unwrap();
        added
    }

    pub fn sender(&self, transport: Transport) -> Sender {
        self.sender_of(self.mails.clone(), transport)
    }

    pub fn sender_of(&self, mails: Mails, transport: Transport) -> Sender {
        let settings = WorkerSettings { batch: 16, ..Sender::SETTINGS };
        Sender::new(self.db.clone(), mails, origin(), transport, settings)
    }

    /// Sends into the mailbox until nothing is left.
    pub async fn send_all(&self) -> Round {
        self.sender(Transport::Mailbox).round().await.unwrap()
    }

    /// One column of all rows of a table, oldest first.
    pub async fn column(&self, select: &'static str) -> Vec<String> {
        let mut reader = self.db.read().await.unwrap();
        let rows = query(select).fetch_all(&mut *reader).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect()
    }

    pub async fn states(&self) -> Vec<String> {
        self.column("SELECT state FROM jobs ORDER BY id").await
    }

    pub async fn recipients_in_mailbox(&self) -> Vec<String> {
        self.column("SELECT recipient FROM mailbox_mails ORDER BY id").await
    }
}

/// Not from a seed: two queues from one seed would give two mails one id.
fn mails(clock: &Arc<HandClock>, keys: Vec<MasterKey>) -> Mails {
    let ring = Arc::new(KeyRing::new(keys).unwrap());
    Mails::new(ring, Arc::clone(clock) as _, Arc::new(OsRandomness))
}

pub fn origin() -> PublicOrigin {
    PublicOrigin::of(&"https://login.example".parse().unwrap())
}

pub fn address(text: &str) -> EmailAddress {
    kernel::email_address::read(text).unwrap()
}

/// The mail with the most in it that must stay secret.
pub fn reset() -> MailTemplate {
    proof(ProofMail::ResetPassword)
}

/// A mail with a link and a code.
pub fn proof(mail: ProofMail) -> MailTemplate {
    let link = Link::new(&origin(), &format!("{}?token=canary-token&x=1", mail.page())).unwrap();
    MailTemplate::Proof(Proof { mail, link, code: Code::parse("731946").unwrap() })
}

/// A mail server at `url` that is believed by `authority`.
pub fn smtp(url: &str, authority: Option<&str>) -> Transport {
    smtp_from("Daemun <daemun@login.example>", url, authority)
}

/// The same with another sender.
pub fn smtp_from(from: &str, url: &str, authority: Option<&str>) -> Transport {
    let settings = SmtpSettings {
        url: SmtpUrl::parse(url).unwrap(),
        from: from.parse().unwrap(),
        authority: authority.map(|pem| pem.as_bytes().to_vec()),
        connections: 4,
        time_out: Duration::from_secs(10),
    };
    Transport::Smtp(Smtp::new(settings).unwrap())
}
