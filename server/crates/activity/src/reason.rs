//! The reasons for which requests are refused: what HTTP says of each, here and nowhere else.

use limits::{LimitError, LimitExceeded};
use names::ErrorCode;
use web::{FieldProblem, Refusal, Refuse, flow_error};

use crate::failure::Failure;

/// A reason that needs no more words than its own: what the log says, and the error that it is answered with.
macro_rules! reasons {
    ($($(#[$meta:meta])* $name:ident: $log:literal => $error:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[error($log)]
        pub struct $name;

        impl Refuse for $name {
            fn refusal(&self) -> Refusal {
                Refusal::of(ErrorCode::$error)
            }
        }
    )+};
}

reasons! {
    /// There is no such member or post, or the caller may not know of it.
    NotFound: "there is nothing here" => NotFound;
    /// What should be a cursor is none of this list.
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

/// Too many tries.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many tries")]
pub struct TooMany(pub LimitExceeded);

impl Refuse for TooMany {
    fn refusal(&self) -> Refusal {
        Refusal::from(self.0)
    }

    fn is_limit(&self) -> bool {
        true
    }
}

flow_error! {
    /// Why a try is not allowed.
    pub enum Limited {
        TooMany(TooMany);
        Failed(Failure);
    }
}

impl From<LimitError> for Limited {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Exceeded(exceeded) => Self::TooMany(TooMany(exceeded)),
            LimitError::Db(error) => Self::Failed(error.into()),
        }
    }
}

/// Fields are missing or wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[error("fields are not as allowed")]
pub struct FieldErrors(pub Vec<FieldProblem>);

impl FieldErrors {
    /// One field is wrong.
    pub(crate) fn one(field: &'static str, allowed: &'static str) -> Self {
        Self(vec![FieldProblem::new(field, allowed)])
    }
}

impl Refuse for FieldErrors {
    fn refusal(&self) -> Refusal {
        Refusal::fields(self.0.clone())
    }
}

/// The body is not one that the endpoint reads: its type, its size, its form.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the request was refused")]
pub struct BadBody(Refusal);

impl From<Refusal> for BadBody {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl Refuse for BadBody {
    fn refusal(&self) -> Refusal {
        self.0.clone()
    }
}

flow_error! {
    /// Why what was sent is not taken.
    pub enum InputError {
        Body(BadBody) from Refusal;
        Fields(FieldErrors);
    }
}
