//! The sign-in page.

use names::SignInMethod;

/// `/oauth/login`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginView {
    /// The provider that was used last on this device, or that it was a passkey.
    pub last_used: Option<SignInMethod>,
    /// The app for which somebody signs in, if one sent them.
    pub app: Option<String>,
    /// The address that it expects in the field.
    pub email: Option<String>,
    /// The way out of the browser inside an app in which the page is shown, if it is one: Google signs nobody in there.
    pub way_out: Option<WayOut>,
}

/// How one gets out of a browser inside an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayOut {
    /// The page's address, to be opened in another browser.
    pub address: String,
    /// What opens it there, where the system or the app has a link for that.
    pub link: Option<String>,
    /// Whether the other browser is Safari.
    pub is_apple: bool,
}
