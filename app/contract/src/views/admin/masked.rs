//! Masked personal data.

/// A value of personal data as operators see it: masked, until they reveal it with a reason.
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
