//! A person who follows, is followed, or writes.

use kernel::Timestamp;
use names::MemberId;

use crate::post_id::PostId;

/// The number of a person. It has no meaning outside of this part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct PersonNo(pub(crate) i64);

impl PersonNo {
    /// Less than that of everybody.
    pub(crate) const FIRST: Self = Self(0);
    /// Greater than that of anybody.
    pub(crate) const LAST: Self = Self(i64::MAX);
}

/// What becomes of somebody's feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PersonState {
    /// It is kept.
    Awake,
    /// They have not looked at it for a long time: there is none.
    Asleep,
    /// It is being made again.
    Waking,
    /// They are being erased.
    Leaving,
}

impl PersonState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Awake => "awake",
            Self::Asleep => "asleep",
            Self::Waking => "waking",
            Self::Leaving => "leaving",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Awake, Self::Asleep, Self::Waking, Self::Leaving]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A person as they are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) no: PersonNo,
    /// `None` when they are being erased.
    pub(crate) member: Option<MemberId>,
    pub(crate) followers: i64,
    pub(crate) following: i64,
    pub(crate) posts: i64,
    /// When their newest post was written.
    pub(crate) last_post: Timestamp,
    pub(crate) loud: bool,
    pub(crate) seen_at: Timestamp,
    /// Nothing older is in their feed.
    pub(crate) floor: PostId,
    pub(crate) state: PersonState,
}

/// How posts of the followed come to the follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// They are written into the feed.
    Push,
    /// They are looked up when it is read.
    Pull,
    /// Not at all: there is no feed.
    None,
}

impl Delivery {
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Push => 0,
            Self::Pull => 1,
            Self::None => 2,
        }
    }

    /// How the posts of an author come to a follower who has so many authors whose posts are looked up.
    pub(crate) const fn of(
        follower: PersonState,
        followee_is_loud: bool,
        pulled: i64,
        pulled_most: i64,
    ) -> Self {
        match follower {
            PersonState::Asleep | PersonState::Leaving => Self::None,
            PersonState::Awake | PersonState::Waking if followee_is_loud && pulled < pulled_most => {
                Self::Pull
            }
            PersonState::Awake | PersonState::Waking => Self::Push,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_of_the_loud_are_looked_up_until_a_reader_has_too_many_of_them() {
        use PersonState::{Asleep, Awake, Waking};
        for (follower, loud, pulled, delivery) in [
            (Awake, false, 0, Delivery::Push),
            (Awake, true, 0, Delivery::Pull),
            (Waking, true, 99, Delivery::Pull),
            (Awake, true, 100, Delivery::Push),
            (Asleep, true, 0, Delivery::None),
            (Asleep, false, 0, Delivery::None),
        ] {
            assert_eq!(Delivery::of(follower, loud, pulled, 100), delivery, "{follower:?} {loud} {pulled}");
        }
    }
}
