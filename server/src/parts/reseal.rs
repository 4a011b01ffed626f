//! Rules that seal values again which are not sealed for the id of their row alone.

use db::{DbError, Resealed};
use futures::future::BoxFuture;
use jobs::{JobKind, JobQueue};
use notifications::{MailError, Mails};
use tokens::{Tokens, TokensError};

use crate::base::Base;

/// What values are sealed again with.
pub struct Resealing<'a> {
    /// The database and the key ring.
    pub base: &'a Base,
    /// The tokens.
    pub tokens: &'a Tokens,
    /// The kinds of jobs of all parts.
    pub jobs: &'a [&'static JobKind],
    /// How many rows one transaction changes.
    pub batch: u32,
}

/// Why values could not be sealed again.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// Those of tokens.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// Those of mails.
    #[error(transparent)]
    Mails(#[from] MailError),
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Seals what a part keeps with the newest master key.
pub type ResealRule = for<'a> fn(&'a Resealing<'a>) -> BoxFuture<'a, Result<Resealed, ResealError>>;

/// The secrets of jobs of every kind.
pub fn jobs<'a>(with: &'a Resealing<'a>) -> BoxFuture<'a, Result<Resealed, ResealError>> {
    Box::pin(async move {
        let Base { db, key_ring, context, .. } = with.base;
        let queue = JobQueue::new(key_ring.clone(), context.clock.clone(), context.randomness.clone());
        let mut resealed = Resealed::default();
        for kind in with.jobs {
            resealed += queue.reseal(db, kind, with.batch).await?;
        }
        Ok(resealed)
    })
}

/// Signing keys, and refresh tokens that may be asked for again.
pub fn tokens<'a>(with: &'a Resealing<'a>) -> BoxFuture<'a, Result<Resealed, ResealError>> {
    Box::pin(async move { Ok(with.tokens.reseal(with.batch).await?) })
}

/// The development mailbox.
pub fn mails<'a>(with: &'a Resealing<'a>) -> BoxFuture<'a, Result<Resealed, ResealError>> {
    Box::pin(async move {
        let Base { db, key_ring, context, .. } = with.base;
        let mails = Mails::new(key_ring.clone(), context.clock.clone(), context.randomness.clone());
        Ok(mails.reseal(db, with.batch).await?)
    })
}
