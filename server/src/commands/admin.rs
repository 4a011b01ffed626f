//! `daemun admin invite`: a link that makes an administrator.

use std::io::{self, Write as _};
use std::process::ExitCode;

use admin::Invitations;
use clap::{Args, Subcommand};
use db::DbError;
use names::{OperatedBy, Operation, OperatorReason};
use web::PublicOrigin;

use super::command_context::{CommandContext, CommandContextError};
use super::configured;
use super::output::written;
use crate::accounts;
use crate::config::{Config, Sources};

#[derive(Subcommand)]
pub(super) enum Admin {
    /// Print a link that works once, within an hour: the person who signs in with it becomes an administrator.
    Invite(Invite),
}

#[derive(Args)]
pub(super) struct Invite {
    /// Why, for the audit log.
    #[arg(long, value_name = "TEXT", value_parser = OperatorReason::parse)]
    reason: OperatorReason,
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
enum AdminError {
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

pub(super) async fn run(Admin::Invite(Invite { reason }): &Admin, sources: &Sources) -> ExitCode {
    configured::run(sources, async |config| invite(reason, config).await).await
}

async fn invite(reason: &OperatorReason, config: &Config) -> Result<(), AdminError> {
    let context = CommandContext::open(config).await?;
    let roles = accounts::roles(config, &context.base, &context.audit, &context.tokens);
    let invitations = Invitations::new(context.of_members(), roles);
    let operation =
        Operation { source: context.source.clone(), by: OperatedBy::CommandLine, reason: reason.clone() };
    let invitation = invitations.invite(&operation).await?;
    context.base.db.close().await;
    let origin = PublicOrigin::of(&config.public_url);
    let said = writeln!(
        io::stdout().lock(),
        "{}{}\nvalid once, until {}",
        origin.as_str(),
        invitation.address(),
        invitation.expires_at
    );
    Ok(written(said)?)
}
