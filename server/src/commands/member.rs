//! `daemun member`: what operators do with the account of one member, beside programs that serve.

mod factors;
mod member_error;
mod roles;
mod status;
mod whom;

use std::process::ExitCode;

use clap::Subcommand;

use self::status::To;
use super::output::{failure, with_causes};
use crate::config::{self, Sources};

#[derive(Subcommand)]
pub(super) enum Member {
    /// Print the roles of a member or who has a role; give roles and take them away.
    Roles(roles::Roles),
    /// Disable an account: nobody signs in to it any more, and all its sessions and tokens end.
    Disable(status::Change),
    /// Let the member of a disabled account sign in again.
    Enable(status::Change),
    /// Take the second factors of a member away who lost them all, recovery codes as well. The owner is told by mail at once and can
    /// stop it by the link in it or by showing a factor at a sign-in; it takes effect after `second_factor.reset_delay`. Then they are
    /// signed out everywhere, and another password must be set by mail.
    ResetFactors(factors::Reset),
}

pub(super) async fn run(member: &Member, sources: &Sources) -> ExitCode {
    let config = match config::load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    let done = match member {
        Member::Roles(roles) => roles::work(roles, &config).await,
        Member::Disable(change) => status::work(change, To::Disabled, &config).await,
        Member::ResetFactors(reset) => factors::work(reset, &config).await,
        Member::Enable(change) => status::work(change, To::Active, &config).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(&with_causes(&error)),
    }
}
