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
    /// Reads a code. Nothing of an unknown one is shown.
    pub fn parse(code: &str) -> Self {
        match code {
            "access_denied" => Self::Cancelled,
            "identity_taken" => Self::Taken,
            _ => Self::Failed,
        }
    }
}
