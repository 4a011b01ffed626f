//! Where pictures are.

use names::MemberId;

use crate::model::member::Member;

/// Where the picture is that is shown of a member: their own, else that of their provider, else one drawn from the id.
pub fn picture_address(member: &Member) -> String {
    match (&member.own_picture, &member.picture) {
        (Some(hash), _) => own_address(member.id, hash),
        (None, Some(picture)) => picture.clone(),
        (None, None) => default_address(member.id),
    }
}

/// Where a member's own picture is.
pub(crate) fn own_address(member: MemberId, hash: &str) -> String {
    format!("/api/users/{member}/picture/{hash}")
}

/// Where the drawn picture is.
fn default_address(member: MemberId) -> String {
    format!("/api/users/{member}/picture.svg")
}
