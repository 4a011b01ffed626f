//! The frame: what every page is rendered with.

use std::sync::Arc;
use std::time::Duration;

use names::{Language, ProviderName};

use crate::draft::Draft;

/// What the server knows about a request for a page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The language of the page.
    pub language: Language,
    /// Path and query of the request.
    pub address: Arc<str>,
    /// The member who is signed in.
    pub viewer: Option<Arc<Viewer>>,
    /// The draft of the form that was sent a moment ago.
    pub draft: Option<Draft>,
    /// The time of rendering, in RFC 3339. Only pages of members have it, since only they show times.
    pub now: Option<String>,
    /// Settings that are the same for all requests.
    pub settings: Arc<SiteSettings>,
}

/// The member who looks at a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The member id.
    pub id: String,
    /// The nickname, which others see.
    pub nickname: String,
    /// A line about themselves.
    pub greeting: String,
    /// The contact address; many have none.
    pub email: Option<String>,
    /// The address of the picture: an https URL, or a path of this site.
    pub picture: String,
    /// Whether they have the role of an administrator.
    pub administers: bool,
    /// Whether they decide about reported posts.
    pub moderates: bool,
}

/// Settings of the site that do not change while the program runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they have nothing to do with each other")]
pub struct SiteSettings {
    /// Whether mails are sent. Without them, nobody can sign up with an address or ask for a new password.
    pub has_mail: bool,
    /// The grace of a deletion.
    pub deletion_grace: Duration,
    /// The minimum length of a new password, in characters.
    pub password_min_length: u16,
    /// Whether people can sign in with passkeys.
    pub has_passkeys: bool,
    /// Whether people can sign up with a passkey.
    pub has_passkey_sign_up: bool,
    /// Whether members can follow each other and write posts.
    pub has_feed: bool,
    /// The providers at which people can sign in, in the order of their buttons.
    pub providers: Vec<ProviderName>,
}
