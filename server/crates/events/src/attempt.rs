//! How a failed attempt of a consumer ended.

use db::DbError;

use crate::causes::with_causes;
use crate::consumer::Received;
use crate::event::Event;
use crate::subscription::Delivery;

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Attempt {
    /// The database is unavailable; the event is not to blame.
    #[error(transparent)]
    Away(DbError),
    /// The inbox says of one of several that it is dealt with.
    #[error("one of the events is dealt with already")]
    Repeated,
    /// It failed.
    #[error("{}", .0.reason)]
    Failed(Failure),
}

/// What is wrong with an event or its consumer. The log gets the reason only: causes may quote what the event holds (S-LOG-2).
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// What is to be reported.
    pub(crate) reason: String,
    /// The reason with its causes, for the dead letter.
    pub(crate) detail: String,
}

impl From<DbError> for Attempt {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) => Self::Away(error),
            other => Self::Failed(failed(&other)),
        }
    }
}

/// The event of a delivery, if it is one.
pub(crate) fn read(delivery: &Delivery) -> Result<Received, Failure> {
    let event = Event::parse(delivery.topic, &delivery.body).map_err(|error| failed(&error))?;
    if event.key().to_string() != delivery.key {
        return Err(plain("the event is about another member than its key says"));
    }
    Ok(Received { event, sequence: delivery.sequence })
}

pub(crate) fn failed(error: &dyn std::error::Error) -> Failure {
    Failure { reason: error.to_string(), detail: with_causes(error) }
}

pub(crate) fn plain(reason: &str) -> Failure {
    Failure { reason: reason.to_owned(), detail: reason.to_owned() }
}
