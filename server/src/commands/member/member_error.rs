//! Why `daemun member` failed.

use std::io;

use db::DbError;
use members::{FactorResetError, RoleChangeError, SettingsError, StatusChangeError};

use super::whom::WhomError;
use crate::commands::command_context::CommandContextError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum MemberError {
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error(transparent)]
    Whom(#[from] WhomError),
    #[error(transparent)]
    Roles(#[from] RoleChangeError),
    #[error(transparent)]
    Status(#[from] StatusChangeError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("nothing is reset: {0}")]
    Reset(#[source] FactorResetError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}
