//! `/admin`: what an operator wants to know at eight in the morning.

use names::SignInMethod;

use crate::moment::Moment;

/// `/admin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstLookView {
    /// What is wrong now.
    pub problems: Vec<Problem>,
    /// The sign-ins of the last 24 hours, the oldest hour first, each hour once.
    pub hours: Vec<HourOfSignIns>,
    /// The methods that were used in them.
    pub methods: Vec<SignInMethod>,
    /// Who became a member in these hours.
    pub new_members: Count,
    /// Mails that wait.
    pub mails: Waiting,
    /// Events that wait for the bus: since when the oldest does.
    pub events_since: Option<Moment>,
    /// The keys that sign tokens.
    pub keys: Vec<KeyInUse>,
    /// The programs that run.
    pub replicas: Vec<ReplicaHere>,
}

/// How many there are; beyond some number nobody counts on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub number: u32,
    /// Whether there are more than that.
    pub is_more: bool,
}

/// What waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: Count,
    /// Since when the oldest waits.
    pub since: Option<Moment>,
}

/// The sign-ins of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourOfSignIns {
    /// When it began.
    pub from: Moment,
    /// How many there were with each of the methods, in their order.
    pub by_method: Vec<SignInSum>,
}

/// How often something was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInSum {
    /// With success.
    pub succeeded: u64,
    /// In vain.
    pub failed: u64,
}

impl SignInSum {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { succeeded: self.succeeded + other.succeeded, failed: self.failed + other.failed }
    }
}

impl HourOfSignIns {
    /// All methods together.
    pub fn all(&self) -> SignInSum {
        self.by_method.iter().copied().fold(SignInSum::default(), SignInSum::and)
    }
}

/// A key that signs tokens, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInUse {
    /// Its id.
    pub kid: String,
    /// Since when it signs, or from when it will.
    pub from: Moment,
    /// Whether it signs now.
    pub signs: bool,
}

/// A program that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaHere {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Since when it runs.
    pub since: Moment,
    /// How many milliseconds its clock is from the database's.
    pub clock_off: u64,
}

/// Something that is wrong, for which the page names a cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The oldest mail waits for so many minutes.
    MailsWait(u64),
    /// The oldest event waits for so many seconds.
    EventsWait(u64),
    /// A consumer put events aside.
    DeadLetters,
    /// Of the sign-ins of the last full hour, so many in a hundred failed.
    SignInsFail(u64),
    /// The clock of this replica is off.
    ClockOff(String),
    /// Replicas run different versions.
    VersionsDiffer,
    /// No replica says that it is there.
    NoReplica,
    /// There is one administrator alone.
    OneAdministrator,
    /// Who looks at the page administers with a password alone.
    NoSecondFactor,
}
