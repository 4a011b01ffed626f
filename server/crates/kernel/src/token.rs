//! Opaque tokens: 256 random bits without a meaning for their holder. We keep only a hash of them.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::randomness::Randomness;

/// 256 random bits, the value of a cookie, a `state` or a mail link. Wiped from memory when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct OpaqueToken([u8; 32]);

impl OpaqueToken {
    /// The length of [`OpaqueToken::text`]: 32 bytes in base64url without padding.
    pub const TEXT_LEN: usize = 43;

    /// A new token.
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 32];
        randomness.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a token from its text; `None` for what [`OpaqueToken::text`] cannot have written.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::TEXT_LEN {
            return None;
        }
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Some(Self(bytes)),
            _ => None,
        }
    }

    /// The text that goes to the holder: 43 characters of base64url. A secret: never log it.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The hash that a table keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

/// Keeps the token out of logs and panics (S-KEY-8).
impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// SHA-256 of a secret with full entropy: it finds the row, but cannot be presented as the secret. Passwords can be guessed, so
/// they need Argon2id instead.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of `secret`.
    pub fn of(secret: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
        Self(hash)
    }

    /// The hash as a table column keeps it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a hash from a table column; `None` when it has another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Whether both are the same, in constant time (S-KEY-4).
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// The first eight hexadecimal digits: enough to follow one session through a log, too few to find its row.
impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::OsRandomness;
    use std::hint::black_box;
    use std::time::{Duration, Instant};

    #[test]
    fn a_token_survives_its_text_and_nothing_else_parses() {
        let token = OpaqueToken::new(&OsRandomness);
        let again = OpaqueToken::parse(&token.text()).unwrap();
        assert!(token.hash().matches(&again.hash()));
        for garbage in ["", "short", &"=".repeat(43), &"A".repeat(44)] {
            assert!(OpaqueToken::parse(garbage).is_none(), "{garbage}");
        }
    }

    #[test]
    fn s_key_8_a_token_does_not_print() {
        assert_eq!(format!("{:?}", OpaqueToken::new(&OsRandomness)), "[REDACTED]");
    }

    /// The quickest of many runs is the one that nothing disturbed.
    fn quickest(one: &TokenHash, other: &TokenHash) -> Duration {
        let run = || {
            let began = Instant::now();
            for _ in 0..500 {
                black_box(black_box(one).matches(black_box(other)));
            }
            began.elapsed()
        };
        (0..200).map(|_| run()).min().unwrap()
    }

    #[test]
    fn s_key_4_a_comparison_takes_as_long_wherever_the_difference_is() {
        let secret = TokenHash([7; 32]);
        let with = |index: usize| {
            let mut bytes = [7; 32];
            bytes[index] ^= 1;
            TokenHash(bytes)
        };
        let (same, first, last) = (TokenHash([7; 32]), with(0), with(31));
        assert!(secret.matches(&same) && !secret.matches(&first) && !secret.matches(&last));
        let times = [&same, &first, &last].map(|other| quickest(&secret, other).as_secs_f64());
        let (shortest, longest) =
            (times.iter().copied().fold(f64::MAX, f64::min), times.iter().copied().fold(0.0, f64::max));
        // A comparison that stops at the first difference would be ten times as quick there.
        assert!(longest < 2.0 * shortest, "{times:?}");
    }

    #[test]
    fn s_cookie_3_a_thousand_tokens_are_a_thousand_values() {
        let values: std::collections::HashSet<_> =
            (0..1000).map(|_| OpaqueToken::new(&OsRandomness).text()).collect();
        assert_eq!(values.len(), 1000);
    }
}
