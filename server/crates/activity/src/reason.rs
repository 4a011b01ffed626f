//! The reasons for which requests are refused: what HTTP answers for each is defined only here.

use names::ErrorCode;
use web::{Refusal, Refuse};

use crate::failure::Failure;

web::reasons! {
    /// The cursor does not belong to this list.
    CursorInvalid: "the cursor is none of this list" => CursorInvalid;
    /// One of the two blocks the other.
    FollowNotAllowed: "one of the two blocks the other" => FollowNotAllowed;
    /// It is the caller.
    FollowSelf: "somebody means themselves" => FollowSelf;
}

/// They follow as many as one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("they follow {0} members already")]
pub struct FollowLimit(pub u32);

impl Refuse for FollowLimit {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::FollowLimit)
            .saying(format!("At most {} members can be followed. Unfollow another one first.", self.0))
    }
}

web::limited!(Failure);
