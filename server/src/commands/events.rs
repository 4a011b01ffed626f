//! `daemun events dead`: what consumers could not deal with, on any bus.

use std::process::ExitCode;
use std::sync::Arc;

use admin::{AccessLog, DeadLetters, Decision, FindError, Looking};
use clap::{Args, Subcommand};
use db::DbError;
use events::DeadLetter;
use names::{Operation, OperatorReason};
use serde_json::json;

use super::command_context::{CommandContext, CommandContextError, NO_REASON, REASON};
use super::configured;
use crate::config::{Config, Sources};

#[derive(Subcommand)]
pub(super) enum Events {
    /// Look at what consumers could not deal with.
    #[command(subcommand)]
    Dead(Dead),
}

#[derive(Subcommand)]
pub(super) enum Dead {
    /// Print the newest, without payloads.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print one with its payload, which may contain people’s addresses.
    Show(Which),
    /// Have the consumer process one again, after those that followed it.
    Retry(Which),
    /// Discard one permanently. On Kafka its copy in the topic `….dead` stays for that topic's retention.
    Discard(Which),
}

#[derive(Args)]
pub(super) struct Which {
    /// The id of the event, as `list` prints it.
    event: String,
    /// Which consumer's, where several could not process it.
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
    #[arg(long, value_name = "TEXT", help = REASON, value_parser = OperatorReason::parse, default_value = NO_REASON)]
    reason: OperatorReason,
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
enum EventsError {
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Find(#[from] FindError),
    #[error("it is no longer a dead letter: somebody else has dealt with it")]
    Gone,
}

pub(super) async fn run(Events::Dead(command): Events, sources: &Sources) -> ExitCode {
    configured::print(sources, async |config| work(command, config).await).await
}

/// Does it, and gives what is to be printed.
async fn work(command: Dead, config: &Config) -> Result<String, EventsError> {
    let context = CommandContext::open(config).await?;
    let clock = Arc::clone(&context.base.context.clock);
    let dead_letters = DeadLetters::new(context.base.db.clone(), clock, context.audit.clone());
    let operation = |which: &Which| context.operation(which.reason.clone());
    let done = match command {
        Dead::List { limit, json } => list(&dead_letters, limit, json).await,
        Dead::Show(which) => {
            let access = AccessLog::new(context.of_members(), config.admin.access_log.get());
            show(&dead_letters, &access, &which, &operation(&which)).await
        }
        Dead::Retry(which) => settle(&dead_letters, &which, Decision::Retry, &operation(&which)).await,
        Dead::Discard(which) => settle(&dead_letters, &which, Decision::Discard, &operation(&which)).await,
    };
    context.base.db.close().await;
    done
}

const fn what(decision: Decision) -> &'static str {
    match decision {
        Decision::Retry => "processes it again within seconds",
        Decision::Discard => "never processes it",
    }
}

/// Does it together with its line in the audit log, and says so.
async fn settle(
    dead_letters: &DeadLetters,
    which: &Which,
    decision: Decision,
    operation: &Operation,
) -> Result<String, EventsError> {
    let dead = dead_letters.find(&which.event, which.consumer.as_deref()).await?;
    if !dead_letters.settle(&dead, decision, operation).await? {
        return Err(EventsError::Gone);
    }
    let (group, event_id) = (dead.group.escape_debug(), dead.event_id.escape_debug());
    Ok(format!("The consumer `{group}` {}: {event_id}\n", what(decision)))
}

/// Notes who reads it, and prints it.
async fn show(
    dead_letters: &DeadLetters,
    access: &AccessLog,
    which: &Which,
    operation: &Operation,
) -> Result<String, EventsError> {
    let dead = dead_letters.find(&which.event, which.consumer.as_deref()).await?;
    dead_letters.note_reading(access, &dead, &Looking { operation, address: None }).await?;
    Ok(shown(&dead))
}

/// The newest is last, where a terminal shows it.
async fn list(dead_letters: &DeadLetters, limit: u32, json: bool) -> Result<String, EventsError> {
    let dead = dead_letters.list(None, limit).await?;
    let line = |dead: &DeadLetter| if json { format!("{}\n", object(dead)) } else { text(dead) };
    Ok(dead.iter().rev().map(line).collect())
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
    ];
    let written = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<_> = written.map(|(name, value)| format!("{name}: {}\n", value.escape_debug())).collect();
    format!("{}body: {}\n", lines.concat(), body(&dead.body))
}

/// A body as it is, but for what a terminal would obey: with its quotes escaped, it would be no JSON any more.
fn body(text: &str) -> String {
    const QUOTES: [char; 3] = ['"', '\'', '\\'];
    let mut shown = String::new();
    for piece in text.split_inclusive(QUOTES) {
        let plain = piece.trim_end_matches(QUOTES);
        shown.extend(plain.escape_debug());
        shown.push_str(&piece[plain.len()..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn a_body_stays_json_and_a_terminal_is_told_nothing() {
        for json in [r#"{"bad":1}"#, r#"{"a":"\"b\" \\ 'c'"}"#, r#"{"이름":"하늘"}"#, ""] {
            assert_eq!(body(json), json);
        }
        assert_eq!(body("{\"a\":\"\u{1b}[2J\"}\n"), "{\"a\":\"\\u{1b}[2J\"}\\n");
    }
}
