//! `daemun sign-out`: ends sessions and tokens, also while programs serve.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Args;
use db::{DbError, LentTransaction};
use names::MemberId;
use sessions::{Operator, SessionsError};
use tokens::TokensError;

use super::command_context::{CommandContext, CommandContextError};
use super::configured;
use super::output::written;
use crate::accounts;
use crate::config::{Config, Sources};

#[derive(Args)]
pub(super) struct SignOut {
    #[command(flatten)]
    who: Who,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// This member, in every browser and every app.
    #[arg(long, value_name = "ID", value_parser = MemberId::parse)]
    member: Option<MemberId>,
    /// Every member. Do this before the program serves from a restored backup: what was ended since the backup was taken
    /// would be valid again. The keys that sign tokens are replaced, and codes and links that wait are deleted.
    #[arg(long)]
    everyone: bool,
}

/// Why nobody, or not everybody, was signed out.
#[derive(Debug, thiserror::Error)]
enum SignOutError {
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error(transparent)]
    Sessions(#[from] SessionsError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Tokens(#[from] TokensError),
    #[error("there is no such member")]
    NoMember,
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

pub(super) async fn run(sign_out: &SignOut, sources: &Sources) -> ExitCode {
    configured::run(sources, async |config| work(&sign_out.who, config).await).await
}

async fn work(who: &Who, config: &Config) -> Result<(), SignOutError> {
    let CommandContext { base, tokens, audit, source } = CommandContext::open(config).await?;
    let notices = accounts::notices(config, &base);
    let db = base.db;
    let operator =
        Operator { db: &db, tokens: &tokens, audit: &audit, notices: Some(&notices), source: &source };
    let signed_out = if let Some(member) = who.member {
        if !members::exists(&mut *db.read().await?, member).await? {
            return Err(SignOutError::NoMember);
        }
        operator.signs_out(member).await?;
        1
    } else {
        let cancel = async |mut tx: LentTransaction| {
            admin::cancel_invitations(&mut tx).await?;
            authorization::cancel_grants(&mut tx).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        db.transact(cancel).await?;
        // One that was replaced since the backup, perhaps because others know it, would sign again.
        tokens.keys.replace(None).await?;
        operator.signs_everybody_out().await?
    };
    db.close().await;
    let plural = if signed_out == 1 { "member is" } else { "members are" };
    let said =
        writeln!(io::stdout().lock(), "{signed_out} {plural} signed out; replicas know within a second");
    Ok(written(said)?)
}
