//! How somebody came in.

use providers::ProviderName;

/// The way by which a session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// At a provider.
    Provider(ProviderName),
    /// By e-mail and password.
    Password,
}

const PASSWORD: &str = "password";

impl SignInMethod {
    /// The name in tables and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider(name) => name.as_str(),
            Self::Password => PASSWORD,
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Option<Self> {
        if text == PASSWORD { Some(Self::Password) } else { ProviderName::parse(text).map(Self::Provider) }
    }

    /// The provider, if it was one.
    pub const fn provider(self) -> Option<ProviderName> {
        match self {
            Self::Provider(name) => Some(name),
            Self::Password => None,
        }
    }
}
