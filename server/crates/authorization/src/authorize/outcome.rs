//! What a check says.

use std::borrow::Cow;

use super::refused::Refused;

/// Whether a request may go on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As far as this check is concerned.
    GoOn,
    /// After the person has done something.
    Ask(Question),
    /// No.
    Refuse(Refused),
}

/// What a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// To sign in.
    SignIn,
    /// To sign in although they are signed in.
    SignInAgain,
    /// The person is to prove more strongly who they are.
    Prove,
    /// Whether the client may do what it asks for.
    Consent,
}

/// `invalid_request`, with what would be right.
pub(crate) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Outcome {
    refuse("invalid_request", description)
}

/// Another error, with what would be right.
pub(crate) fn refuse(error: &'static str, description: impl Into<Cow<'static, str>>) -> Outcome {
    Outcome::Refuse(Refused::new(error, description))
}
