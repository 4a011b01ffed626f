//! What a list shows about a member.

use kernel::Timestamp;
use names::{MemberId, Role};

use crate::model::member::MemberStatus;

/// What operators see of a member in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMember {
    /// The id.
    pub id: MemberId,
    /// What others see.
    pub nickname: String,
    /// The contact address.
    pub email: Option<String>,
    /// Whether they may sign in.
    pub status: MemberStatus,
    /// When the account began.
    pub joined_at: Timestamp,
    /// When the account goes, if it is to be deleted.
    pub delete_at: Option<Timestamp>,
    /// Their roles, alongside everybody's.
    pub roles: Vec<Role>,
}
