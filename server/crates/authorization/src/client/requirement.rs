//! What a client may do, or must.

/// Whether something is demanded of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// It may.
    Optional,
    /// It must.
    Required,
}

impl Requirement {
    /// Reads the word of the configuration.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "optional" => Some(Self::Optional),
            "required" => Some(Self::Required),
            _ => None,
        }
    }

    /// Whether it is demanded.
    pub const fn is_required(self) -> bool {
        matches!(self, Self::Required)
    }
}
