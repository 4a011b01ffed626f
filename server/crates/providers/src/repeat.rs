//! The same callback again: a browser that fetches ahead, a reload, an answer that got lost (decision 40).
//!
//! The code counts once, at the provider and here. But who spent it a moment ago in this very browser and did not hear the
//! answer gets it again, until [`REPEAT_WINDOW`] is over: on every replica, and also while the first is still being worked on.

use std::time::Duration;

use db::{Database, DbError, LentTransaction, Transaction};
use kernel::{Purpose, TokenHash};
use names::ProviderName;
use zeroize::Zeroizing;

use crate::browser_binding::BrowserBinding;
use crate::error::FinishError;
use crate::login::Providers;
use crate::login_answer::{LoginAnswer, Repeated};
use crate::store::answers::{self, Progress};
use crate::transaction::TransactionId;

/// For how long a callback is answered again: some seconds, since the answer may hold a session's secret.
pub(crate) const REPEAT_WINDOW: Duration = Duration::from_secs(20);

const PURPOSE: Purpose = Purpose::new("login-answer");

impl Providers {
    /// Keeps what the callback of a login is answered with, within the caller's transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_answer(
        &self,
        tx: &mut Transaction,
        id: TransactionId,
        answer: &LoginAnswer,
    ) -> Result<(), DbError> {
        match self.seal_answer(id, answer) {
            Some(sealed) => answers::keep(tx, id, sealed, self.clock.now().plus(REPEAT_WINDOW)),
            // Nobody is told again, then.
            None => answers::delete(tx, id).await,
        }
    }

    /// Forgets a login that came to nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn evict(&self, db: &Database, id: TransactionId) -> Result<(), DbError> {
        let delete = async |mut tx: LentTransaction| {
            answers::delete(&mut tx, id).await?;
            Ok(tx.commit(()))
        };
        db.transact(delete).await
    }

    /// Looks how far the first callback of a login has come.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn look_again(&self, db: &Database, id: TransactionId) -> Result<Repeated, DbError> {
        let mut reader = db.read().await?;
        let progress = answers::progress(&mut reader, id, self.clock.now()).await?;
        Ok(self.read_answer(id, progress))
    }

    /// Why a callback without a login is refused: it came before, in this browser or another one, or never.
    pub(crate) async fn why_without_login(
        &self,
        db: &Database,
        name: ProviderName,
        browser: &BrowserBinding,
        callback: &TokenHash,
    ) -> Result<FinishError, DbError> {
        let mut reader = db.read().await?;
        let found = answers::find(&mut reader, callback, self.clock.now()).await?;
        Ok(match found.filter(|found| found.provider == name) {
            None => FinishError::BadCallback { reason: "state_unknown" },
            Some(found) if !browser.hash().matches(&found.browser) => {
                FinishError::BadCallback { reason: "browser_mismatch" }
            }
            Some(found) => {
                FinishError::Repeated { id: found.id, first: self.read_answer(found.id, found.progress) }
            }
        })
    }

    fn read_answer(&self, id: TransactionId, progress: Progress) -> Repeated {
        let sealed = match progress {
            Progress::Answered(sealed) => sealed,
            Progress::UnderWay => return Repeated::UnderWay,
            Progress::Over => return Repeated::Over,
        };
        self.open_answer(id, &sealed).map_or(Repeated::Over, Repeated::Answered)
    }

    pub(crate) fn seal_answer(&self, id: TransactionId, answer: &LoginAnswer) -> Option<Vec<u8>> {
        let plain = serde_json::to_vec(answer).map(Zeroizing::new).ok()?;
        self.key_ring.seal(PURPOSE, &id.to_string(), &plain, &*self.randomness).ok()
    }

    pub(crate) fn open_answer(&self, id: TransactionId, sealed: &[u8]) -> Option<LoginAnswer> {
        let plain = self.key_ring.open(PURPOSE, &id.to_string(), sealed).map(Zeroizing::new).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}
