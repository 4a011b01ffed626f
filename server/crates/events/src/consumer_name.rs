//! Who consumes.

/// The name of a consumer, and of its group: of all members with this name, one gets each message. Lower-case letters, digits and
/// hyphens, at most 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerName(&'static str);

impl ConsumerName {
    /// The consumer with this name.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}
