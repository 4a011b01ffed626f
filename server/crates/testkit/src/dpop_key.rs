//! The key of an app that proves with each request that it is the one who sends it (RFC 9449). Written from the RFC, apart from what
//! verifies proofs.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A key pair.
pub struct DpopKey {
    pair: Pair,
    jwk: Value,
    made: AtomicU64,
}

enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// What a proof is for.
#[derive(Clone, Copy, Debug)]
pub struct DpopProof<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole address.
    pub address: &'a str,
    /// When, in seconds.
    pub at: i64,
    /// The access token alongside it.
    pub token: Option<&'a str>,
    /// What the server gave for it.
    pub nonce: Option<&'a str>,
}

impl<'a> DpopProof<'a> {
    /// Of a request without an access token.
    pub fn new(method: &'a str, address: &'a str, at: i64) -> Self {
        Self { method, address, at, token: None, nonce: None }
    }

    /// With an access token.
    #[must_use]
    pub fn with_token(self, token: &'a str) -> Self {
        Self { token: Some(token), ..self }
    }

    /// Adds the `nonce` that the server asked for.
    #[must_use]
    pub fn with_nonce(self, nonce: &'a str) -> Self {
        Self { nonce: Some(nonce), ..self }
    }
}

impl DpopKey {
    /// A key on the curve P-256.
    pub fn p256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) });
        Self::of(Pair::P256(pair), jwk)
    }

    /// An RSA key of 2048 bits.
    pub fn rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = pair.public_key();
        let n = text(public.modulus().big_endian_without_leading_zero());
        let e = text(public.exponent().big_endian_without_leading_zero());
        Self::of(Pair::Rsa(pair), json!({ "kty": "RSA", "n": n, "e": e }))
    }

    /// A key on the curve Ed25519.
    pub fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref()) });
        Self::of(Pair::Ed25519(pair), jwk)
    }

    fn of(pair: Pair, jwk: Value) -> Self {
        Self { pair, jwk, made: AtomicU64::default() }
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        self.jwk.clone()
    }

    /// Its thumbprint (RFC 7638). A map of `serde_json` is in the order of the names, as the thumbprint wants it.
    pub fn thumbprint(&self) -> String {
        text(digest(&SHA256, self.jwk.to_string().as_bytes()).as_ref())
    }

    /// The header of its proofs.
    pub fn header(&self) -> Value {
        let alg = match self.pair {
            Pair::P256(_) => "ES256",
            Pair::Rsa(_) => "RS256",
            Pair::Ed25519(_) => "EdDSA",
        };
        json!({ "typ": "dpop+jwt", "alg": alg, "jwk": self.jwk })
    }

    /// The claims of a proof, with an id of its own.
    pub fn claims(&self, proof: DpopProof<'_>) -> Value {
        let id = format!("proof-{}", self.made.fetch_add(1, Ordering::Relaxed));
        let mut claims = json!({ "jti": id, "htm": proof.method, "htu": proof.address, "iat": proof.at });
        if let Some(token) = proof.token {
            claims["ath"] = text(digest(&SHA256, token.as_bytes()).as_ref()).into();
        }
        if let Some(nonce) = proof.nonce {
            claims["nonce"] = nonce.into();
        }
        claims
    }

    /// A proof.
    pub fn prove(&self, proof: DpopProof<'_>) -> String {
        self.sign(&self.header().to_string(), &self.claims(proof).to_string())
    }

    /// Signs any header and claims.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", text(header.as_bytes()), text(claims.as_bytes()));
        let signature = match &self.pair {
            Pair::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
                signature.as_ref().to_vec()
            }
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
            Pair::Ed25519(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", text(&signature))
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
