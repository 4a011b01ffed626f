//! `daemun webhooks`: who is sent account events, and what became of them.

use std::process::ExitCode;

use ::webhooks::{Answer, LoggedDelivery, PostError, ReceiverName, State, WantedDeliveries};
use admin::{ConfiguredReceiver, ReceiverState, Receivers, Replayed};
use clap::{Args, Subcommand};
use db::{DbError, LentTransaction};
use names::{Operation, OperatorReason};
use serde_json::json;

use super::command_context::{CommandContext, CommandContextError, NO_REASON, REASON};
use super::configured;
use crate::config::{Config, Sources};

#[derive(Subcommand)]
pub(super) enum Webhooks {
    /// Print the configured receivers, and how many events wait or were given up for each.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print what was sent last, to whom, and the answers, without payloads.
    Log(Log),
    /// Send a test event with an empty payload now, and print the answer.
    Test(Test),
    /// Send an event again, or all that were given up: with retries for three days, after what the receiver was sent meanwhile.
    Replay(Replay),
}

#[derive(Args)]
pub(super) struct Log {
    /// Only events for this receiver.
    receiver: Option<String>,
    /// Only events that are `waiting`, `delivered` or `given-up`.
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
pub(super) struct Test {
    /// The name of the receiver, as `list` prints it.
    receiver: String,
    #[arg(long, value_name = "TEXT", help = REASON, value_parser = OperatorReason::parse, default_value = NO_REASON)]
    reason: OperatorReason,
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
    #[arg(long, value_name = "TEXT", help = REASON, value_parser = OperatorReason::parse, default_value = NO_REASON)]
    reason: OperatorReason,
}

/// So many are sent again in one transaction.
const BATCH_SIZE: u32 = 500;

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
    #[error("the event is already waiting: the next attempt is at {0}")]
    Waits(kernel::Timestamp),
    #[error("the event is already waiting: it is sent after those of its member before it")]
    WaitsForOthers,
    #[error("the receiver did not take it: {0}")]
    NotTaken(String),
}

pub(super) async fn run(command: Webhooks, sources: &Sources) -> ExitCode {
    configured::print(sources, async |config| work(command, config).await).await
}

/// Does it, and gives what is to be printed.
async fn work(command: Webhooks, config: &Config) -> Result<String, WebhooksError> {
    let context = CommandContext::open(config).await?;
    let webhooks = crate::webhooks::Webhooks::new(config)?;
    let receivers = webhooks.for_operators(&context.base, context.audit.clone());
    let done = match command {
        Webhooks::List { json } => list(&receivers, json).await,
        Webhooks::Log(log) => logged(&receivers, log).await,
        Webhooks::Test(one) => test(&receivers, one, &context).await,
        Webhooks::Replay(replay) => again(&receivers, replay, &context).await,
    };
    context.base.db.close().await;
    done
}

/// A receiver of the configuration, or one for which something is left.
async fn known(receivers: &Receivers, text: &str) -> Result<ReceiverName, WebhooksError> {
    let name = ReceiverName::parse(text).ok_or_else(|| WebhooksError::UnknownReceiver(text.to_owned()))?;
    if receivers.is_known(&name).await? {
        Ok(name)
    } else {
        Err(WebhooksError::UnknownReceiver(text.to_owned()))
    }
}

async fn list(receivers: &Receivers, json: bool) -> Result<String, WebhooksError> {
    Ok(receivers.list().await?.iter().map(|state| line(state, json)).collect())
}

fn line(state: &ReceiverState, json: bool) -> String {
    let ReceiverState { name, configured, waiting, since, given_up } = state;
    let name = name.escape_debug();
    match (configured, json) {
        (Some(ConfiguredReceiver { url, topics }), true) => {
            let object = json!({
                "receiver": name.to_string(),
                "configured": true,
                "url": url,
                "topics": topics,
                "waiting": waiting,
                "oldest": since.map(|since| since.to_string()),
                "givenUp": given_up,
            });
            format!("{object}\n")
        }
        (Some(ConfiguredReceiver { url, topics }), false) => {
            let since = since.map(|since| format!(" since {since}")).unwrap_or_default();
            format!("{name}  {url}  {}  waiting: {waiting}{since}  given up: {given_up}\n", topics.join(","))
        }
        // What was for it waits for it until it expires.
        (None, true) => format!("{}\n", json!({ "receiver": name.to_string(), "configured": false })),
        (None, false) => format!("{name}  is no longer configured; what was for it is kept for 30 days\n"),
    }
}

/// The newest is last, where a terminal shows it.
async fn logged(receivers: &Receivers, log: Log) -> Result<String, WebhooksError> {
    let receiver = match &log.receiver {
        Some(text) => Some(known(receivers, text).await?),
        None => None,
    };
    let wanted = WantedDeliveries { receiver, state: log.state, after: None };
    let rows = receivers.log(&wanted, log.limit).await?;
    let shown = |row: &LoggedDelivery| if log.json { format!("{}\n", object(row)) } else { text(row) };
    Ok(rows.iter().rev().map(shown).collect())
}

/// A receiver chooses its answer, and a terminal obeys what it is sent: nothing goes out as it is.
fn text(row: &LoggedDelivery) -> String {
    let LoggedDelivery { receiver, event_id, topic, state, failures, .. } = row;
    let at = row.tried_at.unwrap_or(row.created_at);
    let next = row.due_at.map(|at| format!("  next: {at}")).unwrap_or_default();
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
        "dueAt": row.due_at.map(|at| at.to_string()),
        "failures": row.failures,
        "answer": row.answer,
    })
}

async fn test(receivers: &Receivers, test: Test, context: &CommandContext) -> Result<String, WebhooksError> {
    let Test { receiver, reason } = test;
    let known = receivers.configured(&receiver);
    let known = known.ok_or_else(|| WebhooksError::UnknownReceiver(receiver.clone()))?;
    let (id, answer) = receivers.test(known, &context.operation(reason)).await?;
    match answer {
        Answer::Taken(status) => Ok(format!("{receiver} answered {} to {id}\n", status.as_str())),
        other => Err(WebhooksError::NotTaken(other.text())),
    }
}

async fn again(
    receivers: &Receivers,
    command: Replay,
    context: &CommandContext,
) -> Result<String, WebhooksError> {
    let Replay { receiver, event, reason, .. } = command;
    let (receiver, operation) = (known(receivers, &receiver).await?, context.operation(reason));
    let Some(event) = event else {
        let replayed = all_given_up(receivers, &receiver, &operation).await?;
        return Ok(format!("{replayed} events are being sent to {receiver} again\n"));
    };
    match receivers.replay(&receiver, &event, &operation).await? {
        Replayed::Yes => Ok(format!("{event} is being sent to {receiver} again\n")),
        Replayed::Waits(at) => Err(at.map_or(WebhooksError::WaitsForOthers, WebhooksError::Waits)),
        Replayed::Unknown => Err(WebhooksError::UnknownEvent(receiver, event)),
    }
}

/// A part at a time, until none is left; how many there were.
async fn all_given_up(
    receivers: &Receivers,
    receiver: &ReceiverName,
    operation: &Operation,
) -> Result<usize, DbError> {
    let mut replayed = 0;
    loop {
        let some = async |mut tx: LentTransaction| {
            let some = receivers.replay_some(&mut tx, receiver, BATCH_SIZE, operation).await?;
            Ok::<_, DbError>(tx.commit(some))
        };
        match receivers.db.transact(some).await? {
            0 => return Ok(replayed),
            some => replayed += some,
        }
    }
}
