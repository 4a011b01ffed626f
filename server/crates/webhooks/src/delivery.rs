//! An event on its way to a receiver.

use db::Claimable;
use kernel::Timestamp;

/// What has become of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is to be sent.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// It was tried for three days.
    GivenUp,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::GivenUp];

    /// Its name in the table and in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given-up",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// One that is due.
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

/// One as operators read it, without what it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedDelivery {
    /// To whom.
    pub receiver: String,
    /// Which event.
    pub event_id: String,
    /// Of which topic.
    pub topic: String,
    /// About whom.
    pub member: String,
    /// As [`State::as_str`] names it.
    pub state: String,
    /// When it came from the bus.
    pub created_at: Timestamp,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// When it is tried next, if it waits. While it is being sent, when that attempt is over at the latest.
    pub due_at: Timestamp,
    /// How many attempts failed.
    pub failures: u32,
    /// What the receiver said last, or why it could not.
    pub answer: String,
}

/// Where a list of deliveries goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryPlace {
    /// When the last one shown came from the bus.
    pub created_at: Timestamp,
    /// Its event.
    pub event_id: String,
    /// Its receiver.
    pub receiver: String,
}

/// How much a receiver has in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Which receiver.
    pub receiver: String,
    /// As [`State::as_str`] names it.
    pub state: String,
    /// How many.
    pub count: i64,
    /// When the oldest of them came from the bus.
    pub oldest: Timestamp,
}
