//! `daemun keys list` and `daemun keys rotate`: on the database of running programs.

use std::io::{self, Write as _};
use std::process::ExitCode;

use admin::Resealer as _;
use clap::{Subcommand, ValueEnum};
use db::replicas::sealing_otherwise;
use db::{DbError, Resealed};
use names::{Operation, OperatorReason};
use tokens::{KeyState, TokensError};

use super::command_context::{CommandContext, CommandContextError, NO_REASON, REASON};
use super::configured;
use super::output::{bad_usage, written};
use crate::config::Sources;
use crate::parts::reseal::ResealError;
use crate::resealing::EveryPartSealed;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Print the keys that sign tokens, oldest first.
    List,
    /// Publish the next signing key, and seal everything stored with the newest master key. Nobody is signed out;
    /// a day later all but the first of `master_keys` can be removed.
    Rotate {
        /// Only one of the two.
        #[arg(long, value_enum)]
        only: Option<Which>,
        /// With `--only signing`, for a key that others may know: delete all keys that sign and begin with a new one. All access
        /// tokens end at once; nobody is signed out.
        #[arg(long, requires = "only")]
        compromised: bool,
        #[arg(long, value_name = "TEXT", help = REASON, value_parser = OperatorReason::parse, default_value = NO_REASON)]
        reason: OperatorReason,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Which {
    /// The keys that sign tokens.
    Signing,
    /// What is sealed with the master keys.
    Master,
}

const ONLY_SIGNING: &str = "`--compromised` goes with `--only signing`. For a master key that others may know, see \"Keys that \
                            others may know\" in docs/operations.md";

/// Why the keys could not be listed or rotated.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(transparent)]
    Context(#[from] CommandContextError),
    #[error(transparent)]
    Tokens(#[from] TokensError),
    #[error(transparent)]
    Reseal(#[from] ResealError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(
        "{changed} values were resealed; {unopened} cannot be opened with any of `master_keys` (the log says which). \
        Remove no key: put back the one that is missing, and try again"
    )]
    Unopened { changed: u64, unopened: u64 },
    #[error(
        "nothing was resealed. These replicas have another newest master key, or do not tell which: {0}. Restart each with the same \
        `master_keys` and the same version; one that was killed leaves the list after a minute"
    )]
    MasterKeysDiffer(String),
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

pub(super) async fn run(keys: &Keys, sources: &Sources) -> ExitCode {
    if matches!(keys, Keys::Rotate { only, compromised: true, .. } if *only != Some(Which::Signing)) {
        return bad_usage(ONLY_SIGNING);
    }
    configured::run(sources, async |config| CommandContext::open(config).await?.work(keys).await).await
}

impl CommandContext {
    async fn work(&self, keys: &Keys) -> Result<(), KeysError> {
        match keys {
            Keys::List => self.list().await?,
            Keys::Rotate { compromised: true, reason, .. } => {
                self.tokens.keys.replace(Some(&self.operation(reason.clone()))).await?;
                self.list().await?;
            }
            Keys::Rotate { only, compromised: false, reason } => {
                let operation = self.operation(reason.clone());
                if *only != Some(Which::Master) {
                    self.tokens.keys.rotate_now(Some(&operation)).await?;
                    self.list().await?;
                }
                if *only != Some(Which::Signing) {
                    self.reseal(&operation).await?;
                }
            }
        }
        self.base.db.close().await;
        Ok(())
    }

    async fn list(&self) -> Result<(), KeysError> {
        self.tokens.keys.read().await?;
        Ok(written(self.print())?)
    }

    fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for key in self.tokens.keys.list() {
            let state = match key.state {
                KeyState::Published => "published",
                KeyState::Active => "signs",
                KeyState::Retired => "retired",
                KeyState::Gone => "gone",
            };
            writeln!(
                out,
                "{}  {:<8}  {state:<9}  signs from {}",
                key.kid,
                key.kind.as_str(),
                key.active_from
            )?;
        }
        Ok(())
    }

    async fn reseal(&self, operation: &Operation) -> Result<(), KeysError> {
        let (base, tokens, audit) = (self.base.clone(), self.tokens.clone(), self.audit.clone());
        let sealed = EveryPartSealed { base, tokens, audit };
        let (mut reader, now) = (self.base.db.read().await?, self.base.context.clock.now());
        let differ = sealing_otherwise(&mut reader, now, sealed.newest()).await?;
        drop(reader);
        if !differ.is_empty() {
            let ids: Vec<_> = differ.iter().map(|replica| replica.id.as_str()).collect();
            return Err(KeysError::MasterKeysDiffer(ids.join(", ")));
        }
        let mut resealed = Resealed::default();
        for step in 0..sealed.steps() {
            resealed += sealed.part(step).await?;
        }
        let Resealed { changed, unopened } = resealed;
        if unopened > 0 {
            return Err(KeysError::Unopened { changed, unopened });
        }
        let mut tx = self.base.db.begin().await?;
        sealed.note(&mut tx, operation).await?;
        tx.commit().await?;
        let plural = if changed == 1 { "value was" } else { "values were" };
        written(writeln!(
            io::stdout().lock(),
            "{changed} {plural} resealed. All but the first of `master_keys` can be removed in 24 hours, when the \
            codes in mails and the logins on their way have ended."
        ))?;
        Ok(())
    }
}
