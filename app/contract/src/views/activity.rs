//! What members write and whom they follow.

use crate::moment::Moment;

/// `/feed`: a page of what those write whom the viewer follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedView {
    /// The posts, newest first.
    pub posts: Vec<PostEntry>,
    /// The cursor of older ones.
    pub older: Option<String>,
    /// Whether there are newer ones.
    pub has_newer: bool,
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostEntry {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author: PersonEntry,
    /// What.
    pub text: String,
    /// When.
    pub at: Moment,
    /// Why an operator hid it; only its author sees such a one.
    pub hidden: Option<String>,
    /// Whether it is the viewer's.
    pub is_own: bool,
}

/// A member in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonEntry {
    /// The member id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// Where the picture is.
    pub picture: String,
}

/// What a member does, on their page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityView {
    /// How many posts there are.
    pub posts: i64,
    /// How many follow them.
    pub followers: i64,
    /// How many they follow.
    pub following: i64,
    /// What they are to the viewer; `None` for strangers and themselves.
    pub relation: Option<Relation>,
    /// Which part of it is shown.
    pub part: ActivityPart,
    /// The cursor of the next ones.
    pub older: Option<String>,
}

/// What a member is to the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Whether the viewer follows them.
    pub following: bool,
    /// Whether they follow the viewer.
    pub followed_by: bool,
    /// Whether the viewer blocks them.
    pub blocked: bool,
}

/// Which part of what a member does is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityPart {
    /// What they wrote.
    Posts(Vec<PostEntry>),
    /// Who follows them; `None` for those who cannot be shown.
    Followers(Vec<Option<PersonEntry>>),
    /// Whom they follow.
    Following(Vec<Option<PersonEntry>>),
}
