//! How a relay hands events to a bus that is in the database of the outbox: by one commit the bus has them and they are marked, so
//! nothing is claimed before.

use db::{DbError, Unit};

use crate::outbox::store::{self, Waiting};
use crate::publisher::{BusInDatabase, Message, too_long};
use crate::relay::round::RelayRound;
use crate::relay::rounds::Relay;

impl Relay {
    /// Publishes the first of these; `None` where one of them cannot go out like that: another relay was faster, or it is no message for
    /// any bus.
    pub(super) async fn publish_in_database(
        &self,
        bus: &dyn BusInDatabase,
        due: &[Waiting],
    ) -> Result<Option<RelayRound>, DbError> {
        // A power of two, so that there are few different texts of statements.
        let number = 1 << due.len().clamp(1, store::STATEMENT_EVENTS).ilog2();
        let due = due.get(..number).unwrap_or(due);
        let mut messages: Vec<&Message> = Vec::with_capacity(number);
        for row in due {
            match &row.message {
                Ok(message) if too_long(message).is_none() => messages.push(message),
                _ => return Ok(None),
            }
        }
        let ids: Vec<&str> = due.iter().map(|row| row.id.as_str()).collect();
        let published = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let publish = || {
            let mut unit = Unit::default();
            unit.add_changes(published, store::publishing(&ids, self.clock.now()))?;
            bus.add_to(&mut unit, &messages)?;
            Ok::<_, DbError>(unit)
        };
        let is_published = self.db.execute_unit(publish).await?.is_some();
        Ok(is_published.then_some(RelayRound { published, refused: 0 }))
    }
}
