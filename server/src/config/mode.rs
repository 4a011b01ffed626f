//! What the program is for.

/// What the program is for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On somebody's own machine.
    Development,
    /// For real people.
    Production,
}
