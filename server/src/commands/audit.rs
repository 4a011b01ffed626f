//! `daemun audit`: the audit log, as operators read it.

use std::io::{self, Write as _};
use std::process::ExitCode;

use audit::{AuditFilter, AuditRow, search};
use clap::Args;
use db::{Database, DbError, OpenError};
use kernel::{Clock as _, SystemClock};
use names::{Actor, AuditKind, MemberId};
use serde_json::json;

use super::configured;
use super::output::written;
use crate::config::{Config, Sources, Span};

#[derive(Args)]
pub(super) struct Audit {
    /// Only what is about this member.
    #[arg(long, value_name = "ID", value_parser = MemberId::parse)]
    member: Option<MemberId>,
    /// Only this kind, such as `sign_in` or `token_reuse`.
    #[arg(long, value_parser = kind)]
    kind: Option<AuditKind>,
    /// Only what this actor did: `member`, `operator`, `client` or `system`.
    #[arg(long, value_parser = actor)]
    actor: Option<Actor>,
    /// Only what happened in this span until now, such as `90m` or `7d`.
    #[arg(long, value_name = "SPAN")]
    since: Option<Span>,
    /// The most lines to print.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Why the log could not be shown.
#[derive(Debug, thiserror::Error)]
enum AuditError {
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

fn kind(text: &str) -> Result<AuditKind, String> {
    AuditKind::parse(text).ok_or_else(|| {
        let names: Vec<_> = AuditKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("one of {}", names.join(", "))
    })
}

fn actor(text: &str) -> Result<Actor, String> {
    Actor::parse(text).ok_or_else(|| format!("one of {}", Actor::ALL.map(Actor::as_str).join(", ")))
}

pub(super) async fn run(audit: &Audit, sources: &Sources) -> ExitCode {
    configured::run(sources, async |config| show(audit, config).await).await
}

async fn show(audit: &Audit, config: &Config) -> Result<(), AuditError> {
    let db = Database::open(&config.database).await?;
    let filter = AuditFilter {
        member: audit.member.map(MemberId::uuid),
        kind: audit.kind,
        actor: audit.actor,
        since: audit.since.map(|span| SystemClock.now().minus(span.get())),
        ..AuditFilter::default()
    };
    let rows = search::newest(&mut *db.read().await?, &filter, audit.limit).await?;
    written(print(&rows, audit.json))?;
    db.close().await;
    Ok(())
}

/// The newest is last, where a terminal shows it.
fn print(rows: &[AuditRow], json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for row in rows.iter().rev() {
        if json {
            writeln!(out, "{}", object(row))?;
        } else {
            writeln!(out, "{}", text(row))?;
        }
    }
    Ok(())
}

fn object(row: &AuditRow) -> serde_json::Value {
    json!({
        "at": row.at.to_string(),
        "kind": row.kind,
        "outcome": row.outcome,
        "reason": row.reason,
        "actor": row.actor,
        "member": row.member,
        "provider": row.provider,
        "client": row.client,
        "object": row.object,
        "operator": row.operator,
        "note": row.note,
        "request_id": row.request_id,
        "network": row.network,
        "user_agent": row.user_agent,
        "times": row.times,
    })
}

/// Strangers chose some of these texts, and a terminal obeys control characters: everything that is no word of ours is escaped.
fn text(row: &AuditRow) -> String {
    let outcome = if row.reason.is_empty() { &row.outcome } else { &row.reason };
    let outcome = if row.times > 1 { format!("{outcome} ×{}", row.times) } else { outcome.clone() };
    format!(
        "{}  {:<22}  {outcome:<20}  {:<8}  {}  {:<8}  {:<16}  {:<14}  {:<18}  {}  {}  {}",
        row.at,
        row.kind,
        row.actor,
        row.member.as_deref().unwrap_or("-"),
        escaped(&row.provider),
        escaped(&row.client),
        escaped(&row.object),
        escaped(&row.network),
        escaped(&row.request_id),
        row.user_agent.escape_debug(),
        row.note.escape_debug(),
    )
}

/// A column; a dash where it is empty.
fn escaped(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.escape_debug().to_string() }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;
    use kernel::id::Uuid;

    use super::*;

    #[test]
    fn no_text_of_a_stranger_reaches_the_terminal_as_a_command() {
        let evil = || "\u{1b}[2J\n".to_owned();
        let row = AuditRow {
            id: audit::AuditRowId::from_uuid(Uuid::from_u128(1)),
            at: Timestamp::from_millis(0),
            kind: "dead_letter_discarded".to_owned(),
            outcome: "success".to_owned(),
            reason: String::new(),
            actor: "operator".to_owned(),
            member: None,
            provider: evil(),
            client: evil(),
            object: evil(),
            operator: None,
            note: evil(),
            request_id: evil(),
            network: evil(),
            user_agent: evil(),
            times: 1,
        };
        let line = text(&row);
        assert!(!line.contains(char::is_control), "{line:?}");
        assert_eq!(line.matches("\\u{1b}[2J\\n").count(), 7, "{line}");
        let nothing = AuditRow { object: String::new(), ..row };
        assert!(text(&nothing).contains("  -             "), "a dash, as wide as the column");
    }
}
