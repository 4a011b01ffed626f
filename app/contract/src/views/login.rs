//! The sign-in page.

use names::SignInMethod;

/// What `/oauth/login` shows besides the frame: which app sent the person, and what makes signing in easier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginView {
    /// The provider or the passkey that was used last on this device.
    pub last_used: Option<SignInMethod>,
    /// The name of the app that sent the person to sign in.
    pub app: Option<String>,
    /// The address that the app put into the request (`login_hint`).
    pub email: Option<String>,
    /// How to open the page in another browser, if this one is inside an app: Google refuses to sign people in there.
    pub other_browser: Option<OtherBrowser>,
}

/// How to open the page in another browser than the one inside an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherBrowser {
    /// The page's address, to be opened in another browser.
    pub address: String,
    /// A link that opens it there, if the system or the app has one.
    pub link: Option<String>,
    /// Whether the other browser is Safari.
    pub is_apple: bool,
}
