//! The same callback once more: a browser that fetches ahead, a reload, an answer that got lost (decision 40).
//!
//! The code counts once, at the provider and here. But who spent it a moment ago in this very browser and did not hear the
//! answer gets it again, until [`GRACE`] is over: on every replica, and also while the first is still being worked on.

use std::time::Duration;

use db::{Database, DbError, Transaction};
use kernel::{OpaqueToken, Purpose, TokenHash};
use names::ProviderName;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::store::answers::{self, Progress};
use crate::transaction::TransactionId;
use crate::{BrowserBinding, FinishError, Providers};

/// For how long a callback is answered again: some seconds, since the answer may hold a session's secret.
pub(crate) const GRACE: Duration = Duration::from_secs(20);

/// How long a callback may be worked on: longer than a provider is waited for.
pub(crate) const UNDER_WAY: Duration = Duration::from_secs(30);

const PURPOSE: Purpose = Purpose::new("login-answer");

/// What a callback is answered with. Wiped when dropped.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct LoginAnswer {
    /// Where the browser is sent.
    pub location: String,
    /// The secret of its session, if it was given one.
    session: Option<String>,
}

impl LoginAnswer {
    /// Sends the browser to `location`, signed in by `session` if that is something.
    pub fn new(location: String, session: Option<&OpaqueToken>) -> Self {
        Self { location, session: session.map(OpaqueToken::text) }
    }

    /// The secret of the session that it was given.
    pub fn session(&self) -> Option<OpaqueToken> {
        self.session.as_deref().and_then(OpaqueToken::parse)
    }
}

/// Does not show the secret.
impl std::fmt::Debug for LoginAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginAnswer").field("location", &self.location).finish_non_exhaustive()
    }
}

/// How far the first of several equal callbacks has come.
#[derive(Debug)]
pub enum Repeated {
    /// It was answered with this.
    Answered(LoginAnswer),
    /// It is being worked on.
    UnderWay,
    /// It is over, or came to nothing.
    Over,
}

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
        let plain = serde_json::to_vec(answer).map(Zeroizing::new);
        let sealed = plain
            .ok()
            .and_then(|plain| self.key_ring.seal(PURPOSE, &id.to_string(), &plain, &*self.randomness).ok());
        match sealed {
            Some(sealed) => answers::keep(tx, id, sealed, self.clock.now().plus(GRACE)).await,
            // Nobody is told again, then.
            None => answers::delete(tx, id).await,
        }
    }

    /// Forgets a login that came to nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn evict(&self, db: &Database, id: TransactionId) -> Result<(), DbError> {
        let mut tx = db.begin().await?;
        answers::delete(&mut tx, id).await?;
        tx.commit().await
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
        (browser, callback): (Option<&BrowserBinding>, &TokenHash),
    ) -> Result<FinishError, DbError> {
        let mut reader = db.read().await?;
        let found = answers::find(&mut reader, callback, self.clock.now()).await?;
        Ok(match found.filter(|found| found.provider == name) {
            None => FinishError::BadCallback { reason: "state_unknown" },
            Some(found) if !browser.is_some_and(|browser| browser.hash().matches(&found.browser)) => {
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
        let plain = self.key_ring.open(PURPOSE, &id.to_string(), &sealed).map(Zeroizing::new);
        let answer = plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok());
        answer.map_or(Repeated::Over, Repeated::Answered)
    }
}
