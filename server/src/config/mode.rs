//! What the program is for.

/// What the program is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On somebody's own machine.
    Development,
    /// For real people.
    Production,
}
