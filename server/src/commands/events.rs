//! `daemun events dead`: what consumers could not deal with, on any bus.

use std::io::{self, Write as _};
use std::process::ExitCode;

use audit::{AuditEvent, AuditKind};
use clap::{Args, Subcommand};
use db::{Database, DbError, LentTransaction};
use events::DeadLetter;
use names::MemberId;
use serde_json::json;

use super::command_context::{CommandContext, CommandContextError};
use super::output::{failure, with_causes, written};
use crate::config::{self, Config, Sources};

#[derive(Subcommand)]
pub(super) enum Events {
    /// Look at what consumers could not deal with.
    #[command(subcommand)]
    Dead(Dead),
}

#[derive(Subcommand)]
pub(super) enum Dead {
    /// Print the newest, without what they tell.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print one with what it tells, which may be addresses of people.
    Show(Which),
    /// Let the consumer deal with one again, after what followed it.
    Retry(Which),
    /// Give one up for good. On Kafka its copy in the topic `….dead` stays for that topic's retention.
    Discard(Which),
}

#[derive(Args)]
pub(super) struct Which {
    /// The id of the event, as `list` prints it.
    event: String,
    /// Which consumer's, where several could not deal with it.
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
enum EventsError {
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("there is no dead letter of the event `{0}`; `daemun events dead list` shows all")]
    Unknown(String),
    #[error("several consumers could not deal with it: add --consumer with one of {0}")]
    Several(String),
    #[error("it is no longer a dead letter: somebody else has dealt with it")]
    Gone,
}

pub(super) async fn run(Events::Dead(command): Events, sources: &Sources) -> ExitCode {
    let config = match config::load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    match work(command, &config).await {
        Ok(text) => match written(io::stdout().lock().write_all(text.as_bytes())) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failure(&format!("the answer cannot be written: {error}")),
        },
        Err(error) => failure(&with_causes(&error)),
    }
}

/// Does it, and gives what is to be printed.
async fn work(command: Dead, config: &Config) -> Result<String, EventsError> {
    let context = CommandContext::open(config).await?;
    let db = &context.base.db;
    let done = match command {
        Dead::List { limit, json } => list(db, limit, json).await,
        Dead::Show(which) => find(db, which).await.map(|dead| shown(&dead)),
        Dead::Retry(which) => settle(&context, which, Decision::Retry).await,
        Dead::Discard(which) => settle(&context, which, Decision::Discard).await,
    };
    context.base.db.close().await;
    done
}

/// What becomes of a dead letter.
#[derive(Clone, Copy)]
enum Decision {
    Retry,
    Discard,
}

impl Decision {
    const fn kind(self) -> AuditKind {
        match self {
            Self::Retry => AuditKind::DeadLetterRetried,
            Self::Discard => AuditKind::DeadLetterDiscarded,
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Retry => "gets it again within seconds",
            Self::Discard => "never gets it",
        }
    }
}

/// Does it together with its line in the audit log, and says so.
async fn settle(context: &CommandContext, which: Which, decision: Decision) -> Result<String, EventsError> {
    let CommandContext { base, audit, source, .. } = context;
    let dead = find(&base.db, which).await?;
    let member = MemberId::parse(&dead.key).ok().map(MemberId::uuid);
    let event = AuditEvent::new(decision.kind(), source).about_known(member).on(noted(&dead.event_id));
    let now = base.context.clock.now();
    let settle = async |mut tx: LentTransaction| {
        let done = match decision {
            Decision::Retry => events::retry(&mut tx, &dead, now).await?,
            Decision::Discard => events::discard(&mut tx, &dead).await?,
        };
        if !done {
            return Ok(tx.roll_back(false));
        }
        audit.record(&mut tx, &event).await?;
        Ok::<_, DbError>(tx.commit(true))
    };
    if !base.db.transact(settle).await? {
        return Err(EventsError::Gone);
    }
    let (group, event_id) = (dead.group.escape_debug(), dead.event_id.escape_debug());
    Ok(format!("The consumer `{group}` {}: {event_id}\n", decision.what()))
}

/// What the audit log says of it: ids of ours are 40 letters and digits, and others may be any text.
fn noted(event_id: &str) -> &str {
    if event_id.len() <= 64 && event_id.is_ascii() { event_id } else { "" }
}

/// The newest is last, where a terminal shows it.
async fn list(db: &Database, limit: u32, json: bool) -> Result<String, EventsError> {
    let dead = events::dead_letters(&mut *db.read().await?, limit).await?;
    let line = |dead: &DeadLetter| if json { format!("{}\n", object(dead)) } else { text(dead) };
    Ok(dead.iter().rev().map(line).collect())
}

async fn find(db: &Database, which: Which) -> Result<DeadLetter, EventsError> {
    let Which { event, consumer } = which;
    let mut dead = events::dead_letters_of(&mut *db.read().await?, &event).await?;
    dead.retain(|dead| consumer.as_ref().is_none_or(|consumer| dead.group == *consumer));
    match dead.len() {
        0 | 1 => dead.pop().ok_or(EventsError::Unknown(event)),
        _ => {
            let groups: Vec<_> = dead.into_iter().map(|dead| dead.group).collect();
            Err(EventsError::Several(groups.join(", ")))
        }
    }
}

/// A reason quotes what came, and a terminal obeys what it is sent: nothing goes out as it is.
fn text(dead: &DeadLetter) -> String {
    let DeadLetter { group, event_id, topic, reason, failures, died_at, .. } = dead;
    let (event_id, reason) = (event_id.escape_debug(), reason.escape_debug());
    format!("{died_at}  {group:<20}  {topic:<20}  {event_id}  after {failures} failures: {reason}\n")
}

fn object(dead: &DeadLetter) -> serde_json::Value {
    json!({
        "at": dead.died_at.to_string(),
        "consumer": dead.group,
        "topic": dead.topic,
        "eventId": dead.event_id,
        "key": dead.key,
        "failures": dead.failures,
        "reason": dead.reason,
        "origin": dead.origin,
    })
}

fn shown(dead: &DeadLetter) -> String {
    let fields = [
        ("event", &dead.event_id),
        ("consumer", &dead.group),
        ("topic", &dead.topic),
        ("origin", &dead.origin),
        ("key", &dead.key),
        ("failures", &dead.failures.to_string()),
        ("died at", &dead.died_at.to_string()),
        ("reason", &dead.reason),
        ("body", &dead.body),
    ];
    let written = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<_> = written.map(|(name, value)| format!("{name}: {}\n", value.escape_debug())).collect();
    lines.concat()
}
