//! The provider webhook for a person who disconnects the app at the provider. The simulators make it; tests deliver it.

use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::endpoint::ADMIN_KEY;
use crate::kind::Kind;
use crate::naver::pairwise;
use crate::simulator::{Simulator, State};
use crate::user::User;

/// The webhook about `user`, as JSON: the field `Authorization`, if there is one, and the fields of the form. Google sends none.
pub(crate) fn of(simulator: &Simulator, state: &State, user: &User) -> Option<Value> {
    match simulator.kind {
        Kind::Google => None,
        Kind::Kakao => Some(json!({
            "authorization": format!("KakaoAK {ADMIN_KEY}"),
            "form": [["app_id", "123456"], ["user_id", user.id], ["referrer_type", "UNLINK_FROM_APPS"]],
        })),
        Kind::Naver => naver(simulator, state, &pairwise(simulator, state, user)),
    }
}

/// Encrypts the user id with the MD5 of the client secret as the key (AES-128-CBC), and signs the form with the same key
/// (HMAC-SHA-256).
fn naver(simulator: &Simulator, state: &State, id: &str) -> Option<Value> {
    let key = Md5::digest(state.client.client_secret.as_bytes());
    let mut iv = [0; 16];
    simulator.fill(&mut iv);
    let mut cipher = id.as_bytes().to_vec();
    PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, &key).ok()?)
        .ok()?
        .less_safe_encrypt(&mut cipher, EncryptionContext::Iv128(FixedLength::from(iv)))
        .ok()?;
    let user = URL_SAFE.encode([&iv[..], &cipher].concat());
    let (client, timestamp) = (&state.client.client_id, simulator.now().seconds().to_string());
    let signed = format!("clientId={client}&encryptUniqueId={user}&timestamp={timestamp}");
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
    Some(json!({"form": [
        ["clientId", client],
        ["encryptUniqueId", user],
        ["timestamp", timestamp],
        ["signature", URL_SAFE.encode(signature.as_ref())],
    ]}))
}
