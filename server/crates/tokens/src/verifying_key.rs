//! The public half of a signing key: checks signatures, by the one algorithm of its kind.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};

use crate::error::TokensError;
use crate::key_kind::KeyKind;

/// A public key, parsed once.
pub(crate) struct VerifyingKey {
    kind: KeyKind,
    public: ParsedPublicKey,
}

impl VerifyingKey {
    /// Reads the bytes of a public key: PKCS#1 for RSA, the uncompressed point for P-256.
    pub(crate) fn parse(kind: KeyKind, bytes: &[u8]) -> Result<Self, TokensError> {
        let public = match kind {
            KeyKind::Rsa2048 | KeyKind::Rsa3072 => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, bytes),
            KeyKind::P256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes),
        };
        let public =
            public.map_err(|_| TokensError::Internal("the cryptographic library refused a public key"))?;
        Ok(Self { kind, public })
    }

    pub(crate) const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Whether `signature` is this key's for `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }
}
