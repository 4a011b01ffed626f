//! Lists of operations a part at a time, for endpoints and for pages.

use db::DbError;
use events::{DeadLetter, DeadLetterPlace};
use jobs::{JobPlace, JobState};
use notifications::MailInQueue;
use web::reason::FieldErrors;
use webhooks::{DeliveryPlace, LoggedDelivery, ReceiverName, State, WantedDeliveries};

use crate::operations::api::{OperationError, Operations};
use crate::part::{self, Place};

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// What is in it.
    pub entries: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<String>,
}

/// Why a part of a list is not shown.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// What was asked for is nowhere in the list.
    #[error("what was asked for is nowhere in the list")]
    Place,
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<FieldErrors> for PartError {
    fn from(_: FieldErrors) -> Self {
        Self::Place
    }
}

impl From<PartError> for OperationError {
    fn from(error: PartError) -> Self {
        match error {
            PartError::Place => FieldErrors::one("after", "the `next` of the part before").into(),
            PartError::Db(error) => error.into(),
        }
    }
}

impl Operations {
    /// Dead letters, the newest first, from a place on.
    ///
    /// # Errors
    /// [`PartError`].
    pub async fn dead_letters_from(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Part<DeadLetter>, PartError> {
        let after = Place::read(after)?.map(|place| DeadLetterPlace {
            died_at: place.at,
            group: place.first,
            event_id: place.second,
        });
        let mut entries = self.dead_letters.list(after.as_ref(), limit + 1).await?;
        let next = part::cut(&mut entries, limit).map(|last| {
            Place { at: last.died_at, first: last.group.clone(), second: last.event_id.clone() }.text()
        });
        Ok(Part { entries, next })
    }

    /// Mails in this state, from a place on.
    ///
    /// # Errors
    /// [`PartError`].
    pub async fn mails_from(
        &self,
        state: JobState,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Part<MailInQueue>, PartError> {
        let after = Place::read(after)?.map(|place| JobPlace { due_at: place.at, id: place.first });
        let mut entries = self.mails.list(state, after.as_ref(), limit + 1).await?;
        let next = part::cut(&mut entries, limit)
            .map(|last| Place { at: last.due_at, first: last.id.clone(), second: String::new() }.text());
        Ok(Part { entries, next })
    }

    /// What was sent to a receiver or all, in one state or any, the newest first, from a place on.
    ///
    /// # Errors
    /// [`PartError`].
    pub async fn deliveries_from(
        &self,
        receiver: Option<&str>,
        state: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Part<LoggedDelivery>, PartError> {
        let receiver = receiver.map(|name| ReceiverName::parse(name).ok_or(PartError::Place)).transpose()?;
        let state = state.map(|name| State::parse(name).ok_or(PartError::Place)).transpose()?;
        let after = Place::read(after)?.map(|place| DeliveryPlace {
            created_at: place.at,
            event_id: place.first,
            receiver: place.second,
        });
        let wanted = WantedDeliveries { receiver, state, after };
        let mut entries = self.receivers.log(&wanted, limit + 1).await?;
        let next = part::cut(&mut entries, limit).map(|last| {
            Place { at: last.created_at, first: last.event_id.clone(), second: last.receiver.clone() }.text()
        });
        Ok(Part { entries, next })
    }
}
