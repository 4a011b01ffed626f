//! `daemun member`: what operators do with the account of one member, alongside running programs.

mod factors;
mod member_error;
mod roles;
mod status;
mod whom;

use std::process::ExitCode;

use clap::Subcommand;

use self::member_error::MemberError;
use self::status::To;
use super::configured;
use crate::config::{Config, Sources};

#[derive(Subcommand)]
pub(super) enum Member {
    /// Print the roles of a member or who has a role; give roles and take them away.
    Roles(roles::Roles),
    /// Disable an account: nobody signs in to it any more, and all its sessions and tokens end.
    Disable(status::Change),
    /// Let the member of a disabled account sign in again.
    Enable(status::Change),
    /// Remove the second factors of a member who lost them all, including the recovery codes. The owner is told by mail at once
    /// and can stop it by the link in it or by showing a factor at a sign-in; it takes effect after `second_factor.reset_delay`.
    /// Then they are signed out everywhere, and must set a new password by mail.
    ResetFactors(factors::Reset),
}

pub(super) async fn run(member: &Member, sources: &Sources) -> ExitCode {
    configured::run(sources, async |config| work(member, config).await).await
}

async fn work(member: &Member, config: &Config) -> Result<(), MemberError> {
    match member {
        Member::Roles(roles) => roles::work(roles, config).await,
        Member::Disable(change) => status::work(change, To::Disabled, config).await,
        Member::ResetFactors(reset) => factors::work(reset, config).await,
        Member::Enable(change) => status::work(change, To::Active, config).await,
    }
}
