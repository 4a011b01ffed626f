//! The sender: takes mails out of the queue.

use names::Language;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use db::{Database, DbError, Transaction};
use futures::stream;
use futures::{FutureExt as _, StreamExt as _};
use kernel::{BackOff, KeyRingError, Timestamp};
use tokio_util::sync::CancellationToken;
use web::PublicOrigin;

use crate::mails::{self, PURPOSE};
use crate::outgoing::{self, Waiting};
use crate::rendered::Envelope;
use crate::smtp::SendError;
use crate::{MailAddress, MailError, MailId, Mails, RenderedMail, Smtp, mailbox};

/// How the sender works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderSettings {
    /// At most so many mails at once are taken,
    pub batch: u32,
    /// and so many sent side by side.
    pub parallel: usize,
    /// The pause when there is nothing to send.
    pub idle: Duration,
    /// How long no other sender takes the same mails; after a crash they wait so long. A mail server's time-out, times
    /// `batch` by `parallel`, must fit in.
    pub lease: Duration,
    /// After so many attempts a mail is given up.
    pub attempts: u32,
    /// The pause after each failed attempt.
    pub back_off: BackOff,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self {
            batch: 4,
            parallel: 4,
            idle: Duration::from_millis(250),
            lease: Duration::from_secs(30),
            attempts: 14,
            back_off: BackOff { least: Duration::from_secs(15), most: Duration::from_hours(1) },
        }
    }
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// Into the [development mailbox](mailbox).
    Mailbox,
    /// To a mail server.
    Smtp(Smtp),
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderRound {
    /// Mails that have left.
    pub sent: u32,
    /// Mails that will be tried again.
    pub postponed: u32,
    /// Mails that were given up.
    pub failed: u32,
}

/// Sends what waits. Any number of senders may run on one database: each mail is claimed by a conditional update.
#[derive(Clone, Debug)]
pub struct Sender {
    db: Database,
    mails: Mails,
    site: PublicOrigin,
    transport: Transport,
    settings: SenderSettings,
}

/// What became of one mail.
enum Outcome {
    /// The mail server has it.
    Sent,
    /// It is to be laid into the mailbox.
    ForMailbox(RenderedMail),
    /// Trying later may help; why it did not work.
    Later(String),
    /// Trying again does not help; why.
    Never(String),
    /// The lease ran out before its turn came: it is somebody else's.
    Lapsed,
}

impl Sender {
    /// A sender that signs mails with the address of `site`.
    pub const fn new(
        db: Database,
        mails: Mails,
        site: PublicOrigin,
        transport: Transport,
        settings: SenderSettings,
    ) -> Self {
        Self { db, mails, site, transport, settings }
    }

    /// Sends until `end`. A round that has begun is finished first.
    pub async fn run(self, end: CancellationToken) {
        let mut failures = 0_u32;
        while !end.is_cancelled() {
            let pause = match self.round().await {
                Ok(SenderRound { sent: 1.., .. }) => {
                    failures = 0;
                    continue;
                }
                Ok(_) => {
                    failures = 0;
                    self.settings.idle
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "mails wait in the queue");
                    failures = failures.saturating_add(1);
                    self.settings.back_off.after(failures).max(self.settings.idle)
                }
            };
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends one batch.
    ///
    /// # Errors
    /// When the database refuses. Nothing is lost: what was not marked is sent again when its lease ends.
    pub async fn round(&self) -> Result<SenderRound, MailError> {
        let until = self.mails.clock.now().plus(self.settings.lease);
        let claimed = self.claim(until).await?;
        let mut round = SenderRound::default();
        // No transaction is open while a mail server is asked. What is done is marked at once, so that a crash repeats
        // as little as possible.
        let done = stream::iter(claimed)
            .map(|mail| async move {
                // A mail on which the work panics is given up like others that fail, and the sender lives.
                let delivered = AssertUnwindSafe(self.deliver(&mail, until)).catch_unwind().await;
                let outcome = delivered.unwrap_or_else(|_| Outcome::Later("sending panicked".to_owned()));
                (mail, outcome)
            })
            .buffer_unordered(self.settings.parallel.max(1))
            .ready_chunks(usize::try_from(self.settings.batch.max(1)).unwrap_or(1));
        tokio::pin!(done);
        while let Some(outcomes) = done.next().await {
            let mut together = round;
            match self.settle_all(&outcomes, (until, &mut together)).await {
                Ok(()) => round = together,
                Err(error @ MailError::Db(DbError::Unavailable(_))) => return Err(error),
                // One that cannot be noted must not undo what is noted of the others: they would be sent twice.
                Err(_) => self.settle_each(&outcomes, (until, &mut round)).await?,
            }
        }
        Ok(round)
    }

    async fn settle_all(
        &self,
        outcomes: &[(Waiting, Outcome)],
        (until, round): (Timestamp, &mut SenderRound),
    ) -> Result<(), MailError> {
        let mut tx = self.db.begin().await?;
        for (mail, outcome) in outcomes {
            self.settle(&mut tx, mail, outcome, (until, &mut *round)).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn settle_each(
        &self,
        outcomes: &[(Waiting, Outcome)],
        (until, round): (Timestamp, &mut SenderRound),
    ) -> Result<(), MailError> {
        for one in outcomes.chunks(1) {
            let mut alone = *round;
            match self.settle_all(one, (until, &mut alone)).await {
                Ok(()) => *round = alone,
                Err(error @ MailError::Db(DbError::Unavailable(_))) => return Err(error),
                // Its lease ends, and after so many attempts it is given up.
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, mail = one[0].0.id, "what became of a mail cannot be noted");
                }
            }
        }
        Ok(())
    }

    async fn claim(&self, until: Timestamp) -> Result<Vec<Waiting>, DbError> {
        let mut reader = self.db.read().await?;
        let due = outgoing::due(&mut reader, self.mails.clock.now(), self.settings.batch).await?;
        drop(reader);
        let mut claimed = Vec::with_capacity(due.len());
        if due.is_empty() {
            return Ok(claimed);
        }
        let mut tx = self.db.begin().await?;
        for mail in due {
            if outgoing::claim(&mut tx, &mail, until).await? {
                claimed.push(mail);
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    async fn deliver(&self, mail: &Waiting, until: Timestamp) -> Outcome {
        if self.mails.clock.now() >= until {
            return Outcome::Lapsed;
        }
        if mail.attempts >= self.settings.attempts {
            return Outcome::Never("it was taken too often".to_owned());
        }
        let (id, to, rendered) = match self.open(mail) {
            Ok(opened) => opened,
            // The key may come back with the configuration of before.
            Err(error @ MailError::KeyRing(KeyRingError::UnknownKey)) => {
                return Outcome::Later(error.to_string());
            }
            Err(error) => return Outcome::Never(error.to_string()),
        };
        match &self.transport {
            Transport::Mailbox => Outcome::ForMailbox(rendered),
            Transport::Smtp(smtp) => {
                let envelope = Envelope { id, from: smtp.from(), to: &to, at: mail.created_at };
                match smtp.send(&rendered, &envelope).await {
                    Ok(()) => Outcome::Sent,
                    Err(SendError::Later(reason)) => Outcome::Later(reason),
                    Err(SendError::Never(reason)) => Outcome::Never(reason),
                }
            }
        }
    }

    fn open(&self, mail: &Waiting) -> Result<(MailId, MailAddress, RenderedMail), MailError> {
        let unreadable = |column| MailError::Db(DbError::Unreadable { column });
        let id = MailId::parse(&mail.id).map_err(|_| unreadable("outgoing_mails.id"))?;
        let to = MailAddress::parse(&mail.recipient).map_err(|_| unreadable("outgoing_mails.recipient"))?;
        let language =
            Language::parse(&mail.language).ok_or_else(|| unreadable("outgoing_mails.language"))?;
        let owner = mails::owner(&mail.id, &mail.recipient, &mail.language);
        let plain = self.mails.key_ring.open(PURPOSE, &owner, &mail.sealed)?;
        let letter = serde_json::from_slice(&plain).map_err(MailError::MailTemplate)?;
        Ok((id, to, RenderedMail::of(&letter, language, &self.site)?))
    }

    async fn settle(
        &self,
        tx: &mut Transaction,
        mail: &Waiting,
        outcome: &Outcome,
        (claimed, round): (Timestamp, &mut SenderRound),
    ) -> Result<(), MailError> {
        let now = self.mails.clock.now();
        let attempts = mail.attempts.saturating_add(1);
        match outcome {
            Outcome::Lapsed => return Ok(()),
            Outcome::Sent => {
                outgoing::sent(tx, &mail.id, now).await?;
                count(mail, "sent");
                round.sent += 1;
            }
            Outcome::ForMailbox(rendered) => {
                // Marked and laid down in one transaction: it lies there once.
                if outgoing::sent(tx, &mail.id, now).await? {
                    mailbox::insert(tx, &self.mails, mail, rendered).await?;
                    count(mail, "sent");
                    round.sent += 1;
                }
            }
            Outcome::Later(reason) if attempts < self.settings.attempts => {
                tracing::warn!(mail = mail.id, kind = mail.kind, attempts, reason, "a mail is sent later");
                let due = now.plus(self.settings.back_off.after(attempts));
                outgoing::postpone(tx, &mail.id, claimed, due).await?;
                count(mail, "postponed");
                round.postponed += 1;
            }
            Outcome::Later(reason) | Outcome::Never(reason) => {
                tracing::error!(mail = mail.id, kind = mail.kind, attempts, reason, "a mail was given up");
                outgoing::failed(tx, &mail.id, claimed, now).await?;
                count(mail, "failed");
                round.failed += 1;
            }
        }
        Ok(())
    }
}

fn count(mail: &Waiting, outcome: &'static str) {
    metrics::counter!("daemun_mails_total", "kind" => mail.kind.clone(), "outcome" => outcome).increment(1);
}
