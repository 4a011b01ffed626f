//! The form of a signed token: header, claims and signature. Before the signature is verified, only what finds the key is used.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::claims::MAX_TOKEN_BYTES;
use crate::error::TokensError;
use crate::verifying_key::VerifyingKey;

/// The header, closed. A member that comes twice is refused by the parser, escaped spellings included (S-TOK-8).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    typ: Cow<'a, str>,
    /// Which key is said to have signed.
    #[serde(borrow)]
    pub(crate) kid: Cow<'a, str>,
}

impl<'a> Header<'a> {
    /// Reads one that must be of this type. The error says for the log what is wrong, and holds nothing that the sender wrote.
    pub(crate) fn read(decoded: &'a [u8], typ: &str) -> Result<Self, &'static str> {
        let header: Self = serde_json::from_slice(decoded).map_err(|_| "header")?;
        if header.typ == typ { Ok(header) } else { Err("type") }
    }
}

/// A token as it came.
pub(crate) struct Jwt<'a> {
    /// Header and claims, as they were signed.
    pub(crate) signed: &'a str,
    header: &'a str,
    payload: &'a str,
    /// What is said to be their signature, encoded.
    pub(crate) signature: &'a str,
}

impl<'a> Jwt<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, &'static str> {
        let parts = || {
            let (signed, signature) = text.rsplit_once('.')?;
            let (header, payload) = signed.split_once('.').filter(|(_, payload)| !payload.contains('.'))?;
            Some(Self { signed, header, payload, signature })
        };
        parts().ok_or("not three parts")
    }

    /// The header, for [`Header::read`].
    pub(crate) fn header(&self) -> Result<Vec<u8>, &'static str> {
        decode(self.header).ok_or("header encoding")
    }

    /// The claims, if `key` signed them by its one algorithm.
    pub(crate) fn claims(&self, header: &Header<'_>, key: &VerifyingKey) -> Result<Vec<u8>, &'static str> {
        if header.alg != key.kind().algorithm() {
            return Err("algorithm");
        }
        let signature = decode(self.signature).ok_or("signature encoding")?;
        if !key.verifies(self.signed.as_bytes(), &signature) {
            return Err("signature");
        }
        self.payload()
    }

    /// The claims, for those who have verified the signature.
    pub(crate) fn payload(&self) -> Result<Vec<u8>, &'static str> {
        decode(self.payload).ok_or("payload encoding")
    }
}

/// Unpadded base64url with no bit to spare (RFC 7515 section 2): one text for one value.
pub(crate) fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok().filter(|bytes| !bytes.is_empty())
}

/// A token without its signature, under a header that is encoded already.
pub(crate) fn unsigned(header: &str, claims: &impl Serialize) -> Result<String, TokensError> {
    let claims = serde_json::to_vec(claims)
        .map_err(|_| TokensError::Internal("the claims of a token cannot be written"))?;
    let mut message = String::with_capacity(MAX_TOKEN_BYTES / 2);
    message.push_str(header);
    message.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut message);
    Ok(message)
}
