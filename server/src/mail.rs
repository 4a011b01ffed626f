//! How mails leave this program: what account events make it write, and the sender.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, Transaction};
use events::{Bus, BusError, Consumer, ConsumerRunner, ConsumerSettings};
use futures::future::BoxFuture;
use jobs::WorkerSettings;
use kernel::Clock;
use names::{EmailAddress, MemberId};
use notifications::{AccountNews, Mails, Recipients, Sender, Smtp, SmtpError, SmtpSettings, Transport};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::{PublicOrigin, keep_running};

use crate::base::Base;
use crate::config::{self, Config, MailTransport};

/// Why mails cannot leave.
#[derive(Debug, thiserror::Error)]
pub enum MailStartError {
    /// The mail server's settings.
    #[error("`mail.smtp_url`, `mail.smtp_ca_file`: {0}")]
    Smtp(#[from] SmtpError),
    /// The bus.
    #[error("the events about which mails are written cannot be subscribed to: {0}")]
    Bus(#[from] BusError),
}

/// Everything about mail, ready to run.
pub struct MailService {
    news: Arc<AccountNews>,
    subscribed: ConsumerRunner,
    bus: Arc<dyn Bus>,
    db: Database,
    clock: Arc<dyn Clock>,
    sender: Sender,
}

impl MailService {
    /// Subscribes to account events on `bus`, before its relay starts, and gets ready to send. `None` where mails go
    /// nowhere.
    ///
    /// # Errors
    /// As [`MailStartError`] says.
    pub async fn open(
        config: &Config,
        base: &Base,
        bus: &Arc<dyn Bus>,
    ) -> Result<Option<Self>, MailStartError> {
        if matches!(config.mail.transport, MailTransport::Nowhere) {
            tracing::warn!("no mail server is configured: e-mail sign-up and notices are off");
            return Ok(None);
        }
        let Base { db, key_ring, context } = base.clone();
        let clock = context.clock;
        let mails = Mails::new(key_ring, Arc::clone(&clock), context.randomness);
        let recipients = Arc::new(ProvenMailboxes);
        let news = Arc::new(AccountNews::new(mails.clone(), config.mail.language, recipients));
        let transport = smtp(&config.mail)?.map_or(Transport::Mailbox, Transport::Smtp);
        let site = PublicOrigin::of(&config.public_url);
        let sender = Sender::new(db.clone(), mails, site, transport, settings(&config.mail));
        let bus = Arc::clone(bus);
        let subscribed = subscribe(Arc::clone(&news) as _, &*bus, db.clone(), Arc::clone(&clock)).await?;
        Ok(Some(Self { news, subscribed, bus, db, clock, sender }))
    }

    /// Writes and sends until `end`.
    pub fn run(self, tasks: &TaskTracker, end: &CancellationToken) {
        let Self { news, subscribed, bus, db, clock, sender } = self;
        let mut subscribed = Some(subscribed);
        keep_running(tasks, end, "account news", move |end| {
            let first = subscribed.take();
            let (news, bus, db, clock) =
                (Arc::clone(&news), Arc::clone(&bus), db.clone(), Arc::clone(&clock));
            async move {
                let runner = match first {
                    Some(runner) => Ok(runner),
                    None => subscribe(news, &*bus, db, clock).await,
                };
                match runner {
                    Ok(runner) => runner.run(end).await,
                    Err(error) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "events cannot be subscribed to"
                        );
                    }
                }
            }
        });
        keep_running(tasks, end, "mail sender", move |end| sender.clone().run(end));
    }
}

async fn subscribe(
    news: Arc<dyn Consumer>,
    bus: &dyn Bus,
    db: Database,
    clock: Arc<dyn Clock>,
) -> Result<ConsumerRunner, BusError> {
    ConsumerRunner::start(news, bus, db, clock, ConsumerSettings::default()).await
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
    // Somebody looks at their mailbox: after a crash a mail waits no longer than a server may take for it. So no more are
    // taken than are sent at once.
    let server_takes = match config.transport {
        MailTransport::Smtp { .. } => config.time_out.get(),
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
