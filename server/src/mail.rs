//! How mails leave this program: what account events make it write, and the sender.

use std::sync::Arc;
use std::time::Duration;

use db::{DbError, Transaction};
use events::Consumer;
use futures::future::BoxFuture;
use jobs::WorkerSettings;
use names::{EmailAddress, MemberId};
use notifications::{AccountNews, Mails, Recipients, Sender, Smtp, SmtpError, SmtpSettings, Transport};
use web::PublicOrigin;

use crate::base::Base;
use crate::config::{self, Config, MailTransport};
use crate::parts::background::Background;

/// Everything about mail, ready to run.
pub struct MailService {
    news: Arc<AccountNews>,
    sender: Sender,
}

impl MailService {
    /// Gets ready to send. `None` where mails go nowhere.
    ///
    /// # Errors
    /// When the mail server's settings cannot be used.
    pub fn open(config: &Config, base: &Base) -> Result<Option<Self>, SmtpError> {
        if matches!(config.mail.transport, MailTransport::Nowhere) {
            tracing::warn!("no mail server is configured: e-mail sign-up and notices are off");
            return Ok(None);
        }
        let Base { db, key_ring, context, .. } = base.clone();
        let mails = Mails::new(key_ring, context.clock, context.randomness);
        let recipients = Arc::new(ProvenMailboxes);
        let news = Arc::new(AccountNews::new(mails.clone(), config.mail.language, recipients));
        let transport = smtp(&config.mail)?.map_or(Transport::Mailbox, Transport::Smtp);
        let site = PublicOrigin::of(&config.public_url);
        let sender = Sender::new(db, mails, site, transport, settings(&config.mail));
        Ok(Some(Self { news, sender }))
    }

    /// What writes mails about account events.
    pub fn consumer(&self) -> Arc<dyn Consumer> {
        Arc::clone(&self.news) as _
    }

    /// Sends until the end.
    pub fn run(self, background: Background<'_>) {
        background.run("mail sender", move |end| self.sender.clone().run(end));
    }
}

/// Members' mailboxes as accounts know them.
#[derive(Debug)]
struct ProvenMailboxes;

impl Recipients for ProvenMailboxes {
    fn mailbox_of<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<Option<EmailAddress>, DbError>> {
        Box::pin(members::mailbox_of(tx, member))
    }
}

/// The mail server of the configuration; `None` when mails stay in the mailbox.
///
/// # Errors
/// When its settings cannot be used.
pub fn smtp(config: &config::Mail) -> Result<Option<Smtp>, SmtpError> {
    let MailTransport::Smtp { url, authority } = &config.transport else { return Ok(None) };
    Smtp::new(SmtpSettings {
        url: url.clone(),
        from: config.from.clone(),
        authority: authority.clone(),
        connections: config.connections,
        time_out: config.time_out.get(),
    })
    .map(Some)
}

fn settings(config: &config::Mail) -> WorkerSettings {
    // Somebody looks at their mailbox: after a crash a mail waits no longer than a server may take for it, and after a refusal to
    // say whether it takes mails from our sender at all. So no more are taken than are sent at once.
    let server_takes = match config.transport {
        MailTransport::Smtp { .. } => config.time_out.get() * 2,
        MailTransport::Mailbox | MailTransport::Nowhere => Duration::ZERO,
    };
    WorkerSettings {
        batch: config.connections,
        parallel: usize::try_from(config.connections).unwrap_or(usize::MAX),
        lease: server_takes + Duration::from_secs(10),
        attempts: config.attempts,
        ..Sender::SETTINGS
    }
}
