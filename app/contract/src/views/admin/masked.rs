//! Personal data that is shown in part, until somebody asks for the whole.

/// Personal data that is shown in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// What is shown.
    pub text: String,
    /// How the whole is asked for; `None` where it is shown already.
    pub reveal: Option<Reveal>,
}

/// How the whole of something is asked for, which is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// Whose it is.
    pub member: String,
    /// The page on which it is to be shown.
    pub page: String,
}
