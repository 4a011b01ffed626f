//! A post.

use crate::person::PersonNo;
use crate::post_id::PostId;

/// Whether a post is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostState {
    Shown,
    /// An operator hid it: its author alone sees it.
    Hidden,
    Deleted,
}

impl PostState {
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Shown => 0,
            Self::Hidden => 1,
            Self::Deleted => 2,
        }
    }

    /// A number that we did not give out shows nothing.
    pub(crate) const fn of(number: i64) -> Self {
        match number {
            0 => Self::Shown,
            1 => Self::Hidden,
            _ => Self::Deleted,
        }
    }
}

/// A post as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) id: PostId,
    pub(crate) author: PersonNo,
    pub(crate) body: String,
    pub(crate) state: PostState,
    pub(crate) hidden_reason: Option<String>,
}
