//! What pages may ask of the server, and in which words: wire types, error codes and the port [`Site`]. It compiles to
//! WASM and knows nothing of how the answers come about.

mod account;
mod draft;
mod history;
mod local_time;
mod place;

pub use account::{LinkRefused, PublicProfile, SignInMethodEntry, SignInMethods, SuccessNotice};
pub use draft::{Draft, FieldError, FormError, Problem};
pub use history::{Happening, History, HistoryEntry};
pub use local_time::{DayName, LocalTime};
pub use place::Place;

use std::time::Duration;

use async_trait::async_trait;
use names::{Language, ProviderName, SignInMethod};
use serde::{Deserialize, Serialize};

/// A button on the login page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInOption {
    /// The provider.
    pub provider: ProviderName,
    /// Whether it was the last one used on this device.
    pub last_used: bool,
}

/// The person who looks at a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whether they brought it themselves.
    pub has_own_picture: bool,
    /// How this browser signed in.
    pub signed_in_with: SignInMethod,
    /// When, in RFC 3339.
    pub signed_in_at: String,
    /// When the session ends if nothing more happens, in RFC 3339.
    pub expires_at: String,
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
    /// When, in RFC 3339.
    pub signed_in_at: String,
    /// When it was last used, to about a minute, in RFC 3339.
    pub last_seen_at: String,
    /// Whether it is this very browser.
    pub is_current: bool,
}

/// An app in which the viewer is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// The id with which it is ended.
    pub id: String,
    /// Since when, in RFC 3339.
    pub signed_in_at: String,
    /// When it was last used, to about the life of an access token, in RFC 3339.
    pub used_at: String,
}

/// Why the server does not answer a page's question. The names are the codes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SiteError {
    /// The server cannot say at the moment. Nobody is signed out by it.
    #[error("the server cannot say at the moment")]
    Unavailable,
    /// The question did not arrive, or its answer did not.
    #[error("the question did not arrive")]
    Unreachable,
}

/// What `/oauth/login?error=…` can say: the registry of codes that the server sends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The person said no at the provider.
    AccessDenied,
    /// The provider does not answer.
    ProviderUnavailable,
    /// The provider ended the login for another reason.
    LoginFailed,
    /// The account is disabled.
    AccountDisabled,
    /// The session ended while a page was open.
    SessionEnded,
    /// Address and password do not open an account.
    BadCredentials,
    /// Too many tries.
    TooManyTries,
    /// Too many people are signing in.
    Busy,
    /// What comes next asks for a fresh sign-in.
    SignInAgain,
    /// The address has an account that is entered in another way.
    AddressHasAccount,
    /// The browser sends the session's cookie twice, so that nobody can tell which is right.
    CookieTwice,
    /// A code that is not in the registry.
    Unknown,
}

impl ErrorCode {
    /// All that the server sends.
    pub const SENT: [Self; 11] = [
        Self::AccessDenied,
        Self::ProviderUnavailable,
        Self::LoginFailed,
        Self::AccountDisabled,
        Self::SessionEnded,
        Self::BadCredentials,
        Self::TooManyTries,
        Self::Busy,
        Self::SignInAgain,
        Self::AddressHasAccount,
        Self::CookieTwice,
    ];

    /// The code in the address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::LoginFailed => "login_failed",
            Self::AccountDisabled => "account_disabled",
            Self::SessionEnded => "session_ended",
            Self::BadCredentials => "bad_credentials",
            Self::TooManyTries => "too_many_tries",
            Self::Busy => "busy",
            Self::SignInAgain => "sign_in_again",
            Self::AddressHasAccount => "address_has_account",
            Self::CookieTwice => "cookie_twice",
            Self::Unknown => "unknown",
        }
    }

    /// Reads a code. Nothing of an unknown one is shown.
    pub fn parse(code: &str) -> Self {
        Self::SENT.into_iter().find(|notice| notice.code() == code).unwrap_or(Self::Unknown)
    }
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

/// The port: the server as pages see it, for one request.
#[async_trait]
pub trait Site: Send + Sync {
    /// Who looks at the page. Known before the page is drawn.
    fn viewer(&self) -> Option<Viewer>;

    /// The browsers in which the viewer is signed in, the one used last first. Known before `/me/sessions` is drawn, and
    /// empty on every other page.
    fn sessions(&self) -> Vec<SessionEntry>;

    /// The apps in which the viewer is signed in, the one used last first. Known before `/me/sessions` is drawn, and empty
    /// on every other page.
    fn apps(&self) -> Vec<AppEntry>;

    /// The viewer's sign-in methods. Known before `/me/security` is drawn, and none on every other page.
    fn sign_in_methods(&self) -> SignInMethods;

    /// What happened to the viewer's account. Known before `/me/history` is drawn, and nothing on every other page.
    fn history(&self) -> History;

    /// For how long an account that is to be deleted is kept, should its owner change their mind; `None` where accounts
    /// cannot be deleted.
    fn deletion_grace(&self) -> Option<Duration>;

    /// The member whom the page `/members/{id}` is about, if there is one.
    fn profile(&self) -> Option<PublicProfile>;

    /// The form that the person sent a moment ago, if they came back to it.
    fn draft(&self) -> Option<Draft>;

    /// Whether mails reach anybody. Where none do, nobody can sign up or ask for a new password.
    fn has_mail(&self) -> bool;

    /// The fewest characters of a new password.
    fn password_min_length(&self) -> u16;

    /// The buttons of the login page, the one used last first.
    fn sign_in_options(&self) -> Vec<SignInOption>;

    /// The language of the page.
    fn language(&self) -> Language;

    /// When the page is drawn, in RFC 3339.
    fn now(&self) -> String;

    /// A moment, in RFC 3339, in the time zone of the site; `None` where the text is no moment.
    fn local_time(&self, at: &str) -> Option<LocalTime>;

    /// The way out of the browser inside an app in which the page is shown, if it is one: Google signs nobody in there.
    fn in_app_browser(&self) -> Option<WayOut>;

    /// Who is signed in at this moment, asked again.
    ///
    /// # Errors
    /// When the server cannot say.
    async fn current_viewer(&self) -> Result<Option<Viewer>, SiteError>;
}
