//! A post as it is shown.

use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cards::Card;
use crate::post::{Post, PostState};

/// A post with what readers see of its author; `hidden` only for the author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownPost {
    /// The post's UUID.
    pub id: String,
    /// The author, as they show themselves now.
    pub author: Card,
    /// What the author wrote, with its line breaks.
    pub text: String,
    /// When it was written, in RFC 3339.
    pub at: String,
    /// The same for those who write it otherwise.
    #[serde(skip)]
    #[schema(ignore)]
    pub written_at: Timestamp,
    /// Why an operator hid it; only its author sees such a one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<String>,
}

impl ShownPost {
    pub(crate) fn of(post: Post, author: Card) -> Self {
        let hidden = (post.state == PostState::Hidden).then(|| post.hidden_reason.unwrap_or_default());
        Self {
            id: post.id.to_string(),
            author,
            text: post.body,
            at: post.id.at().to_string(),
            written_at: post.id.at(),
            hidden,
        }
    }
}

/// Posts, newest first, and the cursor that leads to older ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostPage {
    /// The posts, newest first.
    pub posts: Vec<ShownPost>,
    /// The cursor of the next page; `null` at the end.
    pub next: Option<String>,
    /// Whether there is nothing older.
    pub end: bool,
}

impl PostPage {
    pub(crate) fn new(posts: Vec<ShownPost>, next: Option<String>) -> Self {
        Self { posts, end: next.is_none(), next }
    }
}
