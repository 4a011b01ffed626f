//! Posts and followers.

use crate::moment::Moment;

/// `/feed`: a page of the viewer's feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedView {
    /// The posts, newest first.
    pub posts: Vec<PostEntry>,
    /// The cursor of older ones.
    pub older: Option<String>,
    /// Whether there are newer ones.
    pub has_newer: bool,
}

/// A post as the viewer may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostEntry {
    /// The post's UUID, which forms and links name.
    pub id: String,
    /// The author, as they show themselves now.
    pub author: PersonEntry,
    /// What the author wrote, with its line breaks.
    pub text: String,
    /// When it was written.
    pub at: Moment,
    /// Why an operator hid it; only its author sees a hidden post.
    pub hidden: Option<String>,
    /// Whether it is the viewer's.
    pub is_own: bool,
}

/// A member in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonEntry {
    /// The member id.
    pub id: String,
    /// What others see of their name.
    pub nickname: String,
    /// Where the picture is.
    pub picture: String,
}

/// The activity of a member, on their page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityView {
    /// How many posts there are.
    pub posts: i64,
    /// How many follow them.
    pub followers: i64,
    /// How many they follow.
    pub following: i64,
    /// Their relation to the viewer; `None` if nobody is signed in, and on the viewer's own page.
    pub relation: Option<Relation>,
    /// The part that is shown.
    pub part: ActivityPart,
    /// The cursor of the next page.
    pub older: Option<String>,
}

/// The relation of a member to the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Whether the viewer follows them.
    pub following: bool,
    /// Whether they follow the viewer.
    pub followed_by: bool,
    /// Whether the viewer blocks them.
    pub blocked: bool,
}

/// A part of a member's activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityPart {
    /// Their posts.
    Posts(Vec<PostEntry>),
    /// Their followers; `None` for those who cannot be shown.
    Followers(Vec<Option<PersonEntry>>),
    /// Those whom they follow; `None` for those who cannot be shown.
    Following(Vec<Option<PersonEntry>>),
}
