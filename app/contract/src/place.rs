//! The place of a sign-in.

/// The place of a sign-in, as far as the IP address alone tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The machine that Daemun runs on.
    ThisMachine,
    /// A private network, such as an office or a home.
    PrivateNetwork(String),
    /// The internet.
    Internet(String),
    /// It was not recorded.
    Unknown,
}
