//! A password as somebody typed it.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// No password is longer, in bytes as sent: what goes on from here is bounded (S-ACC-1). Any 128 characters fit, even
/// where each is sent as several code points.
const MAX_BYTES: usize = 4096;

/// A password, whole: not cut, trimmed or case-folded (S-ACC-1). It is brought into NFC (NIST SP 800-63B section 3.1.1.2
/// asks for one form), since one and the same Hangul syllable is typed as one code point here and as three there.
/// Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Reads a password; `None` for none at all, and for more bytes than any password has.
    pub fn parse(typed: &str) -> Option<Self> {
        (!typed.is_empty() && typed.len() <= MAX_BYTES).then(|| Self(Zeroizing::new(typed.nfc().collect())))
    }

    /// The password itself. A secret: never log it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// Keeps the password out of logs and panics (S-KEY-8).
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_acc_1_only_the_encoding_of_a_password_is_made_one() {
        let password = |typed: &str| Password::parse(typed).unwrap().expose().to_owned();
        assert_eq!(password(" Aa 😀 "), " Aa 😀 ");
        assert_eq!(password("\u{1112}\u{1161}\u{11ab}"), "한");
        assert_ne!(password("ａ"), "a", "compatibility forms stay what they are");
        assert!(Password::parse("").is_none());
        assert!(Password::parse(&"x".repeat(MAX_BYTES + 1)).is_none());
    }

    #[test]
    fn s_key_8_a_password_does_not_print() {
        assert_eq!(format!("{:?}", Password::parse("secret").unwrap()), "[REDACTED]");
    }
}
