//! Why nothing was linked.

/// What `?error=…` says to somebody who comes back from a provider, which `provider=…` names, when nothing was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRefused {
    /// The person said no at the provider.
    Cancelled,
    /// The identity is another member's sign-in method.
    Taken,
    /// The provider failed, or something that nobody explains.
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

    /// Reads a code. Nothing of an unknown one is shown.
    pub fn parse(code: &str) -> Self {
        [Self::Cancelled, Self::Taken]
            .into_iter()
            .find(|error| error.as_str() == code)
            .unwrap_or(Self::Failed)
    }
}
