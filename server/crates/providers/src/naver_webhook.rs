//! Naver's webhook, which tells that a person cut the link: a form with an encrypted user id and a signature (네이버 로그인 연결 끊기
//! 알림; providers' facts, 2.8).
//!
//! Both keys are one, the first half of the MD5 of the client secret: Naver's choice, and kept to this file.

use std::time::Duration;

use aws_lc_rs::cipher::{
    AES_128, AES_CBC_IV_LEN, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use kernel::Timestamp;
use md5::{Digest as _, Md5};

use crate::error::WebhookError;
use crate::identity::Subject;
use crate::webhook::Webhook;

/// How old a notice may be, and how far ahead of our clock.
const AGE: Duration = Duration::from_mins(5);

/// With or without padding: the documents show both.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The user of a notice that the client proves to be Naver's and new.
pub(crate) fn read(
    webhook: &Webhook<'_>,
    client_id: &str,
    client_secret: &str,
) -> Result<Subject, WebhookError> {
    let field = |name| webhook.get(name).ok_or(WebhookError::Malformed);
    let (client, user) = (field("clientId")?, field("encryptUniqueId")?);
    let (timestamp, signature) = (field("timestamp")?, field("signature")?);
    let key = key(client_secret);
    let signed = format!("clientId={client}&encryptUniqueId={user}&timestamp={timestamp}");
    let signature = BASE64.decode(signature).map_err(|_| WebhookError::Malformed)?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes(), &signature)
        .map_err(|_| WebhookError::Untrusted)?;
    if client != client_id || !is_recent(timestamp, webhook.now) {
        return Err(WebhookError::Untrusted);
    }
    decrypt(user, &key).and_then(|user| Subject::parse(&user)).ok_or(WebhookError::Malformed)
}

fn key(client_secret: &str) -> [u8; 16] {
    Md5::digest(client_secret.as_bytes()).into()
}

/// `timestamp` counts seconds.
fn is_recent(timestamp: &str, now: Timestamp) -> bool {
    let Some(millis) = timestamp.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000)) else {
        return false;
    };
    now.millis().abs_diff(millis) <= u64::try_from(AGE.as_millis()).unwrap_or(0)
}

fn decrypt(encrypted: &str, key: &[u8; 16]) -> Option<String> {
    let mut bytes = BASE64.decode(encrypted).ok()?;
    let (iv, cipher) = bytes.split_at_mut_checked(AES_CBC_IV_LEN)?;
    let iv = FixedLength::from(<[u8; AES_CBC_IV_LEN]>::try_from(&*iv).ok()?);
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, key).ok()?).ok()?;
    let plain = key.decrypt(cipher, DecryptionContext::Iv128(iv)).ok()?;
    std::str::from_utf8(plain).ok().map(str::to_owned)
}
