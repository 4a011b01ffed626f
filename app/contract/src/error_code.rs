//! Codes of what went wrong on the way to being signed in.

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
    /// All that the server sends, with its code in the address.
    const SENT: [(Self, &'static str); 11] = [
        (Self::AccessDenied, "access_denied"),
        (Self::ProviderUnavailable, "provider_unavailable"),
        (Self::LoginFailed, "login_failed"),
        (Self::AccountDisabled, "account_disabled"),
        (Self::SessionEnded, "session_ended"),
        (Self::BadCredentials, "bad_credentials"),
        (Self::TooManyTries, "too_many_tries"),
        (Self::Busy, "busy"),
        (Self::SignInAgain, "sign_in_again"),
        (Self::AddressHasAccount, "address_has_account"),
        (Self::CookieTwice, "cookie_twice"),
    ];

    /// Reads a code. Nothing of an unknown one is shown.
    pub fn parse(code: &str) -> Self {
        Self::SENT.into_iter().find(|(_, known)| *known == code).map_or(Self::Unknown, |(error, _)| error)
    }
}
