//! What every page is drawn with, whatever it is about.

use std::sync::Arc;
use std::time::Duration;

use names::{Language, ProviderName};

use crate::draft::Draft;

/// What the server knows of a request for any page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The language of the page.
    pub language: Language,
    /// Path and query, as the browser asked for them.
    pub address: Arc<str>,
    /// Who looks at the page.
    pub viewer: Option<Arc<Viewer>>,
    /// The form that the person sent a moment ago, if they came back to it.
    pub draft: Option<Draft>,
    /// When the page is drawn, in RFC 3339, on pages of members: only they say times.
    pub now: Option<String>,
    /// What is so on every page.
    pub settings: Arc<SiteSettings>,
}

/// The person who looks at a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The member id.
    pub id: String,
    /// What others see.
    pub nickname: String,
    /// A line about themselves.
    pub greeting: String,
    /// The contact address; many have none.
    pub email: Option<String>,
    /// Where the picture is: an https address, or a path of ours.
    pub picture: String,
    /// Whether they administer.
    pub administers: bool,
}

/// What does not change while the program runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they have nothing to do with each other")]
pub struct SiteSettings {
    /// Whether mails reach anybody. Where none do, nobody can sign up or ask for a new password.
    pub has_mail: bool,
    /// For how long an account that is to be deleted is kept, should its owner change their mind.
    pub deletion_grace: Duration,
    /// The fewest characters of a new password.
    pub password_min_length: u16,
    /// Whether one can sign in by passkeys.
    pub has_passkeys: bool,
    /// Whether one can sign up by one.
    pub has_passkey_sign_up: bool,
    /// Whether members follow each other and write posts.
    pub has_feed: bool,
    /// The providers with which one can sign in, in the order of their buttons.
    pub providers: Vec<ProviderName>,
}
