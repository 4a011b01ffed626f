//! How a person has proven who they are, and the level of that proof.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sign_in_method::SignInMethod;

/// How strong a proof is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// A password, or a sign-in at a provider.
    One,
    /// One of those followed by a code, or a passkey.
    Two,
}

impl Level {
    /// The number in configuration and documents.
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// The lowest class in tokens that has this level.
    pub const fn acr(self) -> Acr {
        match self {
            Self::One => Acr::One,
            Self::Two => Acr::Two,
        }
    }
}

/// The authentication context class in tokens (`acr`, OpenID Connect Core 1.0 section 2). A higher class meets all demands of a
/// lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acr {
    /// Level 1.
    One,
    /// Level 2.
    Two,
    /// Level 2 by a phishing-resistant method (`phr`, OpenID Connect Extended Authentication Profile ACR Values 1.0).
    PhishingResistant,
}

impl Acr {
    /// All of them, lowest first.
    pub const ALL: [Self; 3] = [Self::One, Self::Two, Self::PhishingResistant];

    /// The strength that the class stands for.
    pub const fn level(self) -> Level {
        match self {
            Self::One => Level::One,
            Self::Two | Self::PhishingResistant => Level::Two,
        }
    }

    /// The value in tokens and requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "urn:daemun:acr:1",
            Self::Two => "urn:daemun:acr:2",
            Self::PhishingResistant => "phr",
        }
    }

    /// The class with this value.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == text)
    }
}

/// The methods with which a person has proven who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProvenBy {
    /// The password.
    Password,
    /// A sign-in at a provider.
    Provider,
    /// The password, then a one-time code.
    PasswordAndCode,
    /// The password, then a recovery code.
    PasswordAndRecoveryCode,
    /// A sign-in at a provider, then a one-time code.
    ProviderAndCode,
    /// A sign-in at a provider, then a recovery code.
    ProviderAndRecoveryCode,
    /// A passkey, alone or after something else.
    Passkey,
    /// A recovery code in place of a lost passkey, with the account code.
    RecoveryCode,
}

impl ProvenBy {
    /// All of them. Where two have the same claims in tokens, a token is read as the first.
    pub const ALL: [Self; 8] = [
        Self::Password,
        Self::Provider,
        Self::PasswordAndCode,
        Self::PasswordAndRecoveryCode,
        Self::ProviderAndCode,
        Self::ProviderAndRecoveryCode,
        Self::Passkey,
        Self::RecoveryCode,
    ];

    /// What a sign-in method proves by itself.
    pub const fn of(method: SignInMethod) -> Self {
        match method {
            SignInMethod::Password => Self::Password,
            SignInMethod::Provider(_) => Self::Provider,
            SignInMethod::Passkey => Self::Passkey,
        }
    }

    /// Whether a sign-in by `method` may have led to this. A passkey may have come after anything, and a recovery code takes the place
    /// of a passkey.
    pub const fn may_have_begun_by(self, method: SignInMethod) -> bool {
        match self {
            Self::Password | Self::PasswordAndCode | Self::PasswordAndRecoveryCode => {
                matches!(method, SignInMethod::Password)
            }
            Self::Provider | Self::ProviderAndCode | Self::ProviderAndRecoveryCode => {
                matches!(method, SignInMethod::Provider(_))
            }
            Self::Passkey => true,
            Self::RecoveryCode => matches!(method, SignInMethod::Passkey),
        }
    }

    /// This followed by a one-time code.
    #[must_use]
    pub const fn with_code(self) -> Self {
        match self {
            Self::Password | Self::PasswordAndCode | Self::PasswordAndRecoveryCode => Self::PasswordAndCode,
            Self::Provider | Self::ProviderAndCode | Self::ProviderAndRecoveryCode => Self::ProviderAndCode,
            Self::Passkey => Self::Passkey,
            Self::RecoveryCode => Self::RecoveryCode,
        }
    }

    /// This followed by a recovery code.
    #[must_use]
    pub const fn with_recovery_code(self) -> Self {
        match self.with_code() {
            Self::PasswordAndCode => Self::PasswordAndRecoveryCode,
            Self::ProviderAndCode => Self::ProviderAndRecoveryCode,
            other => other,
        }
    }

    /// The level of the proof.
    pub const fn level(self) -> Level {
        match self {
            Self::Password | Self::Provider => Level::One,
            Self::PasswordAndCode
            | Self::PasswordAndRecoveryCode
            | Self::ProviderAndCode
            | Self::ProviderAndRecoveryCode
            | Self::Passkey
            | Self::RecoveryCode => Level::Two,
        }
    }

    /// Its class in tokens.
    pub const fn acr(self) -> Acr {
        match self {
            Self::Passkey => Acr::PhishingResistant,
            _ => self.level().acr(),
        }
    }

    /// The methods in tokens (`amr`, RFC 8176). How a provider authenticated the person is not known.
    pub const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Provider => &[],
            Self::Password => &["pwd"],
            Self::PasswordAndCode | Self::PasswordAndRecoveryCode => &["pwd", "otp", "mfa"],
            Self::ProviderAndCode | Self::ProviderAndRecoveryCode => &["otp", "mfa"],
            Self::Passkey => &["pop", "user", "mfa"],
            Self::RecoveryCode => &["otp"],
        }
    }

    /// The proof that these claims of a token stand for; `None` if we never issue them.
    pub fn of_claims(acr: &str, amr: &[impl AsRef<str>]) -> Option<Self> {
        let says = |by: &Self| {
            by.acr().as_str() == acr && amr.iter().map(AsRef::as_ref).eq(by.amr().iter().copied())
        };
        Self::ALL.into_iter().find(says)
    }

    /// The name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Provider => "provider",
            Self::PasswordAndCode => "password+code",
            Self::PasswordAndRecoveryCode => "password+recovery",
            Self::ProviderAndCode => "provider+code",
            Self::ProviderAndRecoveryCode => "provider+recovery",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery",
        }
    }

    /// The proof with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }
}

impl fmt::Display for ProvenBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider_name::ProviderName;

    #[test]
    fn s_acc_16_a_code_or_a_passkey_makes_level_2() {
        for method in [SignInMethod::Password, SignInMethod::Provider(ProviderName::Kakao)] {
            let alone = ProvenBy::of(method);
            assert_eq!((alone.level(), alone.acr().as_str()), (Level::One, "urn:daemun:acr:1"));
            for by in [alone.with_code(), alone.with_recovery_code(), alone.with_recovery_code().with_code()]
            {
                assert_eq!((by.level(), by.acr().as_str()), (Level::Two, "urn:daemun:acr:2"), "{by}");
                assert!(by.amr().ends_with(&["otp", "mfa"]));
            }
        }
        let passkey = ProvenBy::of(SignInMethod::Passkey);
        assert_eq!((passkey.level(), passkey.acr().as_str()), (Level::Two, "phr"));
        assert_eq!(passkey.with_code(), passkey);
        assert!(Acr::PhishingResistant > Acr::Two && Acr::Two > Acr::One);
    }

    #[test]
    fn a_proof_says_by_which_methods_it_may_have_begun() {
        let all = [
            SignInMethod::Password,
            SignInMethod::Provider(ProviderName::Google),
            SignInMethod::Provider(ProviderName::Kakao),
            SignInMethod::Passkey,
        ];
        for method in all {
            let alone = ProvenBy::of(method);
            for by in [alone, alone.with_code(), alone.with_recovery_code(), ProvenBy::Passkey] {
                assert!(by.may_have_begun_by(method), "{by} by {method:?}");
            }
            for by in ProvenBy::ALL.into_iter().filter(|by| *by != ProvenBy::Passkey) {
                let same = by.with_code() == alone.with_code();
                let recovered = by == ProvenBy::RecoveryCode && method == SignInMethod::Passkey;
                assert_eq!(by.may_have_begun_by(method), same || recovered, "{by} by {method:?}");
            }
        }
    }

    #[test]
    fn each_is_read_by_its_own_name_and_by_what_tokens_say() {
        for by in ProvenBy::ALL {
            assert_eq!(ProvenBy::parse(by.as_str()), Some(by));
            let read = ProvenBy::of_claims(by.acr().as_str(), by.amr()).unwrap();
            assert_eq!((read.acr(), read.amr()), (by.acr(), by.amr()), "{by}");
        }
        assert_eq!(ProvenBy::of_claims("urn:daemun:acr:2", &["pwd"]), None);
        assert_eq!(ProvenBy::of_claims("phr", &[] as &[&str]), None);
        assert_eq!(ProvenBy::parse("fax"), None);
        assert!(Acr::ALL.iter().all(|acr| Acr::parse(acr.as_str()) == Some(*acr)));
    }
}
