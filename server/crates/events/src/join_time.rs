//! Since when a consumer takes its topics.

use std::collections::HashMap;

use db::{DbError, Transaction};
use kernel::Timestamp;
use tokio::sync::OnceCell;

use crate::consumer_name::ConsumerName;
use crate::event::Event;
use crate::in_process;
use crate::payload::Topic;

/// Tells events from before a consumer joined from those since. On a cluster, a group that is new begins with the oldest message there
/// is; a consumer that is to act on what happens from now on passes over what is older.
#[derive(Clone, Debug)]
pub struct JoinTime {
    consumer: ConsumerName,
    since: OnceCell<HashMap<Topic, Timestamp>>,
}

impl JoinTime {
    /// For the consumer of this name. The database is asked once, with the first event.
    pub const fn new(consumer: ConsumerName) -> Self {
        Self { consumer, since: OnceCell::const_new() }
    }

    /// Whether the event happened before the consumer took its topic, by whole seconds, as the time of events has them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_after(&self, tx: &mut Transaction, event: &Event) -> Result<bool, DbError> {
        let read = async || in_process::joined_at(tx, self.consumer).await;
        let since = self.since.get_or_try_init(read).await?;
        Ok(since.get(&event.topic()).is_some_and(|since| event.at().seconds() < since.seconds()))
    }
}
