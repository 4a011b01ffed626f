//! Masked personal data.

/// Masked personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The masked text.
    pub text: String,
    /// The form that reveals it; `None` if it is revealed already.
    pub reveal: Option<Reveal>,
}

/// The form that reveals masked data, which is recorded in the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// Its id on the page.
    pub id: String,
    /// The path that it is sent to.
    pub path: String,
    /// Its hidden fields.
    pub fields: Vec<(&'static str, String)>,
}
