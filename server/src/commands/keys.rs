//! `daemun keys list` and `daemun keys rotate`: on the database of running programs.

use std::io::{self, Write as _};
use std::process::ExitCode;

use audit::AuditEvent;
use clap::{Subcommand, ValueEnum};
use db::{DbError, Reseal};
use names::AuditKind;
use tokens::{KeyState, TokensError};

use super::command_context::CommandContext;
use super::output::{failure, with_causes, written};
use crate::base::Base;
use crate::config::{self, Sources};
use crate::parts::list::PARTS;
use crate::parts::reseal::{ResealError, Resealing};

/// How many rows one transaction re-seals: few enough that no request waits noticeably.
const BATCH: u32 = 200;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Print the keys that sign tokens, oldest first.
    List,
    /// Publish the next signing key, and seal everything stored with the newest master key. Nobody is signed out;
    /// ten minutes later all but the first of `master_keys` can be removed.
    Rotate {
        /// Only one of the two.
        #[arg(long, value_enum)]
        only: Option<Which>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Which {
    /// The keys that sign tokens.
    Signing,
    /// What is sealed with the master keys.
    Master,
}

/// Why the keys could not be listed or rotated.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(transparent)]
    Tokens(#[from] TokensError),
    #[error(transparent)]
    Reseal(#[from] ResealError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

pub(super) async fn run(keys: &Keys, sources: &Sources) -> ExitCode {
    let config = match config::load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    match CommandContext::open(&config).await {
        Ok(environment) => match environment.work(keys).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failure(&with_causes(&error)),
        },
        Err(error) => failure(&with_causes(&error)),
    }
}

impl CommandContext {
    async fn work(&self, keys: &Keys) -> Result<(), KeysError> {
        match keys {
            Keys::List => self.list().await?,
            Keys::Rotate { only } => {
                if *only != Some(Which::Master) {
                    self.tokens.keys.rotate_now().await?;
                    self.list().await?;
                }
                if *only != Some(Which::Signing) {
                    self.reseal().await?;
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

    async fn reseal(&self) -> Result<(), KeysError> {
        let jobs: Vec<_> = PARTS.iter().flat_map(|part| part.jobs).copied().collect();
        let Base { db, key_ring, context } = &self.base;
        let by_id = Reseal { key_ring, randomness: &*context.randomness, batch: BATCH };
        let by_rule = Resealing { base: &self.base, tokens: &self.tokens, jobs: &jobs, batch: BATCH };
        let mut changed = 0;
        for part in PARTS {
            changed += part.storage.reseal(db, by_id).await?;
            if let Some(rule) = part.reseal {
                changed += rule(&by_rule).await?;
            }
        }
        let mut tx = db.begin().await?;
        let resealed = AuditEvent::new(AuditKind::MasterKeyRotation, &self.source);
        self.audit.record(&mut tx, &resealed).await?;
        tx.commit().await?;
        let plural = if changed == 1 { "value was" } else { "values were" };
        written(writeln!(
            io::stdout().lock(),
            "{changed} {plural} sealed again. All but the first of `master_keys` can be removed in ten minutes, when \
            logins on their way have ended."
        ))?;
        Ok(())
    }
}
