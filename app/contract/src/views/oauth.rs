//! Requests of apps and devices.

use std::time::Duration;

use names::Language;

/// `/oauth2/consent`: an app asks for consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentView {
    /// The name of the app.
    pub app: String,
    /// The host of the redirect URI.
    pub host: String,
    /// Whether the app describes itself and no operator has checked it.
    pub is_self_described: bool,
    /// The scopes that it asks for.
    pub scopes: Vec<ScopeEntry>,
    /// Whether its access continues after the viewer has signed out.
    pub outlives_session: bool,
    /// How long its access lasts at most.
    pub longest: Duration,
    /// The id of its request.
    pub request: String,
    /// The proof that the form belongs to this page.
    pub proof: String,
    /// The address at which another member can sign in for the same request.
    pub other_account: String,
}

/// A scope that an app asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    /// The name of the scope.
    pub name: String,
    /// Its description in the configuration; the pages have texts for the standard ones.
    pub text: Option<String>,
}

/// `/device`: a device without a browser is allowed to act for the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceView {
    /// The viewer types the code.
    Type,
    /// The code is unknown or no longer valid.
    UnknownCode,
    /// There were too many wrong codes; the viewer has to wait this many minutes.
    Wait(u64),
    /// The code is valid, and the viewer is asked.
    Asks(DeviceAnswer),
    /// The viewer has decided.
    Done {
        /// Whether they allowed it.
        allowed: bool,
    },
}

/// What a device asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAnswer {
    /// The name of the app on it.
    pub app: String,
    /// The code, as the device shows it.
    pub user_code: String,
    /// The scopes that it asks for.
    pub scopes: Vec<ScopeEntry>,
    /// How long its access lasts at most. It continues after the viewer has signed out.
    pub longest: Duration,
}

/// `/oauth2/logout`: an app asks to sign the person out, and they confirm it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoutView {
    /// The name of the app, if it is known.
    pub app: Option<String>,
    /// Where they go afterwards, if the app says so.
    pub back: Option<WayBack>,
    /// The language that the app asks for (`ui_locales`).
    pub language: Option<Language>,
}

/// Where a person goes after signing out for an app: the fields of the form, named after the parameters of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// `client_id`.
    pub client_id: String,
    /// `post_logout_redirect_uri`.
    pub address: String,
    /// `state`.
    pub state: Option<String>,
    /// The origin of that address, for the content security policy of the page.
    pub form_action: Option<String>,
}
