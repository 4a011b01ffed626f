//! `/admin/members`.

use names::ProviderName;

use super::masked::Masked;
use crate::moment::Moment;

/// `/admin/members`: the members that a search found, or all, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersView {
    /// The field that is searched.
    pub by: MemberField,
    /// What was typed.
    pub typed: String,
    /// The members that were found.
    pub members: Vec<FoundMember>,
    /// Whether this is not the first page of the list.
    pub is_later: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// A field in which operators search for members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemberField {
    /// The beginning of the nickname.
    #[default]
    Nickname,
    /// A whole address.
    Address,
    /// The id.
    Id,
    /// A role.
    Role,
    /// The subject at a provider.
    Subject(ProviderName),
}

impl MemberField {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let own = [Self::Nickname, Self::Address, Self::Id, Self::Role];
        own.into_iter().chain(ProviderName::ALL.iter().copied().map(Self::Subject))
    }

    /// Its name in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nickname => "nickname",
            Self::Address => "address",
            Self::Id => "id",
            Self::Role => "role",
            Self::Subject(provider) => provider.as_str(),
        }
    }

    /// The field with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|field| field.as_str() == name)
    }
}

/// A member in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMember {
    /// The member's UUID.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// The contact address.
    pub address: Option<Masked>,
    /// Whether they may sign in.
    pub state: MemberState,
    /// When they became a member.
    pub joined_at: Moment,
    /// Their roles beyond `ROLE_USER`.
    pub roles: Vec<String>,
}

/// Whether somebody may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// The account is active.
    Active,
    /// The account is disabled.
    Disabled,
    /// The account will be deleted at this moment.
    Deleting(Moment),
}
