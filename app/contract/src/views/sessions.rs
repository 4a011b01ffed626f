//! The viewer's sessions.

use names::SignInMethod;

use crate::moment::Moment;
use crate::place::Place;

/// `/me/sessions`: where the viewer is signed in, latest use first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionsView {
    /// Sessions in browsers.
    pub browsers: Vec<SessionEntry>,
    /// Sign-ins in apps.
    pub apps: Vec<AppEntry>,
    /// Remembered browsers.
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
    /// The sign-in method.
    pub signed_in_with: SignInMethod,
    /// When the viewer signed in.
    pub signed_in_at: Moment,
    /// When it was last used, to about a minute.
    pub last_seen_at: Moment,
    /// Whether it is the session of this request.
    pub is_current: bool,
}

/// A browser that is not asked for a code at a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceEntry {
    /// Its id, for the form that removes it.
    pub id: String,
    /// The browser's name, where it is known.
    pub browser: Option<&'static str>,
    /// The system's name, where it is known.
    pub system: Option<&'static str>,
    /// From where.
    pub place: Place,
    /// Since when it is remembered.
    pub since: Moment,
    /// Until when it is remembered.
    pub until: Moment,
}

/// An app in which the viewer is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// Its id, for the form that ends it.
    pub id: String,
    /// When the viewer signed in.
    pub signed_in_at: Moment,
    /// When it was last used, to about the lifetime of an access token.
    pub used_at: Moment,
}
