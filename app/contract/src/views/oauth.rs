//! What apps and devices ask of the viewer.

use std::time::Duration;

use names::Language;

/// `/oauth2/consent`: what an app asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentView {
    /// What the app is called.
    pub app: String,
    /// Where the viewer goes back to.
    pub host: String,
    /// Whether it says of itself what it is, and nobody here has looked.
    pub is_self_described: bool,
    /// What it is to be allowed.
    pub scopes: Vec<ScopeEntry>,
    /// Whether it is allowed that after the viewer has signed out, too.
    pub outlives_session: bool,
    /// For how long at most, before it has to send them here again.
    pub longest: Duration,
    /// The id of its request.
    pub request: String,
    /// What shows that the form belongs to this page.
    pub proof: String,
    /// Where another member signs in for the same request.
    pub other_account: String,
}

/// Something that an app may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    /// The name of the scope.
    pub name: String,
    /// What the configuration says that it means; the pages know the standard ones.
    pub text: Option<String>,
}

/// `/device`: a device without a browser is allowed to act for the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceView {
    /// The code is to be typed.
    Type,
    /// The code is unknown or no longer valid.
    UnknownCode,
    /// There were too many wrong ones: for so many minutes.
    Wait(u64),
    /// It is a device's, and the viewer is asked.
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
    /// What the app on it is called.
    pub app: String,
    /// The code, as the device shows it.
    pub user_code: String,
    /// What the app is to be allowed.
    pub scopes: Vec<ScopeEntry>,
}

/// `/oauth2/logout`: an app wants the person signed out, and they are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoutView {
    /// The app's name, where it is known which it is.
    pub app: Option<String>,
    /// Where they go afterwards, if the app says so.
    pub back: Option<WayBack>,
    /// The language that the app asks for.
    pub language: Option<Language>,
}

/// Where a person goes who signed out for an app: the fields of the form, by the names of their parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// `client_id`.
    pub client_id: String,
    /// `post_logout_redirect_uri`.
    pub address: String,
    /// `state`.
    pub state: Option<String>,
    /// Where that is, for the policy of the page.
    pub form_action: Option<String>,
}
