//! Which kind of key signs.

use std::fmt;

/// The kind of a signing key. Each kind has one JWS algorithm, so that the key decides how a token is verified and the
/// token has no say (RFC 8725 section 3.1).
///
/// RS256 is the default because every service can verify it (RFC 9068 section 2.1), and a written deviation from ASVS
/// appendix C (S-TOK-25); `P256` is the way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of 2048 bits, RS256.
    #[default]
    Rsa2048,
    /// RSA of 3072 bits, RS256. Signing takes about three times as long.
    Rsa3072,
    /// The curve P-256, ES256.
    P256,
}

impl KeyKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Rsa2048, Self::Rsa3072, Self::P256];

    /// The name in the table and in `daemun keys list`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::P256 => "p-256",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The JWS algorithm (RFC 7518 section 3.1), case-sensitive.
    pub const fn algorithm(self) -> &'static str {
        match self {
            Self::Rsa2048 | Self::Rsa3072 => "RS256",
            Self::P256 => "ES256",
        }
    }

    /// How long the modulus of an RSA key of this kind is, in bits.
    pub(crate) const fn modulus_bits(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::P256 => None,
        }
    }

    /// Whether one signature takes so long (0.25 ms and more) that an async worker should not make it.
    pub(crate) const fn signs_slowly(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072)
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
