//! The key set that others verify our tokens with (RFC 7517 section 5).

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;

use crate::signing_key::SigningKey;

/// The JWKS as it is sent, made once for each change of keys.
#[derive(Clone, Debug)]
pub struct JwksDocument {
    /// The JSON, of type `application/jwk-set+json` (RFC 7517 section 8.5.2). Cloning shares it.
    pub body: Bytes,
    /// For the header `ETag`, with its quotes.
    pub etag: String,
    /// For the header `Cache-Control`: `public, max-age=…`.
    pub cache_control: String,
}

impl JwksDocument {
    /// The media type.
    pub const MEDIA_TYPE: &'static str = "application/jwk-set+json";

    /// The set of `keys`. Others may keep it for `max_age`, which must be shorter than the time that a key is
    /// published before it signs.
    pub(crate) fn of<'a>(keys: impl Iterator<Item = &'a SigningKey>, max_age: Duration) -> Self {
        let keys: Vec<_> = keys.map(SigningKey::jwk).collect();
        let body = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        let tag = digest(&SHA256, body.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or_default());
        Self {
            body: Bytes::from(body),
            etag: format!("\"{tag}\""),
            cache_control: format!("public, max-age={}", max_age.as_secs()),
        }
    }
}
