//! `daemun member disable` and `daemun member enable`.

use std::io::{self, Write as _};

use clap::Args;
use names::OperatorReason;

use super::member_error::MemberError;
use super::whom::Whom;
use crate::accounts;
use crate::commands::command_context::CommandContext;
use crate::commands::output::written;
use crate::config::Config;

#[derive(Args)]
pub(crate) struct Change {
    /// The member: their id, or an address that they have proven.
    #[arg(value_name = "ID|ADDRESS")]
    whom: Whom,
    /// Why, for the audit log. The member is told that it happened, but not why.
    #[arg(long, value_name = "TEXT", value_parser = OperatorReason::parse)]
    reason: OperatorReason,
}

/// What an account is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Disabled,
    Active,
}

pub(super) async fn work(change: &Change, to: To, config: &Config) -> Result<(), MemberError> {
    let context = CommandContext::open(config).await?;
    let CommandContext { base, tokens, audit, .. } = &context;
    let status = accounts::status(config, base, audit, tokens);
    let member = change.whom.find(&base.db).await?;
    let operation = context.operation(change.reason.clone());
    let said = match to {
        To::Disabled if status.disable(member, &operation).await? => {
            "is disabled; replicas know within a second"
        }
        To::Disabled => "was disabled already",
        To::Active if status.enable(member, &operation).await? => "may sign in again",
        To::Active => "was not disabled",
    };
    base.db.close().await;
    Ok(written(writeln!(io::stdout().lock(), "{member} {said}"))?)
}
