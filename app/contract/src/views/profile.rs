//! The viewer's own page, and what everybody may see of a member.

use names::SignInMethod;

use crate::moment::Moment;
use crate::views::activity::ActivityView;

/// `/me`: what the frame does not say about the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeView {
    /// Whether they brought the picture themselves.
    pub has_own_picture: bool,
    /// How this browser signed in.
    pub signed_in_with: SignInMethod,
    /// When.
    pub signed_in_at: Moment,
    /// When the session ends if nothing more happens.
    pub expires_at: Moment,
    /// Whether a passkey is offered to them.
    pub offers_passkey: bool,
}

/// `/members/{id}`: what everybody may see of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileView {
    /// The member id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// A line about themselves; it may be empty.
    pub greeting: String,
    /// Where the picture is.
    pub picture: String,
    /// What they do, where members follow each other.
    pub activity: Option<ActivityView>,
}
