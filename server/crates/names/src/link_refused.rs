//! Why an identity was not linked.

/// Why an identity was not linked, as `?error=…` says it to somebody who comes back from a provider (`provider=…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRefused {
    /// The person cancelled at the provider.
    Cancelled,
    /// The identity is another member's sign-in method.
    Taken,
    /// The provider failed, or any other failure.
    Failed,
}

impl LinkRefused {
    /// The code in the address, and in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "access_denied",
            Self::Taken => "identity_taken",
            Self::Failed => "login_failed",
        }
    }

    /// Reads a code; an unknown one counts as [`Self::Failed`].
    pub fn parse(code: &str) -> Self {
        [Self::Cancelled, Self::Taken]
            .into_iter()
            .find(|error| error.as_str() == code)
            .unwrap_or(Self::Failed)
    }
}
