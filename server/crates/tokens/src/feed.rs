//! Reading the revocation feed.
//!
//! # Why it goes by time, and looks back
//! A row gets its number when it is inserted and can be seen when its transaction commits, and these orders differ: 7
//! may be visible while 6 is still on its way. Where several servers give out numbers, 30,001 may even come minutes before
//! 7. Reading on from a number would miss rows. So each read takes everything made in the last half minute, by the clock of the
//!    replica that made it: a row that it misses would belong to a transaction that has been open for so long, or to a replica
//!    whose clock is so far behind. And every ten seconds the whole feed is read, which holds no more than the last few minutes,
//!    so that even such a row is found. Reading a row twice does nothing.

use std::sync::Arc;
use std::time::Duration;

use db::Database;
use kernel::Clock;
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::claims::Claims;
use crate::error::TokensError;
use crate::feed_cursor::FeedCursor;
use crate::redeem::Refused;
use crate::revocation::Revocations;
use crate::store::revocations;
use crate::verified_tokens::VerifiedTokens;
use crate::verify_error::VerifyError;

/// How often the feed is read (design 3.5).
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How long one reading may take before it counts as failed.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// The revocation feed, as far as this process has read it.
pub struct RevocationFeed {
    db: Database,
    clock: Arc<dyn Clock>,
    pub(crate) revocations: Revocations,
    cursor: Mutex<FeedCursor>,
    /// What was verified before a revocation was read.
    verified: Arc<VerifiedTokens>,
}

impl RevocationFeed {
    /// A feed that has not been read yet.
    pub(crate) fn new(db: Database, clock: Arc<dyn Clock>, verified: Arc<VerifiedTokens>) -> Self {
        Self { db, clock, revocations: Revocations::default(), cursor: Mutex::default(), verified }
    }

    /// Reads what is new in the feed. [`Self::follow`] does so four times a second; call it where the next request must
    /// see a revocation of this very process.
    ///
    /// # Errors
    /// When the database refuses; what was known stays known.
    pub async fn read(&self) -> Result<(), TokensError> {
        let mut cursor = self.cursor.lock().await;
        let began = self.clock.now();
        let since = cursor.since(began);
        let mut reader = self.db.read().await?;
        let found = revocations::since(&mut reader, since, began).await?;
        drop(reader);
        let whole = since.is_none();
        if whole {
            cursor.whole_at = Some(began);
        }
        if self.revocations.take(&found, whole, began) {
            self.verified.retain(|claims| !self.revocations.known_to_refuse(claims));
        }
        Ok(())
    }

    /// The same where something was committed that must be true whether the feed can be read or not: the answer does not depend on it,
    /// and the feed is read again soon.
    pub async fn know_at_once(&self) {
        if let Err(error) = self.read().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the revocation feed is read later");
        }
    }

    /// The same for a refusal that was committed: if it has ended a family, that one's access tokens are refused from now on.
    pub async fn know_of_end(&self, refused: &Refused) {
        if matches!(refused, Refused::Reused(_)) {
            self.know_at_once().await;
        }
    }

    /// Reads the feed regularly until `end`.
    pub(crate) async fn follow(self: Arc<Self>, end: CancellationToken) {
        let mut polls = interval(POLL_INTERVAL);
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut works = true;
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                _ = polls.tick() => {}
            }
            let Some(read) = end.run_until_cancelled(timeout(READ_TIMEOUT, self.read())).await else {
                return;
            };
            let failure = match read {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error),
                Err(_) => Some(TokensError::Internal("the database did not answer in time")),
            };
            // Once per change: four lines a second would drown out everything else.
            if works != failure.is_none() {
                works = failure.is_none();
                match failure {
                    None => tracing::info!("the revocation feed is read again"),
                    Some(error) => tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the revocation feed cannot be read; after five seconds each token is checked in the database"
                    ),
                }
            }
        }
    }

    /// Asks the database whether a token was revoked, for when the feed cannot be relied on.
    pub(crate) async fn is_revoked_by_database(&self, claims: &Claims) -> Result<bool, VerifyError> {
        let ask = async {
            let mut reader = self.db.read().await?;
            Ok(revocations::concern(&mut reader, claims).await?)
        };
        ask.await.map_err(|error: TokensError| VerifyError::Unavailable(Some(error)))
    }
}
