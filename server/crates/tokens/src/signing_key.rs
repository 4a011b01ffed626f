//! A key that signs access tokens and checks their signatures, by aws-lc: its RSA runs in constant time, with blinding
//! (S-TOK-24). Private parts leave this file only as PKCS#8, for sealing.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use zeroize::Zeroizing;

use crate::error::TokensError;
use crate::key_kind::KeyKind;
use crate::verifying_key::VerifyingKey;

const REFUSED: TokensError = TokensError::Internal("the cryptographic library refused a signing key");

/// A key pair with everything that is derived from it once.
pub(crate) struct SigningKey {
    kind: KeyKind,
    pair: Pair,
    public: Arc<VerifyingKey>,
    kid: String,
    jwk: String,
    header: String,
    id_token_header: String,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl Pair {
    fn public_key(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::P256(pair) => pair.public_key().as_ref(),
        }
    }
}

impl SigningKey {
    /// A new key. RSA takes a good part of a second: not on an async worker. Its randomness is the library's own, seeded
    /// by the operating system (S-KEY-4).
    pub(crate) fn generate(kind: KeyKind) -> Result<Self, TokensError> {
        let pair = match kind {
            KeyKind::Rsa2048 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
            KeyKind::Rsa3072 => RsaKeyPair::generate(KeySize::Rsa3072).map(Pair::Rsa),
            KeyKind::P256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::P256),
        };
        Self::of(kind, pair.map_err(|_| REFUSED)?)
    }

    /// Reads a key that [`SigningKey::pkcs8`] wrote.
    pub(crate) fn from_pkcs8(kind: KeyKind, der: &[u8]) -> Result<Self, TokensError> {
        let pair = match kind {
            KeyKind::Rsa2048 | KeyKind::Rsa3072 => RsaKeyPair::from_pkcs8(der).map(Pair::Rsa),
            KeyKind::P256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::P256),
        };
        Self::of(kind, pair.map_err(|_| REFUSED)?)
    }

    fn of(kind: KeyKind, pair: Pair) -> Result<Self, TokensError> {
        // What the library takes is not enough: a key is as long as its kind says (S-TOK-24).
        if let Pair::Rsa(pair) = &pair
            && Some(pair.public_modulus_len() * 8) != kind.modulus_bits()
        {
            return Err(TokensError::Internal("a signing key is not as long as its kind says"));
        }
        let public = VerifyingKey::parse(kind, pair.public_key())?;
        let (thumbprint_input, members) = public_members(&pair)?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, thumbprint_input.as_bytes()));
        let algorithm = kind.algorithm();
        let jwk = format!(r#"{{"kid":"{thumbprint}","use":"sig","alg":"{algorithm}",{members}}}"#);
        let header = |kind: &str| {
            let header = json!({ "alg": algorithm, "typ": kind, "kid": thumbprint });
            URL_SAFE_NO_PAD.encode(header.to_string())
        };
        let (access, id) = (header(crate::claims::TYPE), header(crate::claims::ID_TOKEN_TYPE));
        Ok(Self {
            kind,
            pair,
            public: Arc::new(public),
            kid: thumbprint,
            jwk,
            header: access,
            id_token_header: id,
        })
    }

    /// The private key, for sealing.
    pub(crate) fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, TokensError> {
        let der = match &self.pair {
            Pair::Rsa(pair) => {
                let der: Result<Pkcs8V1Der<'_>, _> = pair.as_der();
                der.map(|der| der.as_ref().to_vec())
            }
            Pair::P256(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
        };
        der.map(Zeroizing::new).map_err(|_| REFUSED)
    }

    /// Signs `message` by the key's one algorithm.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TokensError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map(|()| signature)
            }
            Pair::P256(pair) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()),
        }
        .map_err(|_| TokensError::Internal("the cryptographic library did not sign"))
    }

    /// The key's public half.
    pub(crate) fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// What is kept of the key when it signs no more, for [`VerifyingKey::parse`].
    pub(crate) fn public_key(&self) -> &[u8] {
        self.pair.public_key()
    }

    /// The same for those who keep it.
    pub(crate) fn verifying(&self) -> Arc<VerifyingKey> {
        Arc::clone(&self.public)
    }

    pub(crate) const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key id: the RFC 7638 thumbprint, so that a `kid` always means the same key.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as JSON (RFC 7517 section 4).
    pub(crate) fn jwk(&self) -> &str {
        &self.jwk
    }

    /// The JOSE header of all access tokens by this key, encoded: it never differs.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// The JOSE header of all ID tokens by this key, encoded.
    pub(crate) fn id_token_header(&self) -> &str {
        &self.id_token_header
    }
}

/// What the thumbprint is taken of (RFC 7638 section 3.2: required members only, in order, without blanks), and the
/// same members for the JWK. Base64url and these names need no escaping.
fn public_members(pair: &Pair) -> Result<(String, String), TokensError> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let members = match pair {
        Pair::Rsa(pair) => {
            let exponent = encode(pair.public_key().exponent().big_endian_without_leading_zero());
            let modulus = encode(pair.public_key().modulus().big_endian_without_leading_zero());
            format!(r#""e":"{exponent}","kty":"RSA","n":"{modulus}""#)
        }
        Pair::P256(pair) => {
            // The uncompressed point of SEC 1 section 2.3.3: 0x04, x, y.
            let coordinates = pair.public_key().as_ref().strip_prefix(&[4]).unwrap_or_default();
            let (x, y) = coordinates.split_at_checked(32).filter(|(_, y)| y.len() == 32).ok_or(REFUSED)?;
            format!(r#""crv":"P-256","kty":"EC","x":"{}","y":"{}""#, encode(x), encode(y))
        }
    };
    Ok((format!("{{{members}}}"), members))
}

/// Names the key, keeps its parts out of logs (S-KEY-8).
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.kind, self.kid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn s_tok_24_keys_are_as_long_as_they_say() {
        for (kind, bits) in [(KeyKind::Rsa2048, 2048), (KeyKind::Rsa3072, 3072)] {
            let key = SigningKey::generate(kind).unwrap();
            let jwk: Value = serde_json::from_str(key.jwk()).unwrap();
            let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
            assert_eq!(modulus.len() * 8, bits);
            assert!(modulus[0] >= 0x80, "the highest bit is set");
        }
    }

    #[test]
    fn s_tok_24_a_key_of_another_length_than_its_kind_is_not_read() {
        let key = SigningKey::generate(KeyKind::Rsa2048).unwrap();
        let der = key.pkcs8().unwrap();
        assert!(SigningKey::from_pkcs8(KeyKind::Rsa2048, &der).is_ok());
        for other in [KeyKind::Rsa3072, KeyKind::P256] {
            assert!(SigningKey::from_pkcs8(other, &der).is_err(), "{other}");
        }
    }

    #[test]
    fn a_key_survives_its_pkcs8() {
        for kind in [KeyKind::Rsa2048, KeyKind::P256] {
            let key = SigningKey::generate(kind).unwrap();
            let again = SigningKey::from_pkcs8(kind, &key.pkcs8().unwrap()).unwrap();
            assert_eq!(again.kid(), key.kid());
            let signature = again.sign(b"message").unwrap();
            assert!(key.public().verifies(b"message", &signature));
            assert!(!key.public().verifies(b"messagf", &signature));
        }
    }

    #[test]
    fn s_tok_23_a_jwk_holds_public_members_only() {
        for (kind, members) in [
            (KeyKind::Rsa2048, vec!["alg", "e", "kid", "kty", "n", "use"]),
            (KeyKind::P256, vec!["alg", "crv", "kid", "kty", "use", "x", "y"]),
        ] {
            let jwk: Value = serde_json::from_str(SigningKey::generate(kind).unwrap().jwk()).unwrap();
            let mut names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, members);
        }
    }

    /// The key and the thumbprint of RFC 7638 section 3.1.
    #[test]
    fn a_kid_is_the_thumbprint_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX\
                 jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaS\
                 qzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksIN\
                 HaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let input = format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#);
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, input.as_bytes()));
        assert_eq!(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        // That a key of ours makes its input the same way:
        let key = SigningKey::generate(KeyKind::Rsa2048).unwrap();
        let jwk: Value = serde_json::from_str(key.jwk()).unwrap();
        let input = format!(r#"{{"e":{},"kty":{},"n":{}}}"#, jwk["e"], jwk["kty"], jwk["n"]);
        assert_eq!(key.kid(), URL_SAFE_NO_PAD.encode(digest(&SHA256, input.as_bytes())));
    }

    #[test]
    fn s_key_8_a_key_does_not_print() {
        let key = SigningKey::generate(KeyKind::P256).unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey(p-256 {})", key.kid()));
    }
}
