//! `/admin/members`.

use names::ProviderName;

use super::masked::Masked;
use crate::moment::Moment;

/// `/admin/members`: members found by one thing that is known of them, or all, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersView {
    /// By what they are looked for.
    pub by: MemberField,
    /// What was typed.
    pub typed: String,
    /// Those who were found.
    pub members: Vec<FoundMember>,
    /// Whether this is a later part of the list.
    pub is_later: bool,
    /// After whom the next part begins.
    pub next: Option<String>,
}

/// What is known of a member whom an operator looks for.
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
    /// Who they are at a provider.
    Subject(ProviderName),
}

impl MemberField {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let own = [Self::Nickname, Self::Address, Self::Id, Self::Role];
        own.into_iter().chain(ProviderName::ALL.iter().copied().map(Self::Subject))
    }

    /// As addresses name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nickname => "nickname",
            Self::Address => "address",
            Self::Id => "id",
            Self::Role => "role",
            Self::Subject(provider) => provider.as_str(),
        }
    }

    /// The one of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|field| field.as_str() == name)
    }
}

/// A member in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMember {
    /// The id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// The contact address.
    pub address: Option<Masked>,
    /// Whether they may sign in.
    pub state: MemberState,
    /// When they became a member.
    pub joined_at: Moment,
    /// What they may do beyond being members.
    pub roles: Vec<String>,
}

/// Whether somebody may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// They may.
    Active,
    /// An operator says no.
    Disabled,
    /// The account goes at this moment.
    Deleting(Moment),
}
