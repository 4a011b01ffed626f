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

/// A client chooses its own name, and a terminal obeys control characters: everything is escaped.
fn text(row: &AuditRow) -> String {
    let outcome = if row.reason.is_empty() { &row.outcome } else { &row.reason };
    let outcome = if row.times > 1 { format!("{outcome} ×{}", row.times) } else { outcome.clone() };
    format!(
        "{}  {:<22}  {outcome:<20}  {:<8}  {}  {:<8}  {:<16}  {:<14}  {:<18}  {}  {}  {}",
        row.at,
        row.kind,
        row.actor,
        row.member.as_deref().unwrap_or("-"),
        if row.provider.is_empty() { "-" } else { &row.provider },
        if row.client.is_empty() { "-" } else { &row.client },
        if row.object.is_empty() { "-" } else { &row.object },
        if row.network.is_empty() { "-" } else { &row.network },
        if row.request_id.is_empty() { "-" } else { &row.request_id },
        row.user_agent.escape_debug(),
        row.note.escape_debug(),
    )
}
