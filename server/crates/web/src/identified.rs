//! Who sent a request that is refused, for the audit log: as far as that was known when it was refused.

use names::MemberId;

/// A member or a client whose request is refused. Nobody is told of it but operators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// The member whose session or token it is.
    pub member: Option<MemberId>,
    /// The id of the client that acts for itself; empty if it is none.
    pub client: String,
}

impl Identified {
    /// A member.
    pub const fn member(member: MemberId) -> Self {
        Self { member: Some(member), client: String::new() }
    }

    /// A client that acts for itself.
    pub fn client(id: &str) -> Self {
        Self { member: None, client: id.to_owned() }
    }
}
