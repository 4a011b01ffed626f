//! What the login page explains.

/// Declares the errors in one list: variant, doc and code are together, so none can be forgotten elsewhere.
macro_rules! errors {
    ($($(#[$doc:meta])* $error:ident = $code:literal,)+) => {
        /// What `/oauth/login?error=…` can say. The text of each is in `app/locales/<language>/sign_in_errors.json`, under the
        /// same code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum LoginError {
            $($(#[$doc])* $error,)+
        }

        impl LoginError {
            /// All of them.
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
    /// The person said no at the provider.
    AccessDenied = "access_denied",
    /// The provider does not answer.
    ProviderUnavailable = "provider_unavailable",
    /// The provider ended the login for another reason.
    LoginFailed = "login_failed",
    /// The account is disabled.
    AccountDisabled = "account_disabled",
    /// The session ended while a page was open.
    SessionEnded = "session_ended",
    /// Address and password do not open an account.
    BadCredentials = "bad_credentials",
    /// Too many attempts.
    TooManyTries = "too_many_tries",
    /// Too many people are signing in.
    Busy = "busy",
    /// What comes next asks for a fresh sign-in.
    SignInAgain = "sign_in_again",
    /// The address has an account with another sign-in method.
    AddressHasAccount = "address_has_account",
    /// No sign-in waits for a code any more.
    SecondStepOver = "second_step_over",
    /// The browser sends the session's cookie twice, so that nobody can tell which is right.
    CookieTwice = "cookie_twice",
}

impl LoginError {
    /// The error with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|error| error.as_str() == code)
    }
}
