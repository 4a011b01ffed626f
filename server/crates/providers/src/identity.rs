//! Who a provider says somebody is, checked.

use std::fmt;

use names::{EmailAddress, ProviderName};
use url::Url;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The provider's own id of a person, as text: never empty, since an empty one would make all people one account
/// (quirk 4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject(String);

impl Subject {
    /// Reads a subject: 1 to 255 characters, without control characters and outer white space (some databases ignore
    /// trailing spaces when they compare).
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty()
            && text.len() <= 255
            && text.trim() == text
            && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The refresh token of a person's grant, kept only to revoke the grant later (S-UP-19). Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ProviderGrant(String);

impl ProviderGrant {
    /// Wraps a refresh token; `None` for an empty one.
    pub fn new(token: &str) -> Option<Self> {
        (!token.is_empty()).then(|| Self(token.to_owned()))
    }

    /// The token. A secret: seal it before it is stored.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ProviderGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// A person as a provider knows them. Only the subject is always there (quirk 25).
#[derive(Clone, Debug)]
pub struct ProviderIdentity {
    /// Who says so.
    pub provider: ProviderName,
    /// The id; with the provider, the key of the account.
    pub subject: Subject,
    /// The address. One that no mail can reach counts as absent.
    pub email: Option<EmailAddress>,
    /// Whether the provider says explicitly that the person has that mailbox (S-UP-10).
    pub email_verified: bool,
    /// The name to be shown.
    pub nickname: Option<String>,
    /// A picture, over https.
    pub picture: Option<Url>,
    /// What unlinking at the provider will need later; `None` where it needs nothing, or nothing new came.
    pub grant: Option<ProviderGrant>,
}

/// A picture's address if it is https; others would be blocked by browsers as mixed content (quirk 23).
pub(crate) fn picture(text: Option<&str>) -> Option<Url> {
    text.and_then(|text| Url::parse(text).ok())
        .filter(|url| url.scheme() == "https" && url.as_str().len() <= 2048)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quirk_04_an_empty_or_odd_subject_is_none() {
        for bad in ["", " ", " a", "a ", "a\0b", "a\nb", &"x".repeat(256)] {
            assert!(Subject::parse(bad).is_none(), "{bad:?}");
        }
        for good in ["123456789", "kX3-base64_like=", "한글", &"x".repeat(255)] {
            assert!(Subject::parse(good).is_some(), "{good:?}");
        }
    }

    #[test]
    fn quirk_23_a_picture_over_plain_http_is_left_out() {
        assert!(picture(Some("http://img.example/a.jpg")).is_none());
        assert!(picture(Some("https://img.example/a.jpg")).is_some());
        assert!(picture(Some("javascript:alert(1)")).is_none());
    }
}
