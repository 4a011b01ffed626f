//! A delivery: an event for a receiver.

use db::Claimable;
use kernel::Timestamp;

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is to be sent.
    Waiting,
    /// The receiver accepted it.
    Delivered,
    /// It was tried for three days and given up.
    GivenUp,
}

impl State {
    /// Every value, each once.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::GivenUp];

    /// Its name in the table and in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given-up",
        }
    }

    /// The state with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A delivery that is due.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) receiver: String,
    pub(crate) event_id: String,
    pub(crate) topic: String,
    pub(crate) body: String,
    pub(crate) waiting_since: Timestamp,
    pub(crate) failures: u32,
    pub(crate) due_at: Timestamp,
}

impl Claimable<2> for Claim {
    fn key(&self) -> [&str; 2] {
        [&self.receiver, &self.event_id]
    }

    fn due_at(&self) -> Timestamp {
        self.due_at
    }
}

/// A delivery as operators see it, without the body of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedDelivery {
    /// The name of the receiver.
    pub receiver: String,
    /// The id of the event.
    pub event_id: String,
    /// The topic of the event.
    pub topic: String,
    /// The member whom the event is about.
    pub member: String,
    /// The state, as [`State::as_str`] names it.
    pub state: String,
    /// When the event came from the bus.
    pub created_at: Timestamp,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// When it is tried next, if it waits for a moment and not for the events of its member before it alone. While it is being sent, when its
    /// lease ends.
    pub due_at: Option<Timestamp>,
    /// How many attempts failed.
    pub failures: u32,
    /// The last response of the receiver, or why there was none.
    pub answer: String,
}

/// Where the next page of a list of deliveries begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryPlace {
    /// When the event of the last one came from the bus.
    pub created_at: Timestamp,
    /// The id of its event.
    pub event_id: String,
    /// Its receiver.
    pub receiver: String,
}

/// How many deliveries of a receiver are in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The name of the receiver.
    pub receiver: String,
    /// The state, as [`State::as_str`] names it.
    pub state: String,
    /// How many deliveries are in this state.
    pub count: i64,
    /// When the oldest of them came from the bus.
    pub oldest: Timestamp,
}
