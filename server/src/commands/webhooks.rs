//! `daemun webhooks`: who is sent account events, and what became of them.

use std::io::{self, Write as _};
use std::process::ExitCode;

use ::webhooks::{
    Answer, LoggedDelivery, PostError, Receiver, ReceiverName, State, Tally, newest, of_receiver, replay,
    replay_given_up, tallies,
};
use audit::{AuditEvent, AuditKind};
use clap::{Args, Subcommand};
use db::{Connection, DbError, LentTransaction, Transaction};
use events::EventId;
use serde_json::json;

use super::command_context::{CommandContext, CommandContextError};
use super::output::{failure, with_causes, written};
use crate::config::{self, Config, Sources};
use crate::webhooks::post;

#[derive(Subcommand)]
pub(super) enum Webhooks {
    /// Print the receivers of the configuration, and how much of each waits or was given up.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print what was sent last, to whom, and what they answered; without what it tells.
    Log(Log),
    /// Send an event that tells nothing, now, and print the answer.
    Test {
        /// The name of the receiver, as `list` prints it.
        receiver: String,
    },
    /// Send an event again, or all that were given up: for another three days, after what the receiver has had meanwhile.
    Replay(Replay),
}

#[derive(Args)]
pub(super) struct Log {
    /// Only what goes to this receiver.
    receiver: Option<String>,
    /// Only what is `waiting`, `delivered` or `given-up`.
    #[arg(long, value_parser = state)]
    state: Option<State>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Replay {
    /// The name of the receiver.
    receiver: String,
    /// The id of the event, as `log` prints it.
    #[arg(required_unless_present = "given_up")]
    event: Option<String>,
    /// All that were given up.
    #[arg(long, conflicts_with = "event")]
    given_up: bool,
}

fn state(text: &str) -> Result<State, String> {
    State::parse(text).ok_or_else(|| format!("one of {}", State::ALL.map(State::as_str).join(", ")))
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
enum WebhooksError {
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Post(#[from] PostError),
    #[error("there is no receiver `{0}`; `daemun webhooks list` shows all")]
    UnknownReceiver(String),
    #[error("`{0}` was sent no event `{1}` in the last days; `daemun webhooks log {0}` shows what it was")]
    UnknownEvent(ReceiverName, String),
    #[error("the event waits already: it is tried next at {0}")]
    Waits(kernel::Timestamp),
    #[error("the receiver did not take it: {0}")]
    NotTaken(String),
}

pub(super) async fn run(command: Webhooks, sources: &Sources) -> ExitCode {
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
async fn work(command: Webhooks, config: &Config) -> Result<String, WebhooksError> {
    let context = CommandContext::open(config).await?;
    let done = match command {
        Webhooks::List { json } => list(&context, config, json).await,
        Webhooks::Log(log) => logged(&context, log).await,
        Webhooks::Test { receiver } => test(&context, config, &receiver).await,
        Webhooks::Replay(replay) => again(&context, replay).await,
    };
    context.base.db.close().await;
    done
}

fn name(text: &str) -> Result<ReceiverName, WebhooksError> {
    ReceiverName::parse(text).ok_or_else(|| WebhooksError::UnknownReceiver(text.to_owned()))
}

async fn list(context: &CommandContext, config: &Config, json: bool) -> Result<String, WebhooksError> {
    let tallies = tallies(&mut *context.base.db.read().await?).await?;
    let receivers = &config.webhooks.receivers;
    let mut lines: Vec<_> = receivers.iter().map(|receiver| line(receiver, &tallies, json)).collect();
    // What was for one that is not configured any more waits for it until it expires.
    let mut gone: Vec<_> = tallies.iter().map(|tally| tally.receiver.as_str()).collect();
    gone.retain(|name| !receivers.iter().any(|receiver| receiver.name.as_str() == *name));
    gone.dedup();
    lines.extend(gone.into_iter().map(|name| {
        let name = name.escape_debug();
        if json {
            format!("{}\n", json!({ "receiver": name.to_string(), "configured": false }))
        } else {
            format!("{name}  is no longer configured; what was for it is kept for 30 days\n")
        }
    }));
    Ok(lines.concat())
}

fn line(receiver: &Receiver, tallies: &[Tally], json: bool) -> String {
    let of = |state: State| {
        tallies.iter().find(|tally| tally.receiver == receiver.name.as_str() && tally.state == state.as_str())
    };
    let count = |state| of(state).map_or(0, |tally| tally.count);
    let oldest = of(State::Waiting).map(|tally| tally.oldest.to_string());
    let topics: Vec<_> = receiver.topics.iter().map(|topic| topic.as_str()).collect();
    let (waiting, given_up) = (count(State::Waiting), count(State::GivenUp));
    if json {
        let object = json!({
            "receiver": receiver.name.as_str(),
            "configured": true,
            "url": place(receiver),
            "topics": topics,
            "waiting": waiting,
            "oldest": oldest,
            "givenUp": given_up,
        });
        return format!("{object}\n");
    }
    let since = oldest.map(|oldest| format!(" since {oldest}")).unwrap_or_default();
    let (name, place) = (&receiver.name, place(receiver));
    format!("{name}  {place}  {}  waiting: {waiting}{since}  given up: {given_up}\n", topics.join(","))
}

/// Where it listens, without what is behind `?`, which may be a secret.
fn place(receiver: &Receiver) -> String {
    let mut url = receiver.url.clone();
    url.set_query(None);
    url.into()
}

/// The newest is last, where a terminal shows it.
async fn logged(context: &CommandContext, log: Log) -> Result<String, WebhooksError> {
    let receiver = log.receiver.as_deref().map(name).transpose()?;
    let mut reader = context.base.db.read().await?;
    let rows = newest(&mut reader, receiver.as_ref(), log.state, log.limit).await?;
    let shown = |row: &LoggedDelivery| if log.json { format!("{}\n", object(row)) } else { text(row) };
    Ok(rows.iter().rev().map(shown).collect())
}

/// A receiver chooses its answer, and a terminal obeys what it is sent: nothing goes out as it is.
fn text(row: &LoggedDelivery) -> String {
    let LoggedDelivery { receiver, event_id, topic, state, failures, .. } = row;
    let at = row.tried_at.unwrap_or(row.created_at);
    let next = if state == State::Waiting.as_str() && row.tried_at.is_some() {
        format!("  next: {}", row.due_at)
    } else {
        String::new()
    };
    let answer = row.answer.escape_debug();
    format!("{at}  {receiver}  {topic:<16}  {event_id}  {state:<9}  failures: {failures}  {answer}{next}\n")
}

fn object(row: &LoggedDelivery) -> serde_json::Value {
    json!({
        "receiver": row.receiver,
        "eventId": row.event_id,
        "topic": row.topic,
        "member": row.member,
        "state": row.state,
        "createdAt": row.created_at.to_string(),
        "triedAt": row.tried_at.map(|at| at.to_string()),
        "dueAt": (row.state == State::Waiting.as_str()).then(|| row.due_at.to_string()),
        "failures": row.failures,
        "answer": row.answer,
    })
}

async fn test(context: &CommandContext, config: &Config, receiver: &str) -> Result<String, WebhooksError> {
    let known = config.webhooks.receivers.iter().find(|known| known.name.as_str() == receiver);
    let known = known.ok_or_else(|| WebhooksError::UnknownReceiver(receiver.to_owned()))?;
    let post = post(config)?;
    let system = &context.base.context;
    let id = EventId::new(&*system.clock, &*system.randomness).to_string();
    let answer = post.send_test(known, &id, system.clock.now()).await;
    let event = AuditEvent::new(AuditKind::WebhookTested, &context.source).on(known.name.as_str());
    let event = if matches!(answer, Answer::Taken(_)) { event } else { event.failed("not_taken") };
    let note = async |mut tx: LentTransaction| {
        context.audit.record(&mut tx, &event).await?;
        Ok::<_, DbError>(tx.commit(()))
    };
    context.base.db.transact(note).await?;
    match answer {
        Answer::Taken(status) => Ok(format!("{receiver} answered {} to {id}\n", status.as_str())),
        other => Err(WebhooksError::NotTaken(other.text())),
    }
}

async fn again(context: &CommandContext, command: Replay) -> Result<String, WebhooksError> {
    let receiver = name(&command.receiver)?;
    let (db, now) = (&context.base.db, context.base.context.now());
    let Some(event) = command.event else {
        let note = async |tx: &mut Transaction, ids: &[String]| note_all(context, tx, ids).await;
        let replayed = replay_given_up(db, &receiver, now, note).await?;
        return Ok(format!("{replayed} events go to {receiver} again\n"));
    };
    let work = async |mut tx: LentTransaction| {
        if !replay(&mut tx, &receiver, &event, now).await? {
            return Ok(tx.roll_back(false));
        }
        note_all(context, &mut tx, std::slice::from_ref(&event)).await?;
        Ok::<_, DbError>(tx.commit(true))
    };
    if db.transact(work).await? {
        return Ok(format!("{event} goes to {receiver} again\n"));
    }
    Err(refusal(&mut *db.read().await?, receiver, event).await?)
}

async fn refusal(
    reader: &mut Connection,
    receiver: ReceiverName,
    event: String,
) -> Result<WebhooksError, DbError> {
    Ok(match of_receiver(reader, &receiver, &event).await? {
        Some(waiting) => WebhooksError::Waits(waiting.due_at),
        None => WebhooksError::UnknownEvent(receiver, event),
    })
}

/// A row in the audit log for each.
async fn note_all(context: &CommandContext, tx: &mut Transaction, ids: &[String]) -> Result<(), DbError> {
    for id in ids {
        let event = AuditEvent::new(AuditKind::WebhookReplayed, &context.source).on(id);
        context.audit.record(tx, &event).await?;
    }
    Ok(())
}
