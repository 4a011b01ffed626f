//! The refresh token: opaque, refused without a database when it is garbage, kept by us as a hash only (S-TOK-13).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Randomness, TokenHash};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Lets people and secret scanners recognise our tokens.
const PREFIX: &str = "dmr_";
const HANDLE_LEN: usize = 16;
const VALUE_LEN: usize = HANDLE_LEN + 32;
const CHECKSUM_LEN: usize = 4;

/// A refresh token: `dmr_` and 70 characters of base64url, which are a handle of 128 random bits that stays the same in
/// a family, 256 random bits that are new at each rotation, and a checksum. Wiped from memory when dropped, never printed.
///
/// The handle is why a family is one row. Anyone who presents it once held a token of this family, since it exists nowhere else.
/// So a token that is neither the current one nor the one before it must be a spent one, although we keep no list of those.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RefreshToken([u8; VALUE_LEN]);

impl RefreshToken {
    /// The length of [`RefreshToken::text`].
    pub const TEXT_LEN: usize = PREFIX.len() + (VALUE_LEN + CHECKSUM_LEN) * 4 / 3 + 1;

    /// The first token of a new family.
    pub(crate) fn first(randomness: &dyn Randomness) -> Self {
        let mut value = [0; VALUE_LEN];
        randomness.fill(&mut value);
        Self(value)
    }

    /// The next token of the same family.
    pub(crate) fn next(&self, randomness: &dyn Randomness) -> Self {
        let mut next = self.clone();
        randomness.fill(&mut next.0[HANDLE_LEN..]);
        next
    }

    /// Reads a token from its text; `None` for anything that we cannot have issued. The checksum keeps typos and guesses away
    /// from the database; it proves nothing.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::TEXT_LEN {
            return None;
        }
        let mut bytes = [0; VALUE_LEN + CHECKSUM_LEN];
        let decoded = URL_SAFE_NO_PAD.decode_slice(text.strip_prefix(PREFIX)?, &mut bytes);
        let mut token = Self([0; VALUE_LEN]);
        let (value, checksum) = bytes.split_at(VALUE_LEN);
        token.0.copy_from_slice(value);
        let parsed = decoded == Ok(VALUE_LEN + CHECKSUM_LEN) && checksum == token.checksum();
        bytes.zeroize();
        parsed.then_some(token)
    }

    /// The text that goes to the client. A secret: never log it.
    pub fn text(&self) -> String {
        let mut bytes = [0; VALUE_LEN + CHECKSUM_LEN];
        let (value, checksum) = bytes.split_at_mut(VALUE_LEN);
        value.copy_from_slice(&self.0);
        checksum.copy_from_slice(&self.checksum());
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        bytes.zeroize();
        text
    }

    /// By what the family is found.
    pub(crate) fn handle_hash(&self) -> TokenHash {
        TokenHash::of(&self.0[..HANDLE_LEN])
    }

    /// What the table keeps of the whole token.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }

    fn checksum(&self) -> [u8; CHECKSUM_LEN] {
        let mut input = Vec::with_capacity(PREFIX.len() + VALUE_LEN);
        input.extend_from_slice(PREFIX.as_bytes());
        input.extend_from_slice(&self.0);
        let mut checksum = [0; CHECKSUM_LEN];
        checksum.copy_from_slice(&digest(&SHA256, &input).as_ref()[..CHECKSUM_LEN]);
        input.zeroize();
        checksum
    }
}

/// Keeps the token out of logs and panics (S-KEY-8).
impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::OsRandomness;

    #[test]
    fn a_token_survives_its_text() {
        let token = RefreshToken::first(&OsRandomness);
        let text = token.text();
        assert_eq!(text.len(), RefreshToken::TEXT_LEN);
        assert!(text.starts_with("dmr_"));
        assert!(RefreshToken::parse(&text).unwrap().hash().matches(&token.hash()));
    }

    #[test]
    fn s_tok_13_any_other_text_is_refused_without_a_database() {
        let text = RefreshToken::first(&OsRandomness).text();
        for index in 0..text.len() {
            for other in ['A', 'B', '_', '=', ' '] {
                let mut changed: Vec<char> = text.chars().collect();
                if changed[index] != other {
                    changed[index] = other;
                    let changed: String = changed.into_iter().collect();
                    assert!(RefreshToken::parse(&changed).is_none(), "{index} {other}");
                }
            }
        }
        let jwt = "eyJhbGciOiJSUzI1NiJ9.e30.AAAA";
        for garbage in ["", "dmr_", &text[1..], &format!("{text}A"), &text.replace("dmr_", "dmR_"), jwt, "가"]
        {
            assert!(RefreshToken::parse(garbage).is_none(), "{garbage}");
        }
    }

    #[test]
    fn a_next_token_shares_the_handle_and_256_new_bits() {
        let first = RefreshToken::first(&OsRandomness);
        let next = first.next(&OsRandomness);
        assert!(first.handle_hash().matches(&next.handle_hash()));
        assert!(!first.hash().matches(&next.hash()));
        let equal = first.0[HANDLE_LEN..].iter().zip(&next.0[HANDLE_LEN..]).filter(|(a, b)| a == b).count();
        assert!(equal < 8, "{equal} of 32 bytes are the same");
    }

    #[test]
    fn s_key_8_a_token_does_not_print() {
        assert_eq!(format!("{:?}", RefreshToken::first(&OsRandomness)), "[REDACTED]");
    }
}
