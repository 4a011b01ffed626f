//! The uses of sessions, written to the database in batches.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, LentTransaction};
use names::SessionId;
use tokio_util::sync::CancellationToken;

use crate::store::{self, Use};
use crate::uses::Uses;

/// How long a use may wait to be written, and so how much a killed process loses, which signs nobody out.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// Writes the uses that wait.
#[derive(Clone)]
pub struct UseWriter {
    pub(crate) db: Database,
    pub(crate) uses: Arc<Uses>,
}

impl UseWriter {
    /// Writes which sessions were used, once a second until `end`, and then again.
    pub async fn follow(self, end: CancellationToken) {
        loop {
            let ended = end.run_until_cancelled(tokio::time::sleep(WRITE_INTERVAL)).await.is_none();
            if let Err(error) = self.write().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "uses of sessions wait to be written"
                );
            }
            if ended {
                return;
            }
        }
    }

    /// Writes what waits. What cannot be written waits on.
    pub(crate) async fn write(&self) -> Result<(), DbError> {
        self.uses.evict_written();
        loop {
            let uses = self.uses.take();
            if uses.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.write_batch(&uses).await {
                self.uses.merge(uses);
                return Err(error);
            }
        }
    }

    async fn write_batch(&self, uses: &[(SessionId, Use)]) -> Result<(), DbError> {
        let touch = async |mut tx: LentTransaction| {
            for (session, noted) in uses {
                store::touch(&mut tx, *session, *noted).await?;
            }
            Ok(tx.commit(()))
        };
        self.db.transact(touch).await
    }
}
