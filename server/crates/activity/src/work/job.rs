//! A piece of work, as it is in the queue.

use jobs::JobKind;
use kernel::Purpose;
use serde::{Deserialize, Serialize};

use crate::person::PersonNo;
use crate::post_id::PostId;

/// Work on feeds.
pub static FEED_WORK: JobKind = JobKind {
    name: "feed-work",
    purpose: Purpose::new("feed-work"),
    sealed_for: |job| job.id.clone(),
    longest_wait: None,
    keep_done: None,
    keep_dead: None,
    can_be_retried: |_| false,
    holds: "what is to be done with feeds, by numbers of people and ids of posts",
    kept: "until it is done, or was tried too often",
    erasure: "ends by itself: it finds nothing of them any longer",
};

/// What is to be done, and where the next step begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum FeedWork {
    /// A post goes into the feeds of followers.
    Spread { post: PostId, author: PersonNo, after: PersonNo },
    /// A deleted post is taken out of them.
    Withdraw { post: PostId, author: PersonNo, after: PersonNo },
    /// Posts of an author are looked up from now on.
    Louden { author: PersonNo, after: PersonNo },
    /// Posts of an author go into feeds again: first the next followers are changed,
    Quieten { author: PersonNo, after: PersonNo },
    /// then their feeds get what they had not.
    FillMany { author: PersonNo, after: PersonNo, next: PersonNo, up_to: PersonNo },
    /// Nobody looks at a feed: posts no longer come,
    Sleep { reader: PersonNo, after: PersonNo },
    /// and what is there goes.
    Clear { reader: PersonNo },
    /// A feed is made again: what is there goes first, when it may be wrong,
    Rebuild { reader: PersonNo },
    /// then posts come again,
    Wake { reader: PersonNo, after: PersonNo },
    /// then the newest are written, by those who wrote last.
    FillLatest { reader: PersonNo, last_post: i64, author: PersonNo },
    /// then what they wrote who were passed over, since they moved to the front meanwhile.
    FillRest { reader: PersonNo, after: PersonNo },
    /// A feed is too long.
    Trim { reader: PersonNo },
    /// Somebody was erased.
    Leave { person: PersonNo },
}

impl FeedWork {
    /// While there is work by this name no other is added.
    pub(crate) fn key(&self) -> String {
        match *self {
            Self::Spread { post, .. } => format!("spread {post}"),
            Self::Withdraw { post, .. } => format!("withdraw {post}"),
            Self::Louden { author, .. } => format!("louden {}", author.0),
            Self::Quieten { author, .. } | Self::FillMany { author, .. } => format!("quieten {}", author.0),
            Self::Sleep { reader, .. } | Self::Clear { reader } => format!("sleep {}", reader.0),
            Self::Rebuild { reader }
            | Self::Wake { reader, .. }
            | Self::FillLatest { reader, .. }
            | Self::FillRest { reader, .. } => format!("wake {}", reader.0),
            Self::Trim { reader } => format!("trim {}", reader.0),
            Self::Leave { person } => format!("leave {}", person.0),
        }
    }
}
