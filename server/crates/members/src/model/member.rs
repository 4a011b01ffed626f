//! A member.

use names::{MemberId, Role};

/// A person as the rest of Daemun sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id.
    pub id: MemberId,
    /// What others see. Never empty.
    pub nickname: String,
    /// A line about themselves.
    pub greeting: String,
    /// The picture at the provider's image host.
    pub picture: Option<String>,
    /// The content hash of a picture that they brought themselves.
    pub own_picture: Option<String>,
    /// The contact address. A member without one is a full member.
    pub email: Option<String>,
    /// Whether they may sign in.
    pub status: MemberStatus,
    /// The roles that they were given, in the order of their names: not everybody's.
    pub given_roles: Vec<Role>,
}

impl Member {
    /// What they may do beyond being a member, as services behind the gateway know it (design 3.5).
    pub fn roles(&self) -> Vec<String> {
        self.all_roles().map(str::to_owned).collect()
    }

    /// Whether they have this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.all_roles().any(|own| own == role)
    }

    /// Whether these are their roles, in the same order.
    pub fn has_exactly(&self, roles: &[String]) -> bool {
        self.all_roles().eq(roles.iter().map(String::as_str))
    }

    fn all_roles(&self) -> impl Iterator<Item = &str> {
        std::iter::once(EVERYBODYS).chain(self.given_roles.iter().map(Role::as_str))
    }
}

/// Whether a member may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStatus {
    /// Yes.
    Active,
    /// No; an administrator said so.
    Disabled,
    /// They asked for the deletion of the account, and its grace is not over. Signing in makes it active again.
    Deleting,
}

impl MemberStatus {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleting => "deleting",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "disabled" => Some(Self::Disabled),
            "deleting" => Some(Self::Deleting),
            _ => None,
        }
    }
}

const EVERYBODYS: &str = "ROLE_USER";

/// The greeting of a new member.
pub(crate) const DEFAULT_GREETING: &str = "안녕하세요!";
