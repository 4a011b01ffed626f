//! What programs are told on success: the user's next step.

use serde::Serialize;
use utoipa::ToSchema;

/// The answer of calls after which something else is to be done.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Next {
    next: Step,
}

/// What a caller without pages does next.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Step {
    /// Nothing more.
    Done,
    /// Sign in.
    SignIn,
    /// Read the mail, if one came.
    ReadMail,
    /// Prove the mailbox of the sign-up.
    ProveMailbox,
    /// Prove the new address.
    ProveNewAddress,
}

impl From<Step> for Next {
    fn from(next: Step) -> Self {
        Self { next }
    }
}
