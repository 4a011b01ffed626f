//! An e-mail address in the one form under which accounts are found (S-ACC-12).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest address (RFC 5321 section 4.5.3.1.3, without the angle brackets).
const MAX_LENGTH: usize = 254;
/// The longest part before the `@` (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;

/// An address in its canonical form: lower-case, with the domain as A-labels (RFC 5890 section 2.3.2.1).
/// `kernel::email_address::read` converts what somebody typed.
///
/// By RFC 5321 section 2.4 the part before the `@` is case-sensitive, but mail hosts in use ignore case, and two accounts that
/// differ only in case would be confused. Dots and `+tags` are kept: each host decides whether they count.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address with this text; `None` when the text is not in canonical form. Only the plain form is accepted (a `dot-atom`,
    /// RFC 5322 section 3.4.1), without quotes, comments and address literals, so that nothing in it can end a header line or
    /// mean something else to another parser (S-MAIL-11).
    pub fn from_canonical(text: String) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let atom = |atom: &str| !atom.is_empty() && atom.bytes().all(is_atom_byte);
        let labels = domain.split('.').collect::<Vec<_>>();
        let last = labels.last()?;
        let fits = text.len() <= MAX_LENGTH
            && local.len() <= MAX_LOCAL_LENGTH
            && local.split('.').all(atom)
            && labels.len() > 1
            && labels.iter().all(|label| is_label(label))
            // A last label of digits is an IP address, not a domain (RFC 3696 section 2).
            && !last.bytes().all(|byte| byte.is_ascii_digit());
        fits.then_some(Self(text))
    }

    /// The text, all ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

/// `atext` of RFC 5322 section 3.2.3, in lower case. Quotation marks are not in it: `"hong"@example.com` would be a second name
/// of the mailbox `hong@example.com`.
const fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase()
        || byte.is_ascii_digit()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

/// A label of a domain: letters, digits and hyphens inside (RFC 1123 section 2.1).
fn is_label(label: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// For addresses that we stored.
impl TryFrom<String> for EmailAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_canonical(text).ok_or("expected an e-mail address in canonical form")
    }
}

/// Only the domain: addresses must not be logged (S-LOG-2).
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…@{}", self.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_taken() {
        let taken = |text: &str| EmailAddress::from_canonical(text.to_owned()).is_some();
        for good in ["a@example.com", "first.last+tag@sub.example.co.kr", "a@xn--3e0b707e.kr"] {
            assert!(taken(good), "{good}");
        }
        for bad in [
            "A@example.com",
            "a@Example.com",
            " a@example.com",
            "a@한국.kr",
            "a@b",
            "a@b.1",
            "a@b_c.de",
            "a@-b.de",
        ] {
            assert!(!taken(bad), "{bad}");
        }
    }

    #[test]
    fn s_log_2_an_address_does_not_print_in_full() {
        let address = EmailAddress::from_canonical("hong@example.com".to_owned()).unwrap();
        assert_eq!(format!("{address:?}"), "…@example.com");
    }
}
