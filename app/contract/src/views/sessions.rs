//! Where the viewer is signed in.

use names::SignInMethod;

use crate::moment::Moment;
use crate::place::Place;

/// `/me/sessions`: where the viewer is signed in, the one used last first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionsView {
    /// In which browsers.
    pub browsers: Vec<SessionEntry>,
    /// In which apps.
    pub apps: Vec<AppEntry>,
    /// The browsers in which no code is asked for.
    pub devices: Vec<DeviceEntry>,
}

/// A browser in which the viewer is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEntry {
    /// The session's id.
    pub id: String,
    /// The browser's name, where it is known.
    pub browser: Option<&'static str>,
    /// The system's name, where it is known.
    pub system: Option<&'static str>,
    /// From where.
    pub place: Place,
    /// How.
    pub signed_in_with: SignInMethod,
    /// When.
    pub signed_in_at: Moment,
    /// When it was last used, to about a minute.
    pub last_seen_at: Moment,
    /// Whether it is this very browser.
    pub is_current: bool,
}

/// A browser in which no code is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceEntry {
    /// The id with which it is forgotten.
    pub id: String,
    /// The browser's name, where it is known.
    pub browser: Option<&'static str>,
    /// The system's name, where it is known.
    pub system: Option<&'static str>,
    /// From where.
    pub place: Place,
    /// Since when.
    pub since: Moment,
    /// Until when.
    pub until: Moment,
}

/// An app in which the viewer is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// The id with which it is ended.
    pub id: String,
    /// Since when.
    pub signed_in_at: Moment,
    /// When it was last used, to about the life of an access token.
    pub used_at: Moment,
}
