//! Running programs learn within seconds of clients that a command adds, changes or removes.

use std::time::Duration;

use db::DbError;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::client::registry;
use crate::server::AuthorizationServer;
use crate::store::clients::{self, TableState};

/// How often a look is taken.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// After this many polls everything is read regardless of the number: older programs do not increment it.
const FULL_READ_POLLS: u32 = 300;

impl AuthorizationServer {
    /// Reads the registered clients, unless they are as they were when `seen` was answered.
    ///
    /// # Errors
    /// When the database refuses; what was known stays known.
    pub async fn read_clients(&self, seen: Option<TableState>) -> Result<TableState, DbError> {
        let context = self.context();
        loop {
            let additions = context.clients.additions();
            let mut reader = context.services.db.read().await?;
            let state = clients::state(&mut reader).await?;
            if seen == Some(state) {
                return Ok(state);
            }
            let clients = registry::read(&mut reader, &context.rules).await?;
            drop(reader);
            let clients = clients.into_iter().map(|client| context.completed(client));
            if context.clients.register(clients, additions) {
                context.note_clients();
                return Ok(state);
            }
        }
    }

    /// Reads them regularly until `end`.
    pub async fn follow_clients(self, end: CancellationToken) {
        let mut looks = interval(POLL_INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut seen, mut works, mut since) = (None, true, 0);
        loop {
            tokio::select! {
                () = end.cancelled() => return self.write_last_uses().await,
                _ = looks.tick() => {}
            }
            since = (since + 1) % FULL_READ_POLLS;
            let known = seen.filter(|_| since > 0);
            let Some(read) = end.run_until_cancelled(self.read_clients(known)).await else {
                return self.write_last_uses().await;
            };
            // Once per change: a line every second would drown out everything else.
            if let Err(error) = &read
                && works
            {
                tracing::error!(error = error as &dyn std::error::Error, "registered clients cannot be read");
            }
            works = read.is_ok();
            seen = read.ok().or(seen);
            if works {
                self.write_due_uses().await;
            }
        }
    }
}
