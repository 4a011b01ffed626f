//! Why a new password is not taken.

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("the password is too short or too long")]
    Length {
        /// The fewest characters.
        least: usize,
        /// The most.
        most: usize,
    },
    /// It is, or is made of, what leaked before.
    #[error("the password is easy to guess from lists of leaked ones")]
    Leaked,
    /// It is made of the name of this site, the address or the nickname.
    #[error("the password is made of the site's name, the address or the nickname")]
    Context,
}
