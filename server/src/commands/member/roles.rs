//! `daemun member roles`.

use std::io::{self, Write};

use clap::Args;
use members::{GivenRole, MemberRoles};
use names::{MemberId, OperatorReason, Role};

use super::member_error::MemberError;
use super::whom::Whom;
use crate::accounts;
use crate::commands::command_context::CommandContext;
use crate::commands::output::written;
use crate::config::Config;

/// How many who have a role are read at once.
const BATCH: u32 = 200;

#[derive(Args)]
pub(crate) struct Roles {
    /// The member: their id, or an address that they have proven.
    #[arg(value_name = "ID|ADDRESS", required_unless_present = "with", conflicts_with = "with")]
    whom: Option<Whom>,
    /// Give this role; may be repeated.
    #[arg(long, value_name = "ROLE", value_parser = Role::parse, requires = "reason", requires = "whom")]
    add: Vec<Role>,
    /// Take this role away; may be repeated. Access tokens with it are refused within a second.
    #[arg(long, value_name = "ROLE", value_parser = Role::parse, requires = "reason", requires = "whom")]
    remove: Vec<Role>,
    /// Why, for the audit log.
    #[arg(long, value_name = "TEXT", value_parser = OperatorReason::parse)]
    reason: Option<OperatorReason>,
    /// Print who has this role.
    #[arg(long, value_name = "ROLE", value_parser = given_role)]
    with: Option<Role>,
}

/// Reads a role that not everybody has.
fn given_role(text: &str) -> Result<Role, String> {
    let role = Role::parse(text).map_err(|error| error.to_string())?;
    if role == Role::USER {
        return Err(format!("every member has {role}, and nobody is listed for it"));
    }
    Ok(role)
}

pub(super) async fn work(asked: &Roles, config: &Config) -> Result<(), MemberError> {
    let context = CommandContext::open(config).await?;
    let CommandContext { base, tokens, audit, .. } = &context;
    let roles = accounts::roles(config, base, audit, tokens);
    let mut answer = Vec::new();
    if let Some(role) = &asked.with {
        print_holders(&mut answer, &roles, role).await?;
    } else if let Some(whom) = &asked.whom {
        let member = whom.find(&base.db).await?;
        if let Some(reason) = &asked.reason {
            let operation = context.operation(reason.clone());
            for role in &asked.add {
                let given = roles.give(member, role, &operation).await?;
                writeln!(answer, "{member} {} {role}", if given { "now has" } else { "already had" })?;
            }
            for role in &asked.remove {
                let taken = roles.take(member, role, &operation).await?;
                writeln!(answer, "{member} {} {role}", if taken { "no longer has" } else { "did not have" })?;
            }
        }
        print_roles(&mut answer, &roles, member).await?;
    }
    base.db.close().await;
    Ok(written(io::stdout().lock().write_all(&answer))?)
}

async fn print_roles(out: &mut impl Write, roles: &MemberRoles, member: MemberId) -> Result<(), MemberError> {
    let given = roles.of_member(member).await?;
    writeln!(out, "{member} {}", Role::USER)?;
    for GivenRole { role, given_at, .. } in given {
        writeln!(out, "{member} {role} since {given_at}")?;
    }
    Ok(())
}

/// One line for each. A nickname is a member's own text and is quoted, so that it cannot look like our own output.
async fn print_holders(out: &mut impl Write, roles: &MemberRoles, role: &Role) -> Result<(), MemberError> {
    let mut last = None;
    loop {
        let holders = roles.holders(role, last, BATCH).await?;
        let Some(end) = holders.last() else {
            // One that is no longer configured may still be somebody's; one that nobody has and nobody could be given is a slip.
            return if last.is_some() { Ok(()) } else { Ok(roles.check(role)?) };
        };
        last = Some(end.member);
        for GivenRole { member, given_at, nickname, status, .. } in &holders {
            writeln!(out, "{member} {role} since {given_at} {status} {nickname:?}")?;
        }
    }
}
