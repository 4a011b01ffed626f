//! Roles: what somebody is, as opposed to what an app may do for them (its scope).

/// A role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Every member.
    User,
}

impl Role {
    /// The name in tokens and headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "ROLE_USER",
        }
    }
}
