//! `daemun activity`: what operators do with feeds and posts beside programs that serve.

use std::io::{self, Write};
use std::process::ExitCode;

use activity::moderation::{self, Report, ReportsAfter};
use activity::operators::{self, Miscount};
use activity::{Failure, PostId};
use clap::Subcommand;
use db::DbError;
use names::MemberId;

use super::command_context::{CommandContext, CommandContextError};
use super::configured;
use super::output::written;
use crate::activity::activity_of;
use crate::config::{Config, Sources, Span};

/// So many reports are printed.
const REPORTS: u32 = 100;

#[derive(Subcommand)]
pub(super) enum Activity {
    /// Rebuild feeds from posts and follows. A running replica does the work.
    Rebuild {
        /// Only the feed of this member.
        #[arg(long, value_name = "ID", value_parser = MemberId::parse)]
        member: Option<MemberId>,
    },
    /// Recount followers and posts; print and correct what was wrong.
    Recount,
    /// Print the newest reports of posts.
    Reports,
    /// Hide a post. Only its author still sees it, with the reason.
    Hide {
        /// Which one.
        #[arg(value_parser = PostId::parse)]
        id: PostId,
        /// What its author is told; at most 500 characters.
        #[arg(long, value_parser = reason)]
        reason: String,
        /// For how long, such as 30d; permanently by default.
        #[arg(long = "for", value_name = "SPAN", value_parser = span)]
        span: Option<Span>,
    },
    /// Show a hidden post again.
    Show {
        /// Which one.
        #[arg(value_parser = PostId::parse)]
        id: PostId,
    },
}

fn reason(text: &str) -> Result<String, &'static str> {
    let note = activity::Note::parse(text).filter(|note| !note.as_str().is_empty());
    note.map(|note| note.as_str().to_owned()).ok_or("it must have 1 to 500 characters")
}

fn span(text: &str) -> Result<Span, &'static str> {
    let span = text.parse::<Span>().ok().filter(|span| !span.get().is_zero());
    span.ok_or("write a number above zero with s, m, h or d, such as 30d")
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
enum ActivityError {
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error(transparent)]
    Activity(#[from] Failure),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Cursor(#[from] activity::CursorInvalid),
    #[error("there is no such member, or they never followed, were followed or wrote")]
    NoMember,
    #[error("there is no such post, or it was deleted")]
    NoPost,
    #[error("there is no such post, or it is not hidden")]
    NotHidden,
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

pub(super) async fn run(command: &Activity, sources: &Sources) -> ExitCode {
    configured::run(sources, async |config| work(command, config).await).await
}

async fn work(command: &Activity, config: &Config) -> Result<(), ActivityError> {
    let CommandContext { base, audit, source, .. } = CommandContext::open(config).await?;
    let context = activity_of(config, &base, &audit).context;
    let mut answer = Vec::new();
    match command {
        Activity::Rebuild { member } => {
            let begun = operators::rebuild(&context, *member, &source).await?;
            let begun = begun.ok_or(ActivityError::NoMember)?;
            writeln!(answer, "{begun} feeds queued for rebuilding by a running replica")?;
        }
        Activity::Recount => print_miscounts(&mut answer, &operators::recount(&context, &source).await?)?,
        Activity::Reports => {
            let newest = ReportsAfter::parse(None)?;
            let part = moderation::reports(&context, newest, REPORTS, &source).await?;
            print_reports(&mut answer, &part.reports)?;
        }
        Activity::Hide { id, reason, span } => {
            let span = span.map(Span::get);
            if !moderation::hide(&context, *id, reason, span, &source).await? {
                return Err(ActivityError::NoPost);
            }
            writeln!(answer, "the post is hidden")?;
        }
        Activity::Show { id } => {
            if !moderation::show(&context, *id, &source).await? {
                return Err(ActivityError::NotHidden);
            }
            writeln!(answer, "the post is shown again")?;
        }
    }
    base.db.close().await;
    Ok(written(io::stdout().lock().write_all(&answer))?)
}

fn print_miscounts(out: &mut impl Write, wrong: &[Miscount]) -> io::Result<()> {
    for Miscount { member, was, is } in wrong {
        let member = member.map_or_else(|| "somebody who is being erased".to_owned(), |id| id.to_string());
        writeln!(out, "{member}: followers, followed, posts were {was:?} and are {is:?}")?;
    }
    writeln!(out, "{} counts were wrong", wrong.len())
}

/// One line for each; what members wrote is quoted, so that it cannot pass for lines of ours.
fn print_reports(out: &mut impl Write, reports: &[Report]) -> io::Result<()> {
    for Report { post, text, reason, note, at, .. } in reports {
        let text = text.as_deref().unwrap_or("(deleted)");
        writeln!(out, "{at} {post} {reason} note {note:?} post {text:?}")?;
    }
    Ok(())
}
