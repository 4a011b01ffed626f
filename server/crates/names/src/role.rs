//! Roles: what somebody is, as opposed to what an app may do for them (its scope).

use std::borrow::Cow;
use std::fmt;

/// The longest name of a role, in bytes.
const MAX_LEN: usize = 40;

/// A role: `ROLE_`, a capital letter, and capitals, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Role(Cow<'static, str>);

/// The text is not the name of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleError;

impl fmt::Display for RoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ROLE_ and capitals, digits or _, such as ROLE_SUPPORT, at most {MAX_LEN} characters")
    }
}

impl std::error::Error for RoleError {}

impl Role {
    /// The role of every member. It is not stored.
    pub const USER: Self = Self(Cow::Borrowed("ROLE_USER"));
    /// The role of administrators.
    pub const ADMIN: Self = Self(Cow::Borrowed(Self::ADMIN_NAME));
    /// Its name, for guards.
    pub const ADMIN_NAME: &str = "ROLE_ADMIN";
    /// The role of those who moderate what members write.
    pub const MODERATOR: Self = Self(Cow::Borrowed(Self::MODERATOR_NAME));
    /// Its name, for guards.
    pub const MODERATOR_NAME: &str = "ROLE_MODERATOR";
    /// The roles that exist without configuration.
    pub const BUILT_IN: [Self; 3] = [Self::USER, Self::ADMIN, Self::MODERATOR];

    /// Parses the name of a role.
    ///
    /// # Errors
    /// When `text` is not such a name.
    pub fn parse(text: &str) -> Result<Self, RoleError> {
        if let Some(known) = Self::BUILT_IN.into_iter().find(|role| role.as_str() == text) {
            return Ok(known);
        }
        let name = text.strip_prefix("ROLE_").filter(|_| text.len() <= MAX_LEN).ok_or(RoleError)?;
        let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if is_name { Ok(Self(Cow::Owned(text.to_owned()))) } else { Err(RoleError) }
    }

    /// The name in tokens and headers.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Role {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_a_name_that_fits_into_a_header_and_into_a_list() {
        for good in ["ROLE_USER", "ROLE_ADMIN", "ROLE_SUPPORT_2", &format!("ROLE_{}", "A".repeat(35))] {
            assert_eq!(Role::parse(good).map(|role| role.to_string()).as_deref(), Ok(good));
        }
        let long = format!("ROLE_{}", "A".repeat(36));
        for bad in
            ["", "ROLE_", "ADMIN", "role_admin", "ROLE_a", "ROLE_2", "ROLE_A,B", "ROLE_A B", "ROLE_가", &long]
        {
            assert_eq!(Role::parse(bad), Err(RoleError), "{bad}");
        }
    }
}
