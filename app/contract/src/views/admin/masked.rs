//! Personal data that is shown in part, until somebody asks for the whole.

/// Personal data that is shown in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// What is shown.
    pub text: String,
    /// How the whole is asked for; `None` where it is shown already.
    pub reveal: Option<Reveal>,
}

/// The form with which the whole of something is asked for, which is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// Tells it from others on the page.
    pub id: String,
    /// Where it is sent.
    pub path: String,
    /// What it sends beside the reason.
    pub fields: Vec<(&'static str, String)>,
}
