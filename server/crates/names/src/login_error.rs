//! The errors that the login page explains.

/// Declares the errors in one list, each with its doc and its code, so that `ALL` has all of them.
macro_rules! errors {
    ($($(#[$doc:meta])* $error:ident = $code:literal,)+) => {
        /// An error of `/oauth/login?error=…`. Its text is in `app/locales/<language>/sign_in_errors.json`, under the same code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum LoginError {
            $($(#[$doc])* $error,)+
        }

        impl LoginError {
            /// Every value, each once.
            pub const ALL: &[Self] = &[$(Self::$error),+];

            /// The code in the address, and in the audit log.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$error => $code,)+
                }
            }
        }
    };
}

errors! {
    /// The person cancelled at the provider.
    AccessDenied = "access_denied",
    /// The provider does not answer.
    ProviderUnavailable = "provider_unavailable",
    /// The sign-in at the provider failed for another reason.
    LoginFailed = "login_failed",
    /// The account is disabled.
    AccountDisabled = "account_disabled",
    /// The session ended while a page was open.
    SessionEnded = "session_ended",
    /// No account has this address and password.
    BadCredentials = "bad_credentials",
    /// Too many attempts.
    TooManyTries = "too_many_tries",
    /// Too many people are signing in.
    Busy = "busy",
    /// The next page needs a fresh sign-in.
    SignInAgain = "sign_in_again",
    /// The address has an account with another sign-in method.
    AddressHasAccount = "address_has_account",
    /// The time for the second step is over.
    SecondStepOver = "second_step_over",
    /// The browser sent the session cookie twice, so that it is unknown which one is right.
    CookieTwice = "cookie_twice",
}

impl LoginError {
    /// The error with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|error| error.as_str() == code)
    }
}
