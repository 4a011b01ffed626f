//! `/admin`: the state of the program at a glance.

use names::SignInMethod;

use crate::moment::Moment;
use crate::views::admin::program::FindingEntry;

/// `/admin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstLookView {
    /// The findings, outages first.
    pub findings: Vec<FindingEntry>,
    /// Whether its reader administers with nothing but a password or a provider. That is about them, and not about the program: it is no
    /// finding.
    pub lacks_second_factor: bool,
    /// The sign-ins of the last 24 hours, one entry for each hour, oldest first.
    pub hours: Vec<HourOfSignIns>,
    /// The methods that were used in them.
    pub methods: Vec<SignInMethod>,
    /// How many members joined in these hours.
    pub new_members: Count,
    /// Mails that wait.
    pub mails: Waiting,
    /// Since when the oldest event waits for the bus.
    pub events_since: Option<Moment>,
    /// The keys that sign tokens.
    pub keys: Vec<KeyInUse>,
    /// The running replicas.
    pub replicas: Vec<ReplicaHere>,
}

/// A count that stops at a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The count, or the bound at which counting stops.
    pub number: u32,
    /// Whether there are more than that.
    pub is_more: bool,
}

/// A queue of the overview, with what waits in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many entries wait, up to the bound.
    pub count: Count,
    /// Since when the oldest waits.
    pub since: Option<Moment>,
}

/// The sign-ins of one clock hour, for the chart of the overview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourOfSignIns {
    /// When it began.
    pub from: Moment,
    /// How many there were by each of the methods, in their order.
    pub by_method: Vec<SignInSum>,
}

/// How many sign-ins there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInSum {
    /// How many succeeded.
    pub succeeded: u64,
    /// How many failed.
    pub failed: u64,
}

impl SignInSum {
    /// The sum of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { succeeded: self.succeeded + other.succeeded, failed: self.failed + other.failed }
    }
}

impl HourOfSignIns {
    /// The sum over all methods.
    pub fn all(&self) -> SignInSum {
        self.by_method.iter().copied().fold(SignInSum::default(), SignInSum::and)
    }
}

/// A key that signs tokens, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInUse {
    /// The `kid`, with which tokens name the key.
    pub kid: String,
    /// Since when it signs, or from when it will.
    pub from: Moment,
    /// Whether it signs now.
    pub signs: bool,
}

/// A replica whose beat is recent, as the overview shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaHere {
    /// The id that the process chose at its start.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Since when it runs.
    pub since: Moment,
    /// The difference between its clock and the database's, in milliseconds.
    pub clock_off: u64,
}
