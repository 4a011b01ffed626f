//! Who looks at a page.

use contract::Viewer;
use names::Role;
use sessions::Current;

/// A member, as they see themselves.
pub(crate) fn viewer(current: &Current) -> Viewer {
    Viewer {
        id: current.member.id.to_string(),
        nickname: current.member.nickname.clone(),
        greeting: current.member.greeting.clone(),
        email: current.member.email.clone(),
        moderates: current.member.has_role(Role::MODERATOR_NAME),
        administers: current.member.has_role(Role::ADMIN.as_str()),
        picture: members::picture_address(&current.member),
    }
}
