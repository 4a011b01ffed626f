//! How a member signs in.

use serde::{Deserialize, Serialize};

use crate::provider_name::ProviderName;

/// How a member signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignInMethod {
    /// E-mail and password.
    Password,
    /// A sign-in at a provider.
    Provider(ProviderName),
    /// A passkey.
    Passkey,
}

const PASSWORD: &str = "password";
const PASSKEY: &str = "passkey";

impl SignInMethod {
    /// Every value, each once.
    pub const ALL: [Self; ProviderName::ALL.len() + 2] = {
        let mut all = [Self::Password; ProviderName::ALL.len() + 2];
        let mut at = 0;
        while at < ProviderName::ALL.len() {
            all[at + 1] = Self::Provider(ProviderName::ALL[at]);
            at += 1;
        }
        all[at + 1] = Self::Passkey;
        all
    };

    /// The name in tables and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => PASSWORD,
            Self::Provider(name) => name.as_str(),
            Self::Passkey => PASSKEY,
        }
    }

    /// The method with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// The provider, if it is one.
    pub const fn provider(self) -> Option<ProviderName> {
        match self {
            Self::Provider(name) => Some(name),
            Self::Password | Self::Passkey => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_read_by_its_own_name() {
        for method in SignInMethod::ALL {
            assert_eq!(SignInMethod::parse(method.as_str()), Some(method));
        }
        assert_eq!(SignInMethod::parse("fax"), None);
    }
}
