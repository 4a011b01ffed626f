//! From where somebody signed in.

/// From where somebody signed in, as far as an address says without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The machine that Daemun runs on.
    ThisMachine,
    /// A private network: an office, a home.
    PrivateNetwork(String),
    /// The internet.
    Internet(String),
    /// Nobody wrote it down.
    Unknown,
}
