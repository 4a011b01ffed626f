//! `daemun member reset-factors`.

use std::io::{self, Write as _};
use std::sync::Arc;

use clap::Args;
use kernel::HashingCost;
use names::OperatorReason;
use tokio_util::task::TaskTracker;

use super::member_error::MemberError;
use super::whom::Whom;
use crate::accounts::{AccountPorts, members_of};
use crate::commands::command_context::CommandContext;
use crate::commands::output::written;
use crate::config::Config;
use crate::erasure::EveryPart;

#[derive(Args)]
pub(crate) struct Reset {
    /// The member: their id, or an address that they have proven.
    #[arg(value_name = "ID|ADDRESS")]
    whom: Whom,
    /// Why: how you know that it is the owner who asks. It is stored, and the owner finds it in their export.
    #[arg(long, value_name = "TEXT", value_parser = OperatorReason::parse)]
    reason: OperatorReason,
}

pub(super) async fn work(reset: &Reset, config: &Config) -> Result<(), MemberError> {
    let context = CommandContext::open(config).await?;
    let CommandContext { base, tokens, audit, .. } = &context;
    let accounts = AccountPorts {
        elsewhere: Arc::new(EveryPart),
        tasks: TaskTracker::new(),
        hashing: HashingCost::default(),
    };
    let members = members_of(config, base, audit, tokens, accounts)?;
    let member = reset.whom.find(&base.db).await?;
    let operation = context.operation(reset.reason.clone());
    let due = members.factor_resets.order(member, &operation).await.map_err(MemberError::Reset)?;
    base.db.close().await;
    let said = writeln!(
        io::stdout().lock(),
        "the owner of {member} is told; their second factors go at {due}, unless they stop it before"
    );
    Ok(written(said)?)
}
