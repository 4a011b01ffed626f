//! The command line: `daemun serve` (the default), `daemun check`, `daemun routes`, `daemun openapi`, `daemun keys`, `daemun audit`,
//! `daemun activity`, `daemun admin`, `daemun clients`, `daemun copy`, `daemun events`, `daemun webhooks`, `daemun member`,
//! `daemun sign-out`. Exit 2 for bad usage, 1 when what was asked for did not work.

mod activity;
mod admin;
mod audit;
mod check;
mod clients;
mod command_context;
mod configured;
mod copy;
mod events;
mod keys;
mod member;
mod openapi;
mod output;
mod routes;
mod serve;
mod sign_out;
mod webhooks;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Build, Sources};

#[derive(Parser)]
#[command(
    name = "daemun",
    version,
    about = "The front gate: sign-in, sessions and tokens for a team's services."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Common {
    /// Read this file instead of ./daemun.toml.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Start although members would lose their only sign-in method, since `passkeys.rp_id` is another domain now.
    #[arg(long, global = true)]
    accept_lost_passkeys: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site (the default).
    Serve,
    /// Check the configuration and its environment; print each finding with its cure.
    Check,
    /// Print every route with its guard.
    Routes,
    /// Print the description of every endpoint as OpenAPI 3.1.
    Openapi,
    /// List the keys that sign tokens, or rotate them.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Register clients of the authorization server alongside those of the configuration.
    #[command(subcommand)]
    Clients(Box<clients::Clients>),
    /// Look at account events that consumers could not process.
    #[command(subcommand)]
    Events(events::Events),
    /// Look at the receivers of webhooks and what they were sent; test them; send again.
    #[command(subcommand)]
    Webhooks(webhooks::Webhooks),
    /// Look after feeds and posts: rebuild feeds, recount, read reports, hide a post.
    #[command(subcommand)]
    Activity(activity::Activity),
    /// Print the audit log: who did what, when, and from where.
    Audit(audit::Audit),
    /// Invite somebody to administer.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Look after the account of one member.
    #[command(subcommand)]
    Member(Box<member::Member>),
    /// Copy everything to another database, such as from SQLite to MySQL, while no program serves.
    Copy(copy::Copy),
    /// Sign a member, or everybody, out of every browser and every app.
    SignOut(sign_out::SignOut),
}

/// Runs the program with these arguments.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::failure(&format!("the runtime cannot start: {error}")),
    };
    let sources = sources(&line.common);
    match line.command.unwrap_or(Command::Serve) {
        Command::Serve => runtime.block_on(serve::run(&sources, line.common.accept_lost_passkeys)),
        Command::Check => runtime.block_on(check::run(&sources, line.common.accept_lost_passkeys)),
        Command::Routes => routes::run(&sources),
        Command::Openapi => openapi::run(&sources),
        Command::Keys(keys) => runtime.block_on(keys::run(&keys, &sources)),
        Command::Clients(clients) => runtime.block_on(clients::run(*clients, &sources)),
        Command::Events(events) => runtime.block_on(events::run(events, &sources)),
        Command::Webhooks(webhooks) => runtime.block_on(webhooks::run(webhooks, &sources)),
        Command::Activity(command) => runtime.block_on(activity::run(&command, &sources)),
        Command::Audit(audit) => runtime.block_on(audit::run(&audit, &sources)),
        Command::Admin(admin) => runtime.block_on(admin::run(&admin, &sources)),
        Command::Member(member) => runtime.block_on(member::run(&member, &sources)),
        Command::Copy(copy) => runtime.block_on(copy::run(&copy, &sources)),
        Command::SignOut(sign_out) => runtime.block_on(sign_out::run(&sign_out, &sources)),
    }
}

/// Where the configuration comes from in this process.
fn sources(common: &Common) -> Sources {
    let build =
        if cfg!(all(feature = "simulators", debug_assertions)) { Build::Development } else { Build::Release };
    Sources {
        file: Some(common.config.clone().unwrap_or_else(|| PathBuf::from("daemun.toml"))),
        explicit: common.config.is_some(),
        // What is not UTF-8 is marked as such in the value, and refused where it is ours.
        environment: std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.to_string_lossy().into_owned())))
            .collect(),
        build,
    }
}
