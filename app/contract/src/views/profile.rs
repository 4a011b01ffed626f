//! The viewer's own page, and the public profile of a member.

use names::SignInMethod;

use crate::moment::Moment;
use crate::views::activity::ActivityView;

/// `/me`: what the frame does not have about the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeView {
    /// Whether they uploaded the picture.
    pub has_own_picture: bool,
    /// The sign-in method of this session.
    pub signed_in_with: SignInMethod,
    /// When they signed in.
    pub signed_in_at: Moment,
    /// When the session ends if it is not used again.
    pub expires_at: Moment,
    /// Whether the page suggests adding a passkey.
    pub offers_passkey: bool,
}

/// `/members/{id}`: the public profile of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileView {
    /// The member id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// A line about themselves; it may be empty.
    pub greeting: String,
    /// The address of the picture.
    pub picture: String,
    /// Their activity, if the feed is switched on.
    pub activity: Option<ActivityView>,
}
