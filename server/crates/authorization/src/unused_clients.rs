//! Clients that registered themselves stay for as long as somebody uses them: their uses are written down, and those that nobody
//! used for long are removed with all that they were given.

use std::time::Duration;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use kernel::Timestamp;
use names::Source;
use tokens::{ClientId, TokensError};

use crate::client::removal;
use crate::client::uses::{UNUSED_RETENTION, WRITE_INTERVAL};
use crate::server::AuthorizationServer;
use crate::store::clients::{self, Registration};

impl AuthorizationServer {
    /// Removes at most `limit` clients that nobody used for 90 days. Returns how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_unused_clients(
        &self,
        tx: &mut Transaction,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, DbError> {
        let context = self.context();
        let unused = clients::unused(tx, now, limit).await?;
        if unused.is_empty() {
            return Ok(0);
        }
        // First, as those do who add or remove a client, so that none of two waits for the other.
        clients::note_change(tx).await?;
        let mut deleted = 0;
        for Registration { id, registered_at } in unused {
            // Used here just now, which the database does not know yet.
            let kept_until = context.uses.last(&id).map(|last| last.plus(UNUSED_RETENTION));
            if let Some(end) = kept_until.filter(|end| *end > now) {
                clients::keep(tx, &id, end).await?;
            } else if clients::delete_unused(tx, &id, now).await? {
                self.end_all_of(tx, &id, registered_at).await?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    async fn end_all_of(
        &self,
        tx: &mut Transaction,
        id: &str,
        registered_at: Timestamp,
    ) -> Result<(), DbError> {
        let services = &self.context().services;
        if let Some(client) = ClientId::parse(id) {
            let ended = removal::end_everything(tx, &services.tokens, &client, registered_at).await;
            ended.map_err(db_error)?;
        }
        let source = Source::system();
        let removed = AuditEvent::new(AuditKind::ClientRemoved, &source).with_client(id);
        services.audit.record(tx, &removed).await?;
        tracing::info!(
            event = "client_unused",
            client_id = id,
            "a client is removed that nobody used for 90 days"
        );
        Ok(())
    }

    /// Writes down the uses that are due; what cannot be written waits for the next time.
    pub(crate) async fn write_due_uses(&self) {
        self.write_uses(WRITE_INTERVAL).await;
    }

    /// Writes down all uses, at the end of the program.
    pub(crate) async fn write_last_uses(&self) {
        self.write_uses(Duration::ZERO).await;
    }

    async fn write_uses(&self, between: Duration) {
        if let Err(error) = self.try_write_uses(between).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the last use of clients is written later");
        }
    }

    async fn try_write_uses(&self, between: Duration) -> Result<(), DbError> {
        let context = self.context();
        let due = context.uses.due(context.clock.now(), between);
        if due.is_empty() {
            return Ok(());
        }
        let keep = async |mut tx: LentTransaction| {
            for used in &due {
                clients::keep(&mut tx, &used.client, used.at.plus(UNUSED_RETENTION)).await?;
            }
            Ok::<_, DbError>(tx.commit(()))
        };
        context.services.db.transact(keep).await?;
        context.uses.written(&due);
        Ok(())
    }
}

/// Nothing is signed or opened here, so nothing but the database can fail.
fn db_error(error: TokensError) -> DbError {
    match error {
        TokensError::Db(error) => error,
        other => {
            tracing::error!(
                error = &other as &dyn std::error::Error,
                "the tokens of a client cannot be revoked"
            );
            DbError::Unreadable { column: "refresh_families" }
        }
    }
}
