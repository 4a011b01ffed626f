//! `daemun member`: what operators do with the account of one member, beside programs that serve.

mod roles;
mod whom;

use std::io;
use std::process::ExitCode;

use clap::Subcommand;
use db::DbError;
use members::RoleChangeError;
use names::{Operation, OperatorReason};

use self::whom::WhomError;
use super::command_context::{CommandContext, CommandContextError};
use super::output::{failure, with_causes};
use crate::config::{self, Sources};

#[derive(Subcommand)]
pub(super) enum Member {
    /// Print the roles of a member or who has a role; give roles and take them away.
    Roles(roles::Roles),
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
enum MemberError {
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error(transparent)]
    Whom(#[from] WhomError),
    #[error(transparent)]
    Roles(#[from] RoleChangeError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

pub(super) async fn run(member: &Member, sources: &Sources) -> ExitCode {
    let config = match config::load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    let done = match member {
        Member::Roles(roles) => roles::work(roles, &config).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(&with_causes(&error)),
    }
}

/// What the operator at the command line does, for this reason.
fn operation(context: &CommandContext, reason: OperatorReason) -> Operation {
    Operation { source: context.source.clone(), operator: None, reason }
}
