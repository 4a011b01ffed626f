//! `/admin/members`: members found by one thing that is known of them.

use contract::views::admin::{FoundMember, Masked, MemberField, MemberState, MembersView};
use members::{ListedMember, MemberStatus, Wanted};
use names::{MemberId, Role};

use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

/// How many are shown at once.
const PAGE_SIZE: u32 = 30;

impl Load for MembersView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let by = visit.query("by").and_then(|name| MemberField::parse(&name)).unwrap_or_default();
        let typed = visit.typed("value");
        let after = visit.query("after").map(|id| MemberId::parse(&id)).transpose();
        let after = after.map_err(|_| NoPage::Nothing)?;
        let mut view = Self { by, typed, members: Vec::new(), is_later: after.is_some(), next: None };
        // What nobody can have is nobody's.
        let Some(wanted) = wanted(by, &view.typed) else { return Ok(view) };
        let found = visit.parts().admin.members.directory.find(&wanted, after, PAGE_SIZE).await?;
        view.members = found.members.into_iter().map(|member| found_member(visit, member)).collect();
        view.next = found.next.map(|next| next.to_string());
        Ok(view)
    }
}

fn wanted(by: MemberField, typed: &str) -> Option<Wanted> {
    if typed.is_empty() {
        return Some(Wanted::Everybody);
    }
    match by {
        MemberField::Nickname => (typed.chars().count() <= 100).then(|| Wanted::Nickname(typed.to_owned())),
        MemberField::Address => kernel::email_address::read(typed).map(Wanted::Address),
        MemberField::Id => MemberId::parse(typed).ok().map(Wanted::Id),
        MemberField::Role => Role::parse(typed).ok().map(Wanted::Role),
        MemberField::Subject(provider) => Some(Wanted::Subject(provider, typed.to_owned())),
    }
}

/// A member, as lists of operators show them.
pub(super) fn found_member(visit: &Visit<'_>, member: ListedMember) -> FoundMember {
    let state = match (member.status, member.delete_at) {
        (MemberStatus::Active, _) => MemberState::Active,
        (MemberStatus::Deleting, Some(at)) => MemberState::Deleting(visit.moment(at)),
        (MemberStatus::Disabled | MemberStatus::Deleting, _) => MemberState::Disabled,
    };
    let text = member.email.as_deref().map(admin::masked::address);
    FoundMember {
        id: member.id.to_string(),
        nickname: member.nickname,
        address: text.map(|text| Masked { text, reveal: None }),
        state,
        joined_at: visit.moment(member.joined_at),
        roles: member.roles.iter().map(ToString::to_string).collect(),
    }
}
